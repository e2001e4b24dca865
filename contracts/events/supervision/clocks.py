"""Supervision 监督: clocks of a case, their lights and deadlines."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts.base import Event, Instant

Light = Literal["green", "yellow", "red"]

ClockName = Literal["verify", "file", "dispatch", "sign", "handle", "recheck", "review", "case", "settlement"]


class ClockStarted(Event):
    """A clock runs. A card shows one of them with its light: the gravest light, then the earliest deadline."""

    TYPE = "supervision.clock_started.v1"
    SOURCE = "supervision"

    clock_id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    """The order it runs for; of a clock named `dispatch` the one whose return is to be decided."""
    task_id: UUID | None = None
    started_at: Instant
    due_at: Instant
    provisional: bool = False
    coordinated: bool = False
    """Never red: escalation goes to the authority above."""
    milestone: str | None = None
    """Of a handling clock: the name of the milestone that ends it."""
    centre_id: str | None = None
    """Of a clock named `dispatch`: the centre that decides, where it is not the case's own (the county was called)."""


class ClockPaused(Event):
    """The clock stands still: of an order while a return or a suspension lasts, of the desk while it is verified."""

    TYPE = "supervision.clock_paused.v1"
    SOURCE = "supervision"

    clock_id: UUID


class ClockResumed(Event):
    """The clock runs on, with a due instant moved by the pause."""

    TYPE = "supervision.clock_resumed.v1"
    SOURCE = "supervision"

    clock_id: UUID
    due_at: Instant


class ClockStopped(Event):
    """The clock ended: in time or not. "Was overdue" is never erased."""

    TYPE = "supervision.clock_stopped.v1"
    SOURCE = "supervision"

    clock_id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    stopped_at: Instant
    on_time: bool
    cancelled: bool = False
    """Ended without a judgement (withdrawn, returned, voided)."""


class LightChanged(Event):
    """A clock's light changed: green to 80 %, yellow to 100 %, red beyond of elapsed clock time over the limit."""

    TYPE = "supervision.light_changed.v1"
    SOURCE = "supervision"

    clock_id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    light: Light
    corrected: bool = False
    """A later fact proved that the clock had stopped in time."""


class DeadlineMoved(Event):
    """A running clock is due at another instant than was said: an extension, or the calendar of its year was announced."""

    TYPE = "supervision.deadline_moved.v1"
    SOURCE = "supervision"

    clock_id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    due_at: Instant
    provisional: bool = False
    reason: Literal["extension", "calendar"]
    milestone: str | None = None
    """Name of the milestone whose clock it is."""
