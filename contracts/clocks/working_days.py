"""Which days are worked: the published Chinese calendar under the district's own table, one year at a time."""

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
    """The working days of one year, ready for counting."""

    first: int
    """Ordinal (`date.toordinal`) of 1 January."""
    days: tuple[int, ...]
    """Ordinals of the working days, ascending."""
    before: tuple[int, ...]
    """`before[k]`: working days before day k of the year, counted from 0; one entry more than the year has days."""
    announced: bool
    """Make-up days are known. Without them a deadline may still move by a few days."""

    def works(self, ordinal: int) -> bool:
        """Whether the day with this ordinal, of this year, is worked."""
        index = ordinal - self.first
        return self.before[index] < self.before[index + 1]


@lru_cache(maxsize=256)
def published(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """The year's public holidays and its make-up days 调休, as the package `holidays` knows them."""
    china = holidays.China(years=year)
    off = frozenset(day for day in china if day.year == year)
    return off, frozenset(day for day in china.weekend_workdays if day.year == year)


def year_of(year: int, overrides: Mapping[date, bool]) -> Year:
    """Count one year.

    `overrides` wins over the published calendar, day by day. The State Council announces each year's holidays late in
    the year before, always with make-up days; so a year in which neither the package nor the table makes a single
    weekend day a working day is not announced yet.
    """
    off, make_up = published(year)
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    worked: list[int] = []
    announced = bool(make_up)
    for ordinal in range(first, last + 1):
        day = date.fromordinal(ordinal)
        weekend = day.weekday() >= SATURDAY
        works = overrides.get(day, day in make_up or not (weekend or day in off))
        announced = announced or (works and weekend)
        if works:
            worked.append(ordinal)
    flags = set(worked)
    counts = accumulate((ordinal in flags for ordinal in range(first, last + 1)), initial=0)
    return Year(first=first, days=tuple(worked), before=tuple(counts), announced=announced)
