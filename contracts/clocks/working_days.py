"""Working days of a year: the published Chinese calendar, overridden by the table of the district."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate

import holidays

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Year:
    """The working days of one year, prepared for counting."""

    first: int
    """Ordinal of 1 January, as `date.toordinal` counts days."""
    days: tuple[int, ...]
    """Ordinals of the working days, in ascending order."""
    before: tuple[int, ...]
    """`before[k]` is the number of working days among the first k days of the year, for k from 0 to the number of days.
    """
    announced: bool
    """True if all holidays and make-up days 调休 of the year are known; otherwise deadlines in the year may move by
    some days."""

    def is_working_day(self, ordinal: int) -> bool:
        """Return True if a day of this year, given by its ordinal, is a working day."""
        index = ordinal - self.first
        return self.before[index] < self.before[index + 1]


@lru_cache(maxsize=256)
def published_holidays(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Return the public holidays and the make-up days 调休 of the year, as in the package `holidays`."""
    china = holidays.China(years=year)
    off = frozenset(day for day in china if day.year == year)
    return off, frozenset(day for day in china.weekend_workdays if day.year == year)


def is_published(year: int) -> bool:
    """Return True if the package `holidays` contains the announced holidays of the year.

    Before the announcement it contains only the statutory holidays. Every announcement since 2001 has make-up days
    调休, so a year with make-up days is complete.
    """
    return bool(published_holidays(year)[1])


def year_of(year: int, overrides: Mapping[date, bool], *, announced: bool) -> Year:
    """Return the working days of a year.

    A day in `overrides` takes precedence over the published calendar. `announced` means that the district has declared
    `overrides` complete for the year. Entries for some days do not imply this, because a city may change only a single
    Saturday.
    """
    off, make_up = published_holidays(year)
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    worked: list[int] = []
    for ordinal in range(first, last + 1):
        day = date.fromordinal(ordinal)
        if overrides.get(day, day in make_up or not (day.weekday() >= SATURDAY or day in off)):
            worked.append(ordinal)
    flags = set(worked)
    counts = accumulate((ordinal in flags for ordinal in range(first, last + 1)), initial=0)
    return Year(first=first, days=tuple(worked), before=tuple(counts), announced=announced or is_published(year))
