"""Supervision 监督: decisions on extensions 延期 and suspensions 挂账."""

from __future__ import annotations

from uuid import UUID

from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.events.command import MilestoneDue


class ExtensionDecided(Event):
    """延期 granted or refused. Granted: one original limit is added to the last open milestone."""

    TYPE = "supervision.extension_decided.v1"
    SOURCE = "supervision"

    dispatch_id: UUID
    unit_id: str
    granted: bool
    note: str = ""
    milestones: tuple[MilestoneDue, ...]
    """Of the dispatch, as they now are."""
    decided_by: Actor


class SuspensionDecided(Event):
    """挂账 granted or refused. Granted: the clocks of the dispatch stand still until the date, then run on by themselves."""

    TYPE = "supervision.suspension_decided.v1"
    SOURCE = "supervision"

    dispatch_id: UUID
    unit_id: str
    granted: bool
    until: Instant
    """As asked for."""
    note: str = ""
    decided_by: Actor


class SuspensionEnded(Event):
    """The date of a suspension has come: the clocks run on."""

    TYPE = "supervision.suspension_ended.v1"
    SOURCE = "supervision"

    dispatch_id: UUID
    unit_id: str
    milestones: tuple[MilestoneDue, ...]
    """Of the dispatch, moved by the pause."""
