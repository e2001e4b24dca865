"""Months in the district's time zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

MONTH = r"^2\d{3}-(0[1-9]|1[0-2])$"
"""`yyyy-mm`."""


def month_of(at: datetime, zone: ZoneInfo) -> str:
    """The month an instant belongs to."""
    local = at.astimezone(zone)
    return f"{local.year:04}-{local.month:02}"


def bounds_of(month: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a month begins, and when the next one does."""
    year, number = map(int, month.split("-"))
    year_after, after = (year + 1, 1) if number == 12 else (year, number + 1)
    return datetime(year, number, 1, tzinfo=zone), datetime(year_after, after, 1, tzinfo=zone)
