"""Automatic steps of a clock, and the one timer that fires the next step."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts.clocks import advance
from contracts.registry import DistrictSettings
from services.supervision.domain.primitives.case import SupervisionCase
from services.supervision.domain.primitives.clock_state import Clock, Step

CLOCK_TIMER = "clock"
"""First part of the timer name `clock:<id>`. The timer fires the next step of a clock."""

TASK_CLOCKS = frozenset({"verify", "recheck"})
"""Names of the clocks of field tasks, which escalate step by step when the task is late."""


def steps_of(clock: Clock, settings: DistrictSettings) -> list[tuple[float, Step]]:
    """Return the automatic steps of a clock, ordered by the share of the limit at which each one fires.

    Units are reminded, asked why they are late and ordered to act. Officers and roles of the centre see the light and
    are asked why they are late; a late field task goes to the grid lead, then to the centre. The promise to the
    reporter only changes its light. The clock of a coordinated unit never turns red. An emergency service is never
    ordered.
    """
    urging = settings.urge_steps
    shares: dict[Step, float] = {
        "yellow": settings.yellow_share,
        "red": 1.0,
        "notice": urging.overdue_notice,
        "urge": urging.urge,
        "order": urging.supervision_order,
        "leader": urging.leader,
        "lead": urging.task_lead,
        "centre": urging.task_centre,
    }
    omitted: set[Step] = set()
    if clock.coordinated:
        omitted |= {"red"}
    if clock.name == "case":
        omitted |= {"notice"}
    if not clock.runs_against_unit:
        omitted |= {"urge", "order", "leader"}
    if clock.name not in TASK_CLOCKS:
        omitted |= {"centre"}
    if clock.name not in TASK_CLOCKS or not clock.grid_code:
        omitted |= {"lead"}
    if clock.handover:
        omitted |= {"order"}
    return sorted((share, step) for step, share in shares.items() if step not in omitted)


def pending_steps(case: SupervisionCase, clock: Clock) -> list[tuple[datetime, Step]]:
    """Return the remaining steps in order, each with its instant."""
    return [(_step_time(case, clock, share), step) for share, step in _remaining_steps(case, clock)]


def schedule(case: SupervisionCase, clock_id: UUID) -> None:
    """Set the timer of a clock to its next step. Clear the timer if the clock is paused or has no step left."""
    clock = case.state.clocks[clock_id]
    remaining = [] if clock.paused else _remaining_steps(case, clock)
    if remaining:
        case.set_timer(f"{CLOCK_TIMER}:{clock_id}", _step_time(case, clock, remaining[0][0]))
    else:
        case.clear_timer(f"{CLOCK_TIMER}:{clock_id}")


def _remaining_steps(case: SupervisionCase, clock: Clock) -> list[tuple[float, Step]]:
    return [(share, step) for share, step in steps_of(clock, case.district.settings) if step not in clock.steps_done]


def _step_time(case: SupervisionCase, clock: Clock, share: float) -> datetime:
    """Return the instant at which this share of the limit is used."""
    span = clock.granted * share
    return advance(clock.started_at, span, clock.unit, case.district.calendar, clock.pauses).due_at
