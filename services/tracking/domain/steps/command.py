"""Stage 3, 指挥, in the summary."""

from __future__ import annotations

from contracts import command as events
from contracts.envelope import Envelope
from services.tracking.domain.summary import Summary


def dispatched(case: Summary, event: events.CaseDispatched, _: Envelope) -> None:
    """The unit may see the case from now on."""
    case.involve("unit", event.unit_id)


STEPS = {events.CaseDispatched: dispatched}
