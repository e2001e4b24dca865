"""Acceptance 受理: verification 核实, the check before filing that a report is true."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts.base import Event, Instant
from contracts.common import Actor, Photo, Place

VerifyMode = Literal["site", "phone", "none"]


class VerificationRequested(Event):
    """A task 核实: is it true? Sent to an officer of the duty grid (site) or to the desk (phone)."""

    TYPE = "acceptance.verification_requested.v1"
    SOURCE = "intake"

    task_id: UUID
    mode: VerifyMode
    grid_code: str | None = None
    officer_id: str | None = None
    """Nearest free officer; none for the desk's phone tasks or when nobody is on duty."""
    due_at: Instant
    nobody_on_duty: bool | None = None
    """True: nobody who may verify is on duty near by, nor within a week, and a person must look."""
    question: str = ""
    requested_by: Actor | None = None
    """Who at the desk had it verified; none: a rule sent it as it came in, or on to the grid where it really lies."""


class VerificationAssigned(Event):
    """The task went to another officer: the nearest free one when a shift began, or whom a person sent."""

    TYPE = "acceptance.verification_assigned.v1"
    SOURCE = "intake"

    task_id: UUID
    officer_id: str
    due_at: Instant
    assigned_by: Actor


class VerificationPassedOn(Event):
    """The officer cannot do the task and says why, or may not any more; nobody has it until somebody else is found."""

    TYPE = "acceptance.verification_passed_on.v1"
    SOURCE = "intake"

    task_id: UUID
    officer_id: str
    """Who had it, and will not get it again."""
    note: str
    because: Literal["reported"] | None = None
    """Why it was taken from the officer by itself: a report of theirs was attached. None: they gave it up."""
    due_at: Instant | None = None
    """When it is due now, where nobody else is on duty: counted from the next shift of somebody who may verify."""
    nobody_on_duty: bool | None = None
    """True: nobody who may verify is left, nor comes on duty within a week, and a person must look."""
    passed_on_by: Actor


class VerificationRecorded(Event):
    """The answer to a verification task."""

    TYPE = "acceptance.verification_recorded.v1"
    SOURCE = "intake"

    task_id: UUID
    result: Literal["confirmed", "not_found", "wrong_place", "other"]
    mode: VerifyMode | None = None
    """How it was found out: by phone also where the desk called about a task for the street. None: as was asked."""
    officer_id: str | None = None
    note: str = ""
    photos: tuple[Photo, ...] = ()
    place: Place | None = None
    """The corrected place, where the officer found it to be another."""
    recorded_by: Actor
