"""Events in: every one of them is wanted."""

from __future__ import annotations

from contracts.base import Event
from contracts.envelope import Envelope
from contracts.events.supervision.assistance import ASSISTS
from services.chassis.cases import Case
from services.tracking.domain.recorded_event import RecordedEvent
from services.tracking.domain.summary import Summary


def add_event(case: Case[Summary], event: Event, meta: Envelope) -> None:
    """Note the event. The batch is folded at its end, in fold order, where only what came late costs a second fold.

    Requests for help 协助 are no cases: nothing of them is kept here.
    """
    if isinstance(event, ASSISTS):
        return
    case.state.note(RecordedEvent.of(meta, event))
