"""Deadlines on both calendars, pure: how long a limit lasts, how much of it is used, which light that is.

`urgent_minute`, `urgent_hour` and `natural_day` run through nights and holidays. `work_hour` and `work_day` run only
in the office hours of working days. Nothing here reads a clock: every instant is given.

Source: units and algorithm follow `docs/domain.md`, section clocks; working days come from the package `holidays`,
under a table that the district edits.
"""

from contracts.clocks.calendar import Calendar, OfficeHours, Reading
from contracts.clocks.deadlines import (
    CONTINUOUS,
    Deadline,
    LimitLike,
    Pause,
    advance,
    allowance,
    deadline,
    earlier,
    elapsed,
    milestones,
    share_used,
)
from contracts.clocks.district import calendar_of
from contracts.clocks.lights import Light, light, shown
from contracts.clocks.limits import extended, shortened

__all__ = [
    "CONTINUOUS",
    "Calendar",
    "Deadline",
    "Light",
    "LimitLike",
    "OfficeHours",
    "Pause",
    "Reading",
    "advance",
    "allowance",
    "calendar_of",
    "deadline",
    "earlier",
    "elapsed",
    "extended",
    "light",
    "milestones",
    "share_used",
    "shortened",
    "shown",
]
