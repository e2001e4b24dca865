"""The working calendar of a district, built from its settings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from zoneinfo import ZoneInfo

from contracts.clocks.calendar import Calendar
from contracts.registry.calendar_days import CalendarDay
from contracts.registry.settings import DistrictSettings


def calendar_of(settings: DistrictSettings, days: Iterable[CalendarDay]) -> Calendar:
    """Return the calendar of a district. Raises `ValueError` if the office hours overlap.

    Callers keep one calendar for each registry release, because a calendar counts the working days of a year only once.
    """
    return Calendar(
        office_hours=tuple(
            (time.fromisoformat(period.starts), time.fromisoformat(period.ends)) for period in settings.office_hours
        ),
        overrides={each.day: each.working for each in days},
        announced_years=frozenset(settings.announced_years),
        reading=settings.work_day_reading,
        zone=ZoneInfo(settings.timezone),
    )
