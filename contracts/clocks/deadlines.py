"""Deadlines, used time and pauses of clocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from contracts.clocks.calendar import Calendar

CONTINUOUS = {
    "urgent_minute": timedelta(minutes=1),
    "urgent_hour": timedelta(hours=1),
    "natural_day": timedelta(days=1),
}
"""Length of each unit that runs through nights and holidays."""

WORKING = frozenset({"work_hour", "work_day"})
"""Units that run only in office hours."""


class LimitLike(Protocol):
    """An amount of time with a unit: a `Limit` or a milestone."""

    @property
    def amount(self) -> int: ...
    @property
    def unit(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Deadline:
    """The deadline of a limit, and whether it may move."""

    due_at: datetime
    """Instant of the deadline, in UTC."""
    provisional: bool = False
    """True while `due_at` may move, because the holidays of its year are not announced."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause of a clock. The pause is still open while `until` is `None`."""

    since: datetime
    until: datetime | None = None


def deadline(start: datetime, limit: LimitLike, calendar: Calendar, pauses: Iterable[Pause] = ()) -> Deadline:
    """Return the deadline of a limit that starts at `start`, which may lie outside office hours.

    Raises `ValueError` for an unknown unit, for an amount that is not positive, or if an open pause begins before the
    deadline.
    """
    return advance(start, allowance(start, limit, calendar), limit.unit, calendar, pauses)


def milestones(
    start: datetime, limits: Sequence[LimitLike], calendar: Calendar, pauses: Sequence[Pause] = ()
) -> tuple[Deadline, ...]:
    """Return the deadline of each milestone, counted from `start`."""
    return tuple(deadline(start, limit, calendar, pauses) for limit in limits)


def earlier(own: Deadline, outside: datetime | None) -> Deadline:
    """Return the earlier of our deadline `own` and the deadline `outside` of another platform.

    A deadline of another platform is never provisional. `outside` is `None` if no other platform set a deadline.
    """
    return own if outside is None or own.due_at <= outside else Deadline(outside.astimezone(UTC))


def allowance(start: datetime, limit: LimitLike, calendar: Calendar) -> timedelta:
    """Return the time that a limit allows: real time for units that run continuously, office time for other units.

    If the calendar reads work days as `end_of_day`, the time includes the rest of the first day. Raises `ValueError`
    for an unknown unit or an amount that is not positive.
    """
    if limit.amount <= 0:
        raise ValueError(f"a limit must be positive, not {limit.amount} {limit.unit}")
    if _is_continuous(limit.unit):
        return limit.amount * CONTINUOUS[limit.unit]
    if limit.unit == "work_hour":
        return limit.amount * timedelta(hours=1)
    if calendar.reading == "end_of_day":
        return calendar.office_time_between(start, calendar.closing_time(start, limit.amount))
    return limit.amount * calendar.office_day


def advance(start: datetime, span: timedelta, unit: str, calendar: Calendar, pauses: Iterable[Pause] = ()) -> Deadline:
    """Return the deadline of a clock that starts at `start` and may run for `span`, not counting its pauses.

    Each pause moves the deadline by the part of the pause in which the clock would have run: a pause at night does not
    move the deadline of a clock that runs only in office hours. Raises `ValueError` if an open pause begins before the
    deadline, or the unit is unknown.
    """
    due_at = _add(start, span, unit, calendar)
    for pause in _merge(pauses):
        if pause.since >= due_at:
            break
        if pause.until is None:
            raise ValueError("a paused clock has no deadline")
        due_at = _add(due_at, _between(max(start, pause.since), pause.until, unit, calendar), unit, calendar)
    provisional = not _is_continuous(unit) and _reaches_unannounced(start, due_at, calendar)
    return Deadline(due_at=due_at, provisional=provisional)


def elapsed(start: datetime, now: datetime, unit: str, calendar: Calendar, pauses: Iterable[Pause] = ()) -> timedelta:
    """Return the time that a clock has used from `start` to `now`, without its pauses."""
    used = _between(start, now, unit, calendar)
    for pause in _merge(pauses):
        until = now if pause.until is None else min(now, pause.until)
        used -= _between(max(start, pause.since), until, unit, calendar)
    return used


def share_used(
    start: datetime,
    now: datetime,
    granted: timedelta,
    unit: str,
    calendar: Calendar,
    *,
    pauses: Iterable[Pause] = (),
) -> float:
    """Return the used share of the time that a clock may run: exactly 1.0 at the deadline."""
    return elapsed(start, now, unit, calendar, pauses) / granted


def _is_continuous(unit: str) -> bool:
    if unit in CONTINUOUS:
        return True
    if unit in WORKING:
        return False
    raise ValueError(f"unknown unit of a limit: {unit}")


def _between(since: datetime, until: datetime, unit: str, calendar: Calendar) -> timedelta:
    if _is_continuous(unit):
        return max(until - since, timedelta(0))
    return calendar.office_time_between(since, until)


def _add(since: datetime, span: timedelta, unit: str, calendar: Calendar) -> datetime:
    if _is_continuous(unit):
        return since.astimezone(UTC) + span
    return calendar.add_office_time(since, span)


def _merge(pauses: Iterable[Pause]) -> list[Pause]:
    """Return the pauses in order. Overlapping pauses become one."""
    merged: list[Pause] = []
    for pause in sorted(pauses, key=lambda each: each.since):
        last = merged[-1] if merged else None
        if last is None or (last.until is not None and pause.since > last.until):
            merged.append(pause)
        elif last.until is not None:
            until = None if pause.until is None else max(last.until, pause.until)
            merged[-1] = Pause(last.since, until)
    return merged


def _reaches_unannounced(start: datetime, due_at: datetime, calendar: Calendar) -> bool:
    years = range(start.astimezone(calendar.zone).year, due_at.astimezone(calendar.zone).year + 1)
    return not all(calendar.is_announced(year) for year in years)
