"""Supervision 监督: decisions on extensions 延期 and suspensions 挂账."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.events.command import MilestoneDue
from contracts.marks import Redact
from contracts.timeline import About, Choice, Sentence, UnitId, last_milestone

__all__ = [
    "ExtensionDecided",
    "SuspensionDecided",
    "SuspensionEnded",
]


class ExtensionDecided(Event):
    """A request for an extension 延期 was granted or refused.

    An extension adds the original limit to the last open milestone once more.
    """

    TYPE = "supervision.extension_decided.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="是否准予延期；准予的，最后一个未完成的节点加一个原时限。",
        timeline=Choice(
            "granted",
            {
                True: Sentence(
                    "准予{unit_id}延期至 {due}",
                    "{unit_id} was granted an extension until {due}",
                    {"due": last_milestone},
                    note="note",
                ),
                False: Sentence("{unit_id}延期申请未获准", "{unit_id} was refused an extension", note="note"),
            },
        ),
    )

    dispatch_id: UUID
    unit_id: UnitId
    granted: bool
    """True if the extension was granted."""
    note: Annotated[str, Redact.WITHHOLD] = ""
    """Masked reason."""
    milestones: tuple[MilestoneDue, ...]
    """Milestones of the dispatch with their deadlines after the decision."""
    decided_by: Actor


class SuspensionDecided(Event):
    """A request for a suspension 挂账 was granted or refused.

    While a dispatch is suspended, the clocks of the dispatch are paused.
    """

    TYPE = "supervision.suspension_decided.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="是否准予挂账；准予的，时限暂停至该日自动恢复。",
        timeline=Choice(
            "granted",
            {
                True: Sentence(
                    "准予{unit_id}挂账至 {until}", "{unit_id} was granted a suspension until {until}", note="note"
                ),
                False: Sentence("{unit_id}挂账申请未获准", "{unit_id} was refused a suspension", note="note"),
            },
        ),
    )

    dispatch_id: UUID
    unit_id: UnitId
    granted: bool
    """True if the suspension was granted."""
    until: Instant
    """Requested end of the suspension."""
    note: Annotated[str, Redact.WITHHOLD] = ""
    """Masked reason."""
    decided_by: Actor


class SuspensionEnded(Event):
    """A suspension 挂账 ended; the clocks of the dispatch continue."""

    TYPE = "supervision.suspension_ended.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="挂账到期，时限继续。",
        timeline=Sentence(
            "{unit_id}挂账到期，恢复计时，{due} 前办结",
            "The suspension of {unit_id} ended; complete by {due}",
            {"due": last_milestone},
        ),
    )

    dispatch_id: UUID
    unit_id: UnitId
    milestones: tuple[MilestoneDue, ...]
    """Milestones of the dispatch with their deadlines after the suspension."""
