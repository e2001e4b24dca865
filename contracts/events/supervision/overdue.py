"""Supervision 监督: reminders 催办, overdue notices 超期告知 and escalated tasks."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.events.supervision.clocks import ClockName

DeskRole = Literal["intake_clerk", "shift_lead", "dispatcher", "leader"]


class UnitUrged(Event):
    """催办: a reminder, by the clock at yellow or by a person at any time."""

    TYPE = "supervision.unit_urged.v1"
    SOURCE = "supervision"

    dispatch_id: UUID | None = None
    unit_id: str | None = None
    clock_id: UUID | None = None
    """The clock on whose way it comes; none: somebody thought of it."""
    text: str
    text_en: str = ""
    urged_by: Actor


class OverdueNotified(Event):
    """超期告知: "why is it late?", to whoever is late. A unit's answer is due."""

    TYPE = "supervision.overdue_notified.v1"
    SOURCE = "supervision"

    clock_id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    unit_id: str | None = None
    officer_id: str | None = None
    """Of an officer's task: who has it."""
    role: DeskRole | None = None
    """Whose desk it is, where neither a unit nor an officer is late."""
    centre_id: str | None = None
    """At which centre, where it is not the case's own."""
    reply_due_at: Instant
    provisional: bool | None = None
    """It may move until the calendar of its year is announced; none: it stands."""
    also: tuple[ClockName, ...] | None = None
    """Further limits of the same order that ran out at the same moment; this notice asks about them, too."""


class OverdueExplained(Event):
    """The unit's answer to an overdue notice: why it is late."""

    TYPE = "supervision.overdue_explained.v1"
    SOURCE = "supervision"

    clock_id: UUID
    dispatch_id: UUID | None = None
    unit_id: str | None = None
    text: str
    """Masked."""
    explained_by: Actor


class TaskEscalated(Event):
    """A verify or recheck task is late and goes one step up: to the grid lead, then to the street's centre.

    Whoever has it may still answer it.
    """

    TYPE = "supervision.task_escalated.v1"
    SOURCE = "supervision"

    task_id: UUID
    kind: Literal["verify", "recheck"]
    to: Literal["grid_lead", "centre"]
    officer_id: str | None = None
    """The grid lead; none when it goes to the centre."""
