"""Provisional deadlines, which can move until the holidays of the deadline's year are announced."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from contracts.clocks import Calendar, deadline
from contracts.registry import Limit


class DeadlineBasis(BaseModel):
    """Start and limit from which a provisional deadline is computed again."""

    since: datetime
    limit: Limit


def compute_deadline(since: datetime, limit: Limit, calendar: Calendar) -> tuple[datetime, DeadlineBasis | None]:
    """Return the deadline and its basis; the basis is `None` if the deadline is not provisional."""
    due = deadline(since, limit, calendar)
    return due.due_at, DeadlineBasis(since=since, limit=limit) if due.provisional else None
