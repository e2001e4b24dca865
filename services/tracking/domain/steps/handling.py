"""Stage 4, 处置, in the summary."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import handling as events
from services.tracking.domain.summary import Summary


def signed(case: Summary, event: events.DispatchSigned, _: Envelope) -> None:
    """The unit has the order."""
    if event.dispatch_id not in case.signed:
        case.signed.append(event.dispatch_id)


def handled(case: Summary, _: events.HandlingCompleted, __: Envelope) -> None:
    """Every part is done: nobody needs a reminder."""
    case.urged = False


STEPS = {events.DispatchSigned: signed, events.HandlingCompleted: handled}
