"""Which part of a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Page:
    """How many rows, and after which one. `after` is the sort key of the last row shown."""

    limit: int
    after: tuple[datetime, UUID] | None = None
