"""Pure look-ups in the roster 排班: who is on duty, where and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.registry import Shift

_LOOK_AHEAD_DAYS = 8
"""Eight days contain at least one start of every weekly shift."""


BUSY = 4
"""An officer with this many open tasks gets no further task while another officer has fewer tasks."""


def choose_officer(ranked: Iterable[str], open_tasks: Callable[[str], int]) -> str | None:
    """Return the nearest officer who is not busy; if all are busy, the one with the fewest open tasks.

    `ranked` lists officers, nearest first.
    """
    busy: list[str] = []
    for officer_id in ranked:
        if open_tasks(officer_id) < BUSY:
            return officer_id
        busy.append(officer_id)
    return min(busy, key=open_tasks, default=None)


def covers(shift: Shift, grid_code: str) -> bool:
    """Return whether the shift's areas contain the grid. A shift of a grid covers its micro grids."""
    return any(grid_code.startswith(area) for area in shift.areas)


def area_precision(shift: Shift) -> int:
    """Return a number for the shift's narrowest area. The larger the number, the narrower the area."""
    return max(len(area) for area in shift.areas)


def intervals(shift: Shift, around: datetime, zone: ZoneInfo, days: int) -> Iterator[tuple[datetime, datetime]]:
    """Yield the intervals `[start, end)` of the shift in order.

    The intervals of a weekly shift begin between one day before and `days` days after the day of `around`.
    """
    if shift.starts_at is not None and shift.ends_at is not None:
        yield shift.starts_at, shift.ends_at
        return
    if shift.starts is None or shift.ends is None:
        return
    starts, ends = time.fromisoformat(shift.starts), time.fromisoformat(shift.ends)
    today = around.astimezone(zone).date()
    for offset in range(-1, days + 1):
        day = today + timedelta(days=offset)
        if day.isoweekday() not in shift.weekdays:
            continue
        if (shift.valid_from and day < shift.valid_from) or (shift.valid_to and day >= shift.valid_to):
            continue
        last_day = day if ends > starts else day + timedelta(days=1)
        yield datetime.combine(day, starts, zone), datetime.combine(last_day, ends, zone)


def holder_of(shift: Shift, begins: date) -> str | None:
    """Return the officer who works the shift that begins on this day: the officer of the shift or a stand-in.

    `None` for a shift of a team or unit, and if nobody stands in for an absent officer.
    """
    if shift.officer is None:
        return None
    for leave in shift.leave:
        if leave.first_day <= begins <= leave.last_day:
            return leave.stand_in or shift.stand_in
    return shift.stand_in if shift.absent else shift.officer


@dataclass(frozen=True, slots=True)
class ShiftOccurrence:
    """One occurrence of a shift, `[starts, ends)`, with its officer.

    `officer_id` is `None` for a shift of a team or unit, and if nobody stands in for an absent officer.
    """

    shift: Shift
    starts: datetime
    ends: datetime
    officer_id: str | None

    @property
    def stands_in_for(self) -> str | None:
        """The officer of the shift, if absent; `None` if the officer is on duty or the shift has no officer."""
        return self.shift.officer if self.shift.officer != self.officer_id else None


def occurrences(shifts: Iterable[Shift], since: datetime, until: datetime, zone: ZoneInfo) -> list[ShiftOccurrence]:
    """Return every occurrence that runs at some instant of `[since, until]`, ordered by start."""
    days = (until.astimezone(zone).date() - since.astimezone(zone).date()).days
    found = [
        ShiftOccurrence(shift, start, end, holder_of(shift, start.astimezone(zone).date()))
        for shift in shifts
        for start, end in intervals(shift, since, zone, days)
        if start <= until and since < end
    ]
    return sorted(found, key=lambda occurrence: (occurrence.starts, occurrence.shift.id))


def on_duty(shifts: Iterable[Shift], grid_code: str, at: datetime, zone: ZoneInfo) -> list[ShiftOccurrence]:
    """Return the occurrences that cover the grid at this instant, narrowest area first."""
    found = occurrences((shift for shift in shifts if covers(shift, grid_code)), at, at, zone)
    return sorted(found, key=lambda occurrence: (-area_precision(occurrence.shift), occurrence.shift.id))


def next_duty_start(
    shifts: Iterable[Shift],
    grid_code: str,
    at: datetime,
    zone: ZoneInfo,
    suits: Callable[[str | None], bool] = lambda _: True,
) -> datetime | None:
    """Return when somebody is next on duty in the grid: `at` itself, or the start of a shift.

    `None` if nobody is on duty within a week. Shifts count only if `suits` accepts their officer.
    """
    best: datetime | None = None
    for shift in shifts:
        if not covers(shift, grid_code):
            continue
        for start, end in intervals(shift, at, zone, _LOOK_AHEAD_DAYS):
            if end <= at or not suits(holder_of(shift, start.astimezone(zone).date())):
                continue
            begins = max(start, at)
            if best is None or begins < best:
                best = begins
            break
    return best
