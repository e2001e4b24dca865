"""Who is on duty where and when: pure look-ups over the roster 排班."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.registry import Shift

_LOOK_AHEAD_DAYS = 8
"""A week and a day: every weekday pattern begins at least once in it."""


def covers(shift: Shift, grid_code: str) -> bool:
    """Whether the shift's area holds the grid (a parent's shift covers its micro grids)."""
    return any(grid_code.startswith(area) for area in shift.areas)


def spans(shift: Shift, around: datetime, zone: ZoneInfo, days: int) -> Iterator[tuple[datetime, datetime]]:
    """The instants `[start, end)` of the shift that begin from the day before `around` to `days` after it, in order."""
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


def on_duty(shifts: Iterable[Shift], grid_code: str, at: datetime, zone: ZoneInfo) -> list[Shift]:
    """The shifts that cover the grid at the instant, narrowest area first."""
    found = [
        shift
        for shift in shifts
        if covers(shift, grid_code) and any(start <= at < end for start, end in spans(shift, at, zone, 0))
    ]
    return sorted(found, key=lambda shift: (-max(len(area) for area in shift.areas), shift.id))


def next_start(shifts: Iterable[Shift], grid_code: str, at: datetime, zone: ZoneInfo) -> datetime | None:
    """When somebody is on duty in the grid from `at` on: `at` itself, the next shift's start, or None within a week."""
    best: datetime | None = None
    for shift in shifts:
        if not covers(shift, grid_code):
            continue
        for start, end in spans(shift, at, zone, _LOOK_AHEAD_DAYS):
            if end <= at:
                continue
            begins = max(start, at)
            if best is None or begins < best:
                best = begins
            break
    return best
