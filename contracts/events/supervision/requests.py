"""Supervision 监督: decisions on extensions 延期 and suspensions 挂账."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.events.command import MilestoneDue
from contracts.marks import Redact
from contracts.timeline import (
    About,
    Choice,
    Sentence,
    instant,
    last_milestone,
    unit,
)

__all__ = [
    "ExtensionDecided",
    "SuspensionDecided",
    "SuspensionEnded",
]


class ExtensionDecided(Event):
    """An extension 延期 was granted or refused. It extends the last open milestone by its original limit."""

    TYPE = "supervision.extension_decided.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="是否准予延期；准予的，最后一个未完成的里程碑加一个原时限。",
        timeline=Choice(
            "granted",
            {
                True: Sentence(
                    "准予{unit}延期至 {due}",
                    "{unit} has time until {due}",
                    {"unit": unit(), "due": last_milestone},
                    note="note",
                ),
                False: Sentence("{unit}延期申请未获准", "More time refused to {unit}", {"unit": unit()}, note="note"),
            },
        ),
    )

    dispatch_id: UUID
    unit_id: str
    granted: bool
    note: Annotated[str, Redact.WITHHOLD] = ""
    milestones: tuple[MilestoneDue, ...]
    """Present milestones of the dispatch."""
    decided_by: Actor


class SuspensionDecided(Event):
    """A suspension 挂账 was granted or refused. If granted, the clocks of the dispatch pause."""

    TYPE = "supervision.suspension_decided.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="是否准予挂账；准予的，时限暂停至该日自动恢复。",
        timeline=Choice(
            "granted",
            {
                True: Sentence(
                    "准予{unit}挂账至 {until}",
                    "Suspended for {unit} until {until}",
                    {"unit": unit(), "until": instant("until")},
                    note="note",
                ),
                False: Sentence("{unit}挂账申请未获准", "Suspension refused to {unit}", {"unit": unit()}, note="note"),
            },
        ),
    )

    dispatch_id: UUID
    unit_id: str
    granted: bool
    until: Instant
    """Requested end of the suspension."""
    note: Annotated[str, Redact.WITHHOLD] = ""
    decided_by: Actor


class SuspensionEnded(Event):
    """A suspension ended; the clocks run on."""

    TYPE = "supervision.suspension_ended.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="挂账到期，时限继续。",
        timeline=Sentence(
            "{unit}挂账到期，恢复计时，{due} 前办结",
            "Suspension of {unit} ended; complete by {due}",
            {"unit": unit(), "due": last_milestone},
        ),
    )

    dispatch_id: UUID
    unit_id: str
    milestones: tuple[MilestoneDue, ...]
    """Milestones of the dispatch, moved by the length of the pause."""
