"""A task for a person, as supervision keeps it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.events.acceptance import RecheckMode
from services.supervision.domain.primitives.provisional import DeadlineBasis

TaskKind = Literal["recheck", "review", "extension", "suspension", "attention", "appeal"]

Queue = Literal["officer", "desk", "leader", "dispatcher", "shift_lead", "assessor"]
"""Who sees an open task: officers (`officer`), the intake desk with assessors (`desk`), or one role."""


class Task(BaseModel):
    """A task for a person."""

    kind: TaskKind
    queue: Queue
    created_at: datetime
    due_at: datetime
    provisional: DeadlineBasis | None = None
    """Start and limit from which `due_at` is computed again; `None` once no new calendar can move it.

    Always `None` for a task with a clock, because the deadline of the clock is computed again instead.
    """
    mode: RecheckMode | None = None
    round: int = 0
    sample: bool = False
    grid_code: str = ""
    officer_id: str | None = None
    claimed_by: str | None = None
    """Account of the person who claimed the task."""
    excluded: list[str] = Field(default_factory=list[str])
    """Officers who reported or handled the case. For an appeal: the account that lodged the appeal, and its subject."""
    declined: list[str] = Field(default_factory=list[str])
    """Officers who passed the task on."""
    lead_id: str | None = None
    """Grid lead who was informed because the task is late."""
    dispatch_id: UUID | None = None
    unit_id: str | None = None
    reason: str = ""
    note: str = ""
    until: datetime | None = None
    status: Literal["open", "claimed", "answered", "cancelled"] = "open"
    passed: bool | None = None

    @property
    def waiting(self) -> bool:
        return self.status in ("open", "claimed")

    @property
    def escalates(self) -> bool:
        """True if the task goes one level up when nobody answers it in time.

        A unit's request goes to the director of the centre; a question to the director goes to the county leader in
        charge.
        """
        if self.kind in ("extension", "suspension"):
            return True
        return self.kind == "attention" and self.queue == "leader" and self.reason != "director_silent"
