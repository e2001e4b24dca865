"""Dispatches, notices that wait for a reply, and who worked on a case, as supervision keeps them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.common import Actor
from contracts.events.command import HandoverTarget, MilestoneDue
from services.supervision.domain.primitives.provisional import DeadlineBasis


class Dispatch(BaseModel):
    """A dispatch 派遣单 as supervision sees it."""

    unit_id: str
    coordinated: bool = False
    handover: HandoverTarget | None = None
    """Target of a hand-over 移交; `None` for other dispatches.

    The centre stays responsible until the service acknowledges.
    """
    milestones: tuple[MilestoneDue, ...]
    """Milestones with their current deadlines. `amount` and `unit` stay those of the original dispatch."""
    rework_milestones: tuple[MilestoneDue, ...] = ()
    """Milestones of the last rework with their current deadlines; empty before the first rework."""
    reached: list[str] = Field(default_factory=list[str])
    extensions: int = 0
    suspensions: int = 0

    @property
    def current_milestones(self) -> tuple[MilestoneDue, ...]:
        """The milestones that the unit must reach now: those of the last rework or, without one, the original ones."""
        return self.rework_milestones or self.milestones


NoticeKind = Literal["overdue_notice", "supervision_order"]
"""An overdue notice 超期告知 asks why the unit is late; a supervision order 督办 orders the unit to act."""


class Notice(BaseModel):
    """An overdue notice or a supervision order 督办 that waits for the unit's reply."""

    kind: NoticeKind
    issued_at: datetime
    text: str
    text_en: str = ""
    dispatch_id: UUID | None = None
    unit_id: str | None = None
    reply_due_at: datetime
    provisional: DeadlineBasis | None = None
    """Start and limit from which `reply_due_at` is computed again; `None` once no new calendar can move it."""


class Handlers(BaseModel):
    """Accounts, officers and units that worked on the case. None of them may judge the case."""

    accounts: set[str] = Field(default_factory=set[str])
    officers: set[str] = Field(default_factory=set[str])
    units: set[str] = Field(default_factory=set[str])

    def add(self, actor: Actor, unit_id: str) -> None:
        """Add a person, and the unit for which the person worked or entered a report."""
        self.accounts.add(actor.id)
        self.units.add(unit_id)
        if actor.officer_id is not None:
            self.officers.add(actor.officer_id)
