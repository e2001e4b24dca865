"""Changes of the summary by events of handling 处置."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import handling as events
from services.tracking.domain.summary import Summary


def on_dispatch_signed(case: Summary, event: events.DispatchSigned, _: Envelope) -> None:
    """Record that the unit has acknowledged the dispatch 签收."""
    if event.dispatch_id not in case.signed:
        case.signed.append(event.dispatch_id)


def on_handling_completed(case: Summary, _: events.HandlingCompleted, __: Envelope) -> None:
    """Clear the flag of a reminder, because every unit has completed its dispatch."""
    case.urged = False


STEPS = {events.DispatchSigned: on_dispatch_signed, events.HandlingCompleted: on_handling_completed}
