"""Changes of the summary by events of command 指挥."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import command as events
from services.tracking.domain.summary import Summary


def on_case_dispatched(case: Summary, event: events.CaseDispatched, _: Envelope) -> None:
    """Add the unit as a participant, which may see the case from now on."""
    case.add_participant("unit", event.unit_id)


STEPS = {events.CaseDispatched: on_case_dispatched}
