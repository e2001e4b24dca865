"""Deadlines, used time and lights of limits, as pure functions.

`urgent_minute`, `urgent_hour` and `natural_day` run through nights and holidays. `work_hour` and `work_day` run only in
the office hours of working days. No function reads the present time; callers pass every instant. `docs/domain.md`,
section clocks, describes the units and the algorithm. The package `holidays` supplies the working days; the table of
the district overrides them.
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
from contracts.clocks.lights import Light, clock_to_show, light
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
    "clock_to_show",
    "deadline",
    "earlier",
    "elapsed",
    "extended",
    "light",
    "milestones",
    "share_used",
    "shortened",
]
