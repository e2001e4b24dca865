"""The parts of an example of a clock."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from contracts.clocks import Calendar, Deadline, Pause, deadline, earlier
from contracts.registry.base import Limit
from contracts.timeline import Text


class Step(NamedTuple):
    """One step of an example: what happens at an instant, and the clock from this instant on."""

    at: datetime
    what: Text
    start: datetime
    limit: Limit
    calendar: Calendar = Calendar()
    pauses: tuple[Pause, ...] = ()
    outside: datetime | None = None
    """Deadline that another platform set; `None` without one."""

    @property
    def due(self) -> Deadline | None:
        """The deadline of the clock; `None` while the clock is paused."""
        if any(pause.until is None for pause in self.pauses):
            return None
        return earlier(deadline(self.start, self.limit, self.calendar, self.pauses), self.outside)


class Story(NamedTuple):
    """An example of one rule about clocks: its title, its steps, and the rule (`lesson`)."""

    title: Text
    steps: tuple[Step, ...]
    lesson: Text
