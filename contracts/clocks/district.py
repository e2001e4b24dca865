"""The calendar that a district's release describes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from zoneinfo import ZoneInfo

from contracts.clocks.calendar import Calendar
from contracts.registry.keeping import CalendarDay
from contracts.registry.settings import DistrictSettings


def calendar_of(settings: DistrictSettings, days: Iterable[CalendarDay]) -> Calendar:
    """Office hours, reading and zone from the settings, the table from the release's calendar days, and
    which years it has in full.

    Make one per release and keep it: it counts each year once. Raises `ValueError` when the office hours overlap.
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
