"""The parts of an example of a clock."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from contracts.clocks import Calendar, Deadline, Pause, deadline, earlier
from contracts.registry.base import Limit
from contracts.timeline import Text


class Step(NamedTuple):
    """Something that happens, and the clock from then on."""

    at: datetime
    what: Text
    start: datetime
    limit: Limit
    calendar: Calendar = Calendar()
    pauses: tuple[Pause, ...] = ()
    outside: datetime | None = None
    """Deadline set by another platform."""

    @property
    def due(self) -> Deadline | None:
        """The deadline; `None` while the clock is paused."""
        if any(pause.until is None for pause in self.pauses):
            return None
        return earlier(deadline(self.start, self.limit, self.calendar, self.pauses), self.outside)


class Story(NamedTuple):
    """An example of one rule: title, steps, and the rule that they show."""

    title: Text
    steps: tuple[Step, ...]
    lesson: Text
