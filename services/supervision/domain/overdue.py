"""Running over a limit, as figures: counted once, in the month of the due instant, and taken back only when untrue."""

from __future__ import annotations

from uuid import UUID

from services.supervision.domain.counting import count, strike
from services.supervision.domain.facts import Subject, officer, unit
from services.supervision.domain.state import Clock, SupervisionCase

Counted = tuple[Subject, str, UUID]
"""Whose figure, which, and what it is about."""


def mark(case: SupervisionCase, clock_id: UUID) -> None:
    """The clock ran over its limit. A coordinated unit is asked, not ordered: it is never overdue."""
    clock = case.state.clocks[clock_id]
    if clock.coordinated or clock_id in case.state.overdue:
        return
    case.state.overdue[clock_id] = clock.dispatch_id if clock.name == "handle" and not clock.rework else None
    for subject, figure, about in _figures(clock_id, clock):
        count(case, subject, figure, about, clock.due_at)


def unmark(case: SupervisionCase, clock_id: UUID) -> None:
    """A later fact proved that it had stopped, or stood still, in time."""
    if clock_id not in case.state.overdue:
        return
    del case.state.overdue[clock_id]
    for subject, figure, about in _figures(clock_id, case.state.clocks[clock_id]):
        strike(case, subject, figure, about, "corrected")


def due_figure(clock: Clock) -> Counted | None:
    """The figure that says "something was due": an officer's task, a signature, a handling. Reworks are counted apart."""
    if clock.officer_id is not None and clock.task_id is not None:
        return officer(clock.officer_id), "task_due", clock.task_id
    if clock.unit_id is None or clock.dispatch_id is None or clock.rework:
        return None
    return unit(clock.unit_id), "sign_due" if clock.name == "sign" else "handling_due", clock.dispatch_id


def _figures(clock_id: UUID, clock: Clock) -> list[Counted]:
    due = due_figure(clock)
    figures = [due] if due is not None else []
    if clock.name == "handle" and clock.unit_id is not None and clock.dispatch_id is not None:
        late: Counted = (unit(clock.unit_id), "overdue", clock.dispatch_id)
        figures.append((late[0], "rework_overdue", clock_id) if clock.rework else late)
    return figures
