"""What a deadline was laid off from, while it reaches into a year whose calendar is not announced."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from contracts.clocks import Calendar, deadline
from contracts.registry import Limit


class Provisional(BaseModel):
    """Start and limit of a deadline that is laid off again when the calendar of its year is announced."""

    since: datetime
    limit: Limit


def lay_off(since: datetime, limit: Limit, calendar: Calendar) -> tuple[datetime, Provisional | None]:
    """When the limit is used up, and what to lay it off from again, should that still move."""
    due = deadline(since, limit, calendar)
    return due.due_at, Provisional(since=since, limit=limit) if due.provisional else None
