"""Entities of the working calendar."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from pydantic import Field

from contracts.registry.base import Entity


class CalendarDay(Entity):
    """A day on which the district differs from the built-in calendar, or confirms it; `id` is the date."""

    KIND: ClassVar[str] = "calendar_day"

    id: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    working: bool
    note: str = ""
    note_en: str = ""

    @property
    def day(self) -> date:
        """Return the date that is the `id`."""
        return date.fromisoformat(self.id)
