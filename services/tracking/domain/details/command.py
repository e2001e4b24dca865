"""Changes of the record by events of command 指挥."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import command as events
from services.tracking.domain.record import Dispatch, Record, Waiting


def on_case_routed(record: Record, event: events.CaseRouted, _: Envelope) -> None:
    """Clear the pending decision, unless the event only adds or calls off a hand-over or a first response."""
    if not event.is_supplementary:
        record.waiting = None


def on_decision_needed(record: Record, event: events.DecisionNeeded, _: Envelope) -> None:
    """Set the decision that a person of the centre must make."""
    record.waiting = Waiting(reason=event.reason, queue=event.queue, due_at=event.due_at)


def on_decision_due_moved(record: Record, event: events.DecisionDueMoved, _: Envelope) -> None:
    """Move the deadline of the pending decision."""
    if record.waiting is not None:
        record.waiting.due_at = event.due_at


def on_case_sent_back(record: Record, _: events.CaseSentBack, __: Envelope) -> None:
    """Clear the pending decision, because intake must correct the case first."""
    record.waiting = None


def on_case_dispatched(record: Record, event: events.CaseDispatched, meta: Envelope) -> None:
    """Add a dispatch."""
    record.dispatches.append(
        Dispatch(
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


def on_dispatch_withdrawn(record: Record, event: events.DispatchWithdrawn, meta: Envelope) -> None:
    """Set the time at which the dispatch was withdrawn."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None:
        dispatch.ended_at = meta.time


DETAILS = {
    events.CaseRouted: on_case_routed,
    events.DecisionNeeded: on_decision_needed,
    events.DecisionDueMoved: on_decision_due_moved,
    events.CaseSentBack: on_case_sent_back,
    events.CaseDispatched: on_case_dispatched,
    events.DispatchWithdrawn: on_dispatch_withdrawn,
}
