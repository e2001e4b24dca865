"""Shifts of leads, for the checks of on-duty entries.

An on-duty entry of the responsibility list applies only while its lead is on duty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.clocks.calendar import SHANGHAI
from contracts.registry import DistrictSettings, Responsibility, Shift, Team
from services.chassis import duty
from services.registry.domain.district_draft import DistrictDraft

_ANY_MONDAY = date(2026, 1, 5)
_PATTERN_DAYS = 8
"""Number of days in which a shift with any weekly pattern begins and ends at least once."""


class ShiftIndex:
    """Index of shifts by unit. A unit also has the shifts of the mobile teams of which it is the convenor."""

    def __init__(self, draft: DistrictDraft) -> None:
        settings = next(draft.all(DistrictSettings), None)
        self._zone = _zone(settings.timezone) if settings is not None else SHANGHAI
        self._office_hours = [
            (time.fromisoformat(each.starts), time.fromisoformat(each.ends))
            for each in (settings.office_hours if settings is not None else ())
        ]
        mobile = {team.id: team.convenor for team in draft.all(Team) if team.kind == "mobile"}
        self._by_unit: dict[str, list[Shift]] = defaultdict(list)
        for shift in draft.all(Shift):
            unit = shift.unit or mobile.get(shift.team or "")
            if unit is not None:
                self._by_unit[unit].append(shift)

    def shifts_of_lead(self, entry: Responsibility) -> list[Shift]:
        """Return the shifts of the entry's lead, if an area of the shift overlaps the area of the entry."""
        return [
            shift
            for shift in self._by_unit.get(entry.lead or "", [])
            if any(area.startswith(entry.area) or entry.area.startswith(area) for area in shift.areas)
        ]

    def find_overlap(self, one: Responsibility, other: Responsibility) -> tuple[Shift, Shift] | None:
        """Return two overlapping shifts, one of each entry's lead, or `None` if there are none.

        The shifts overlap in place and in time, at a time at which both entries apply.
        """
        for mine in self.shifts_of_lead(one):
            for theirs in self.shifts_of_lead(other):
                if _share_area(one.area, mine, theirs) and self._share_time(one, other, mine, theirs):
                    return mine, theirs
        return None

    def _share_time(self, one: Responsibility, other: Responsibility, mine: Shift, theirs: Shift) -> bool:
        begins = [each.valid_from for each in (one, other, mine, theirs) if each.valid_from is not None]
        begins += [
            each.starts_at.astimezone(self._zone).date() for each in (mine, theirs) if each.starts_at is not None
        ]
        around = datetime.combine(max(begins, default=_ANY_MONDAY), time(), self._zone)
        single = [each for each in (mine, theirs) if each.starts_at is not None]
        ends = [each.ends_at for each in single if each.ends_at is not None]
        days = max([_PATTERN_DAYS, *((end - around).days + 1 for end in ends)])
        return any(
            self._both_apply(one, other, max(first[0], second[0]), min(first[1], second[1]))
            for first in duty.intervals(mine, around, self._zone, days)
            for second in duty.intervals(theirs, around, self._zone, days)
        )

    def _both_apply(self, one: Responsibility, other: Responsibility, since: datetime, until: datetime) -> bool:
        """Return whether there is an instant in `[since, until)` at which both entries could apply.

        A later calendar may make any day a holiday or a working day. So each hour could be outside office hours, and
        the office hours of each day could be those of a working day. Both entries have the same `hours`.
        """
        for entry in (one, other):
            if entry.valid_from is not None:
                since = max(since, datetime.combine(entry.valid_from, time(), self._zone))
            if entry.valid_to is not None:
                until = min(until, datetime.combine(entry.valid_to, time(), self._zone))
        if one.hours != "office":
            return since < until
        return any(max(since, opens) < min(until, closes) for opens, closes in self._office_periods(since, until))

    def _office_periods(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield (begin, end) of the office hours of each day from one instant to the other."""
        day = since.astimezone(self._zone).date()
        while day <= until.astimezone(self._zone).date():
            for opens, closes in self._office_hours:
                last = day if closes > opens else day + timedelta(days=1)
                yield datetime.combine(day, opens, self._zone), datetime.combine(last, closes, self._zone)
            day += timedelta(days=1)


def _zone(name: str) -> ZoneInfo:
    """Return the time zone with this name, or Shanghai if the name is unknown. `limits` reports unknown names."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return SHANGHAI


def _share_area(area: str, one: Shift, other: Shift) -> bool:
    """Return whether a place in the area lies in an area of each of the two shifts.

    This is so if the narrowest of the three areas lies in the other two.
    """
    return any(
        all(max(area, first, second, key=len).startswith(each) for each in (area, first, second))
        for first in one.areas
        for second in other.areas
    )
