"""Changes of the record by events of command 指挥."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import command as events
from services.tracking.domain.record import DispatchRecord, Record, Waiting


def routed(record: Record, event: events.CaseRouted, _: Envelope) -> None:
    """Clear the pending decision, unless a unit was only called in, sent ahead or called off."""
    if not event.is_supplementary:
        record.waiting = None


def decision_needed(record: Record, event: events.DecisionNeeded, _: Envelope) -> None:
    """Note that a person of the centre must decide."""
    record.waiting = Waiting(reason=event.reason, queue=event.queue, due_at=event.due_at)


def decision_due_moved(record: Record, event: events.DecisionDueMoved, _: Envelope) -> None:
    """Set the deadline of the decision."""
    if record.waiting is not None:
        record.waiting.due_at = event.due_at


def sent_back(record: Record, _: events.CaseSentBack, __: Envelope) -> None:
    """Clear the pending decision, because the desk must correct the case first."""
    record.waiting = None


def dispatched(record: Record, event: events.CaseDispatched, meta: Envelope) -> None:
    """Add a dispatch."""
    record.dispatches.append(
        DispatchRecord(
            id=event.dispatch_id,
            unit_id=event.unit_id,
            role=event.role,
            round=event.round,
            coordinated=event.coordinated,
            instructions=event.instructions,
            created_at=meta.time,
            sign_due_at=event.sign_due_at,
            milestones=event.milestones,
        )
    )


def withdrawn(record: Record, event: events.DispatchWithdrawn, meta: Envelope) -> None:
    """End the dispatch."""
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
