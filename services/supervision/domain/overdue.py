"""Running over a limit: marked once, and taken back only when a later fact proves it untrue."""

from __future__ import annotations

from uuid import UUID

from services.supervision.domain.state import SupervisionCase


def mark(case: SupervisionCase, clock_id: UUID) -> None:
    """The clock ran over its limit. A coordinated unit is asked, not ordered: it is never overdue."""
    if not case.state.clocks[clock_id].coordinated:
        case.state.overdue.add(clock_id)


def unmark(case: SupervisionCase, clock_id: UUID) -> None:
    """A later fact proved that it had stopped, or stood still, in time."""
    case.state.overdue.discard(clock_id)
