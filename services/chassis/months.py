"""Months in the district's time zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

_YEAR = "(19|20|21)[0-9]{2}"
"""Pattern of the years that `contracts.base.Instant` allows."""

MONTH = rf"^{_YEAR}-(0[1-9]|1[0-2])$"
"""Pattern of a month, `yyyy-mm`."""

PERIOD = rf"^{_YEAR}(-(0[1-9]|1[0-2]|Q[1-4]))?$"
"""Pattern of a month, a quarter or a year: `2026-11`, `2026-Q4`, `2026`."""


def month_of(at: datetime, zone: ZoneInfo) -> str:
    """Return the month of an instant."""
    local = at.astimezone(zone)
    return f"{local.year:04}-{local.month:02}"


def bounds_of(month: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the start of a month and the start of the next one."""
    year, number = map(int, month.split("-"))
    year_after, after = (year + 1, 1) if number == 12 else (year, number + 1)
    return datetime(year, number, 1, tzinfo=zone), datetime(year_after, after, 1, tzinfo=zone)
