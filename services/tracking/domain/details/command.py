"""Stage 3, 指挥, in detail."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import command as events
from services.tracking.domain.record import DispatchRecord, Record, Waiting


def routed(record: Record, event: events.CaseRouted, _: Envelope) -> None:
    """Somebody has to act; nobody need decide any more. Who is called in, sent ahead or called off leaves the question where it is."""
    if not event.is_supplementary:
        record.waiting = None


def decision_needed(record: Record, event: events.DecisionNeeded, _: Envelope) -> None:
    """A person of the centre must say who acts."""
    record.waiting = Waiting(reason=event.reason, queue=event.queue, due_at=event.due_at)


def decision_due_moved(record: Record, event: events.DecisionDueMoved, _: Envelope) -> None:
    """Whoever must say has until then."""
    if record.waiting is not None:
        record.waiting.due_at = event.due_at


def sent_back(record: Record, _: events.CaseSentBack, __: Envelope) -> None:
    """The desk must put it right first."""
    record.waiting = None


def dispatched(record: Record, event: events.CaseDispatched, meta: Envelope) -> None:
    """An order went to one unit."""
    record.dispatches.append(
        DispatchRecord(
            id=event.dispatch_id,
            unit_id=event.unit_id,
            role=event.role,
            round=event.round,
            coordinated=event.coordinated,
            asked=event.asked,
            created_at=meta.time,
            sign_due_at=event.sign_due_at,
            milestones=event.milestones,
        )
    )


def withdrawn(record: Record, event: events.DispatchWithdrawn, meta: Envelope) -> None:
    """The unit owes nothing more."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None:
        dispatch.ended_at = meta.time


DETAILS = {
    events.CaseRouted: routed,
    events.DecisionNeeded: decision_needed,
    events.DecisionDueMoved: decision_due_moved,
    events.CaseSentBack: sent_back,
    events.CaseDispatched: dispatched,
    events.DispatchWithdrawn: withdrawn,
}
