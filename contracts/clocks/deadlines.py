"""Limits laid off on their calendar: due instants, time used, pauses."""

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
"""Units that run through nights and holidays, with the length of one."""

WORKING = frozenset({"work_hour", "work_day"})
"""Units that run in office hours only."""


class LimitLike(Protocol):
    """Anything that says how long: `Limit`, a milestone of a condition, a milestone of an order."""

    @property
    def amount(self) -> int: ...
    @property
    def unit(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Deadline:
    """When something is due."""

    due_at: datetime
    """UTC."""
    provisional: bool = False
    """It reaches into a year whose calendar is not announced yet, and will be computed again when it is."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which a clock stands still; open while `until` is none."""

    since: datetime
    until: datetime | None = None


def deadline(start: datetime, limit: LimitLike, calendar: Calendar, pauses: Iterable[Pause] = ()) -> Deadline:
    """When a limit that began at `start` is used up. A start outside office hours loses nothing and gains nothing.

    Raises `ValueError` for an unknown unit, an amount that is not positive, or a pause still open before that instant.
    """
    return advance(start, allowance(start, limit, calendar), limit.unit, calendar, pauses)


def milestones(
    start: datetime, limits: Sequence[LimitLike], calendar: Calendar, pauses: Sequence[Pause] = ()
) -> tuple[Deadline, ...]:
    """The deadlines of an ordered list of milestones. Each counts from `start`, not from the milestone before it."""
    return tuple(deadline(start, limit, calendar, pauses) for limit in limits)


def earlier(own: Deadline, outside: datetime | None) -> Deadline:
    """Of our deadline and one that somebody else has set, the earlier counts; theirs is moved by no calendar."""
    return own if outside is None or own.due_at <= outside else Deadline(outside.astimezone(UTC))


def allowance(start: datetime, limit: LimitLike, calendar: Calendar) -> timedelta:
    """The clock time that a limit grants: real time for continuous units, office time for the others.

    It depends on the start only in the reading `end_of_day`, where what is left of the first day comes on top.
    Raises `ValueError` for an unknown unit or an amount that is not positive.
    """
    if limit.amount <= 0:
        raise ValueError(f"a limit must be positive, not {limit.amount} {limit.unit}")
    if _continuous(limit.unit):
        return limit.amount * CONTINUOUS[limit.unit]
    if limit.unit == "work_hour":
        return limit.amount * timedelta(hours=1)
    if calendar.reading == "end_of_day":
        return calendar.worked(start, calendar.closing_time(start, limit.amount))
    return limit.amount * calendar.office_day


def advance(start: datetime, span: timedelta, unit: str, calendar: Calendar, pauses: Iterable[Pause] = ()) -> Deadline:
    """The instant at which a clock of this unit that began at `start` has run for `span`.

    A pause moves it by as much of the clock's own time as the pause lasted: a night moves a working clock by nothing.
    Raises `ValueError` when an open pause begins before that instant, or the unit is unknown.
    """
    due_at = _lay_off(start, span, unit, calendar)
    for pause in _merged(pauses):
        if pause.since >= due_at:
            break
        if pause.until is None:
            raise ValueError("a clock that stands still has no due instant")
        due_at = _lay_off(due_at, _between(max(start, pause.since), pause.until, unit, calendar), unit, calendar)
    provisional = not _continuous(unit) and _reaches_unannounced(start, due_at, calendar)
    return Deadline(due_at=due_at, provisional=provisional)


def elapsed(start: datetime, now: datetime, unit: str, calendar: Calendar, pauses: Iterable[Pause] = ()) -> timedelta:
    """Clock time used from `start` to `now`, pauses left out: real time for continuous units, else office time."""
    used = _between(start, now, unit, calendar)
    for pause in _merged(pauses):
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
    """Used ÷ granted clock time (`allowance`, positive); 1.0 exactly at the due instant."""
    return elapsed(start, now, unit, calendar, pauses) / granted


def _continuous(unit: str) -> bool:
    if unit in CONTINUOUS:
        return True
    if unit in WORKING:
        return False
    raise ValueError(f"unknown unit of a limit: {unit}")


def _between(since: datetime, until: datetime, unit: str, calendar: Calendar) -> timedelta:
    if _continuous(unit):
        return max(until - since, timedelta(0))
    return calendar.worked(since, until)


def _lay_off(since: datetime, span: timedelta, unit: str, calendar: Calendar) -> datetime:
    if _continuous(unit):
        return since.astimezone(UTC) + span
    return calendar.lay_off(since, span)


def _merged(pauses: Iterable[Pause]) -> list[Pause]:
    """Overlapping pauses as one: a clock cannot stand still twice at once."""
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
    return not all(calendar.announced(year) for year in years)
