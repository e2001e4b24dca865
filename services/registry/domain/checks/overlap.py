"""Where turns of the roster 排班 run at the same time: of units that lead while on duty, only one may be there at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.clocks.calendar import SHANGHAI
from contracts.registry import DistrictSettings, Responsibility, Shift, Team
from services.chassis import duty
from services.registry.domain.draft import Draft

_ANY_MONDAY = date(2026, 1, 5)
_A_WEEK = 8
"""Days in which every pattern of weekdays has begun at least once, and ended."""


class Turns:
    """The shifts of every unit, its own and those of mobile teams whose orders it gets."""

    def __init__(self, draft: Draft) -> None:
        settings = next(draft.all(DistrictSettings), None)
        self._zone = _zone(settings.timezone) if settings is not None else SHANGHAI
        self._office = [
            (time.fromisoformat(each.starts), time.fromisoformat(each.ends))
            for each in (settings.office_hours if settings is not None else ())
        ]
        mobile = {team.id: team.convenor for team in draft.all(Team) if team.kind == "mobile"}
        self._of: dict[str, list[Shift]] = defaultdict(list)
        for shift in draft.all(Shift):
            unit = shift.unit or mobile.get(shift.team or "")
            if unit is not None:
                self._of[unit].append(shift)

    def here(self, entry: Responsibility) -> list[Shift]:
        """Shifts of the entry's lead in some part of its area."""
        return [
            shift
            for shift in self._of.get(entry.lead or "", [])
            if any(area.startswith(entry.area) or entry.area.startswith(area) for area in shift.areas)
        ]

    def at_once(self, one: Responsibility, other: Responsibility) -> tuple[Shift, Shift] | None:
        """The first two turns that put the leads of both entries on duty in one place at one time at which both count."""
        for mine in self.here(one):
            for theirs in self.here(other):
                if _share_ground(one.area, mine, theirs) and self._share_time(one, other, mine, theirs):
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
        days = max([_A_WEEK, *((end - around).days + 1 for end in ends)])
        return any(
            self._counts(one, other, max(first[0], second[0]), min(first[1], second[1]))
            for first in duty.spans(mine, around, self._zone, days)
            for second in duty.spans(theirs, around, self._zone, days)
        )

    def _counts(self, one: Responsibility, other: Responsibility, since: datetime, until: datetime) -> bool:
        """Whether both entries count at some instant of `[since, until)`. Any day may turn out a holiday, whose hours are all
        night, or a working day: so every hour may be night, and an office's hours on any day may be office hours.
        """
        for entry in (one, other):
            if entry.valid_from is not None:
                since = max(since, datetime.combine(entry.valid_from, time(), self._zone))
            if entry.valid_to is not None:
                until = min(until, datetime.combine(entry.valid_to, time(), self._zone))
        if one.hours != "office":
            return since < until
        return any(max(since, opens) < min(until, closes) for opens, closes in self._openings(since, until))

    def _openings(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Office periods of the days from one instant to the other."""
        day = since.astimezone(self._zone).date()
        while day <= until.astimezone(self._zone).date():
            for opens, closes in self._office:
                last = day if closes > opens else day + timedelta(days=1)
                yield datetime.combine(day, opens, self._zone), datetime.combine(last, closes, self._zone)
            day += timedelta(days=1)


def _zone(name: str) -> ZoneInfo:
    """The district's zone. That there is none of this name is another check's finding."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return SHANGHAI


def _share_ground(area: str, one: Shift, other: Shift) -> bool:
    """Whether some place in the area lies in both shifts' areas: the narrowest of the three lies in the other two."""
    return any(
        all(max(area, first, second, key=len).startswith(each) for each in (area, first, second))
        for first in one.areas
        for second in other.areas
    )
