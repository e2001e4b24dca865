"""What a deadline was laid off from, while it reaches into a year whose calendar is not announced."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from contracts.clocks import Calendar, deadline
from contracts.registry import Limit


class DeadlineBasis(BaseModel):
    """Start and limit of a deadline that is laid off again when the calendar of its year is announced."""

    since: datetime
    limit: Limit


def compute_deadline(since: datetime, limit: Limit, calendar: Calendar) -> tuple[datetime, DeadlineBasis | None]:
    """When the limit is used up, and what to lay it off from again, should that still move."""
    due = deadline(since, limit, calendar)
    return due.due_at, DeadlineBasis(since=since, limit=limit) if due.provisional else None
