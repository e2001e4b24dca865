"""Supervision 监督: rechecks 核查, by which somebody independent looks whether the problem is solved."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts.base import Event, Instant
from contracts.common import Actor, Photo
from contracts.events.acceptance import RecheckMode


class RecheckRequested(Event):
    """A task 核查: was it solved? Never to whoever handled it."""

    TYPE = "supervision.recheck_requested.v1"
    SOURCE = "supervision"

    task_id: UUID
    round: int
    mode: RecheckMode
    grid_code: str
    officer_id: str | None = None
    """None: the desk's task (call-back, document), or nobody on duty yet."""
    due_at: Instant
    closing_condition: str
    closing_condition_en: str
    sample: bool = False
    """A sampled recheck of something settled on the spot."""


class RecheckAssigned(Event):
    """The task went to an officer: on duty, free, and with no part in the handling."""

    TYPE = "supervision.recheck_assigned.v1"
    SOURCE = "supervision"

    task_id: UUID
    officer_id: str
    due_at: Instant
    assigned_by: Actor | None = None
    """Who sent them; none: the system found the nearest."""


class RecheckClaimed(Event):
    """An officer took the task."""

    TYPE = "supervision.recheck_claimed.v1"
    SOURCE = "supervision"

    task_id: UUID
    officer_id: str | None = None
    claimed_by: Actor


class RecheckPassedOn(Event):
    """The officer cannot do the task and says why, or may not any more; nobody has it until somebody else is found."""

    TYPE = "supervision.recheck_passed_on.v1"
    SOURCE = "supervision"

    task_id: UUID
    officer_id: str
    """Who had it, and will not get it again."""
    note: str
    because: Literal["reported", "handled"] | None = None
    """Why it was taken from the officer by itself: a report of theirs was attached, or they worked on the case. None: they
    gave it up.
    """
    due_at: Instant | None = None
    """When it is due now, where nobody else is on duty: counted from the next shift of somebody who may recheck."""
    passed_on_by: Actor


class RecheckRecorded(Event):
    """The answer: passed (the closing condition is met) or failed."""

    TYPE = "supervision.recheck_recorded.v1"
    SOURCE = "supervision"

    task_id: UUID
    round: int
    passed: bool
    note: str = ""
    photos: tuple[Photo, ...] = ()
    officer_id: str | None = None
    on_time: bool = True
    sample: bool = False
    recorded_by: Actor


class SampleFailed(Event):
    """The sampled recheck of a settlement failed: it does not count, intake files it as a case of its own."""

    TYPE = "supervision.sample_failed.v1"
    SOURCE = "supervision"

    task_id: UUID
    note: str = ""
