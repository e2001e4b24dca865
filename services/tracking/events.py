"""Handler of all events: tracking records every event of a case."""

from __future__ import annotations

from contracts.base import Event
from contracts.envelope import Envelope
from contracts.events.supervision.assistance import ASSISTS
from services.chassis.cases import Case
from services.tracking.domain.recorded_event import RecordedEvent
from services.tracking.domain.summary import Summary


def add_event(case: Case[Summary], event: Event, meta: Envelope) -> None:
    """Add the event to the new events of its case, which are folded when the batch is saved.

    Requests for help 协助 are not cases and are not recorded.
    """
    if isinstance(event, ASSISTS):
        return
    case.state.add_new_event(RecordedEvent.of(meta, event))
