"""The working calendar of a district, for measuring and adding office time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from contracts.clocks.working_days import Year, year_of

OfficeHours = tuple[tuple[time, time], ...]
"""Opening and closing times of one day, in ascending order and without overlap. The closing time 00:00 means midnight
at the end of the day."""

Reading = Literal["consumed", "end_of_day"]
"""Meaning of a limit of N work days. `consumed`: N full office days from the start. `end_of_day`: until closing time of
the N-th working day after the start."""

MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1) // MICROSECOND
STANDARD_HOURS: OfficeHours = ((time(8), time(12)), (time(14), time(18)))
MIDNIGHT = time()
NOTHING = timedelta(0)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def _no_overrides() -> dict[date, bool]:
    return {}


@dataclass(frozen=True)
class Calendar:
    """The working days of a district and the office hours of a working day.

    The working days of a year are counted once, on first use. Raises `ValueError` if the office hours are empty, out of
    order or overlap.
    """

    office_hours: OfficeHours = STANDARD_HOURS
    overrides: Mapping[date, bool] = field(default_factory=_no_overrides)
    """Days that differ from the published calendar: true for a working day, false for a day off."""
    announced_years: frozenset[int] = frozenset()
    """Years for which `overrides` contains all announced holidays."""
    reading: Reading = "consumed"
    zone: ZoneInfo = SHANGHAI
    _segments: tuple[tuple[int, int], ...] = field(init=False, repr=False, compare=False)
    _day: int = field(init=False, repr=False, compare=False)
    _years: dict[int, Year] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        segments = tuple((_microseconds(opens), _microseconds(closes) or DAY) for opens, closes in self.office_hours)
        bounds = [bound for segment in segments for bound in segment]
        if not segments or any(later <= earlier for earlier, later in pairwise(bounds)):
            raise ValueError(f"office hours must be given in order and must not overlap: {self.office_hours}")
        object.__setattr__(self, "overrides", dict(self.overrides))
        object.__setattr__(self, "_segments", segments)
        object.__setattr__(self, "_day", sum(closes - opens for opens, closes in segments))
        object.__setattr__(self, "_years", {})

    @property
    def office_day(self) -> timedelta:
        """Return the office time of one working day, usually eight hours."""
        return self._day * MICROSECOND

    def is_working_day(self, day: date) -> bool:
        """Return True if the day is a working day."""
        return self._year(day.year).is_working_day(day.toordinal())

    def is_announced(self, year: int) -> bool:
        """Return True if the holidays of the year are known. Deadlines in other years are provisional."""
        return self._year(year).announced

    def office_time_between(self, since: datetime, until: datetime) -> timedelta:
        """Return the office time between two instants; zero if `until` is not after `since`."""
        if until <= since:
            return NOTHING
        first, last = since.astimezone(self.zone), until.astimezone(self.zone)
        total = self._position(last) - self._position(first)
        for year in range(first.year, last.year):
            total += len(self._year(year).days) * self._day
        return total * MICROSECOND

    def add_office_time(self, since: datetime, span: timedelta) -> datetime:
        """Return the earliest instant, in UTC, at which the office time `span` has passed since the start."""
        if span <= NOTHING:
            return since.astimezone(UTC)
        local = since.astimezone(self.zone)
        year = local.year
        target = self._position(local) + span // MICROSECOND
        while target > (size := len(self._year(year).days) * self._day):
            target -= size
            year += 1
        days_before, rest = divmod(target - 1, self._day)
        return self._instant(self._year(year).days[days_before], self._time_after(rest + 1))

    def closing_time(self, since: datetime, days: int) -> datetime:
        """Return the closing time, in UTC, of the N-th working day after the day of `since`; `days` is N."""
        day = since.astimezone(self.zone).toordinal()
        return self.add_office_time(self._instant(day + 1, 0), days * self.office_day)

    def _year(self, year: int) -> Year:
        found = self._years.get(year)
        if found is None:
            found = self._years[year] = year_of(year, self.overrides, announced=year in self.announced_years)
        return found

    def _position(self, local: datetime) -> int:
        """Return how much office time of the year has passed at a local time, in microseconds."""
        year = self._year(local.year)
        index = local.toordinal() - year.first
        position = year.before[index] * self._day
        if year.before[index + 1] > year.before[index]:
            now = _microseconds(local)
            for opens, closes in self._segments:
                if now > opens:
                    position += min(now, closes) - opens
        return position

    def _time_after(self, worked: int) -> int:
        """Return the time of day, in microseconds, at which `worked` microseconds of office time have passed.

        At the end of a period of office hours, return the closing time of the period, not the next opening time.
        """
        for opens, closes in self._segments[:-1]:
            if worked <= closes - opens:
                return opens + worked
            worked -= closes - opens
        return self._segments[-1][0] + worked

    def _instant(self, ordinal: int, time_of_day: int) -> datetime:
        midnight = datetime.combine(date.fromordinal(ordinal), MIDNIGHT, self.zone)
        return (midnight + timedelta(microseconds=time_of_day)).astimezone(UTC)


def _microseconds(moment: time | datetime) -> int:
    return ((moment.hour * 60 + moment.minute) * 60 + moment.second) * 1_000_000 + moment.microsecond
