"""A clock 时限 of a case, as supervision keeps it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.clocks import Pause
from contracts.events.acceptance import LimitUnit
from contracts.events.supervision import ClockName, Light

Step = Literal["yellow", "red", "urge", "notice", "order", "leader", "lead", "centre"]
"""Steps that a clock takes automatically, each when a certain share of its limit is used."""

PauseReason = Literal["return", "suspension", "verification"]


class ClockPause(BaseModel):
    """A period in which a clock does not run."""

    reason: PauseReason
    since: datetime
    until: datetime | None = None
    expected_until: datetime | None = None
    """When the pause is expected to end; `None` if this is not known."""


class Clock(BaseModel):
    """A clock that runs or is paused. Stopped clocks are removed from the state."""

    name: ClockName
    started_at: datetime
    unit: LimitUnit
    granted: timedelta
    """Time allowed, extensions included. Only time that counts for `unit` is measured, such as working hours."""
    due_at: datetime
    """The deadline; while the clock is paused, the deadline before the pause."""
    provisional: bool = False
    amount: int = 0
    """Amount of the limit in `unit`; 0 if the clock runs to a given instant instead of by a limit."""
    extensions: int = 0
    dispatch_id: UUID | None = None
    """Dispatch to which the clock belongs.

    For a clock named `dispatch`, it is the dispatch whose return must be decided, or `None` if a unit must be chosen.
    """
    task_id: UUID | None = None
    unit_id: str | None = None
    centre_id: str | None = None
    """For a clock named `dispatch`: the centre that must decide, if it is not the centre of the case."""
    officer_id: str | None = None
    grid_code: str = ""
    """Grid of a field task. The grid lead of this grid is informed when the task is late."""
    milestone: str = ""
    coordinated: bool = False
    rework: bool = False
    """True for a clock of a rework, which is counted separately."""
    handover: bool = False
    """True if an emergency service must acknowledge a hand-over. The service is reminded, never ordered."""
    light: Light = "green"
    steps_done: list[Step] = Field(default_factory=list[Step])
    announced_by: dict[Step, UUID] = Field(default_factory=dict[Step, UUID])
    """Step in `steps_done` → other clock of the same dispatch that sent the message for both clocks."""
    pause_log: list[ClockPause] = Field(default_factory=list[ClockPause])

    @property
    def runs_against_unit(self) -> bool:
        """True if the unit of the dispatch is late when this clock is overdue.

        Otherwise an officer or a role of the centre is late.
        """
        return self.dispatch_id is not None and self.name != "dispatch"

    @property
    def pauses(self) -> list[Pause]:
        return [Pause(each.since, each.until) for each in self.pause_log]

    @property
    def paused(self) -> bool:
        return any(each.until is None for each in self.pause_log)
