"""Paging of lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Page:
    """Size of a page, and the sort key of the last row of the page before."""

    limit: int
    after: tuple[datetime, UUID] | None = None
