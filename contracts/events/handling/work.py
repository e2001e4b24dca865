"""Handling 处置: how units accept, carry out and complete their dispatches."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts.base import Contract, Event, StrictInstant
from contracts.common import Actor, Photo

WorkOutcome = Literal[
    "solved", "partly", "explained", "not_solvable", "persuaded", "ordered",
    "transferred_to_enforcement", "mediated", "handled", "handed_over",
]  # fmt: skip
"""What came of it. `handled` is all that is said of a confidential matter; `handed_over`: who was called for it has it."""


class PhoneEntry(Contract):
    """An answer given by phone and entered later 补录: who said it, and when."""

    contact: str
    """Post or badge of the person at the other end."""
    at: StrictInstant


class DispatchSigned(Event):
    """The unit has taken the order."""

    TYPE = "handling.dispatch_signed.v1"
    SOURCE = "dispatch"

    dispatch_id: UUID
    unit_id: str
    by_phone: PhoneEntry | None = None
    accepted_by: str | None = None
    """Of a hand-over 移交: post or desk of the emergency service that took it. Masked."""
    signed_by: Actor


class HandoverRefused(Event):
    """An emergency service does not take what was handed over: it stays ours, and a person must look at once."""

    TYPE = "handling.handover_refused.v1"
    SOURCE = "dispatch"

    dispatch_id: UUID
    unit_id: str
    role: str
    note: str
    """Why. Masked."""
    by_phone: PhoneEntry | None = None
    refused_by: Actor


class WorkAssigned(Event):
    """The unit handed the work on inside its own house 二级派遣, or took it back."""

    TYPE = "handling.work_assigned.v1"
    SOURCE = "dispatch"

    dispatch_id: UUID
    unit_id: str
    crew: str | None = None
    """Crew or post, never a person's name; none when revoked."""
    assigned_by: Actor


class ProgressReported(Event):
    """What has been done so far; may reach a milestone."""

    TYPE = "handling.progress_reported.v1"
    SOURCE = "dispatch"

    dispatch_id: UUID
    unit_id: str
    note: str
    milestone: str | None = None
    """Name of the milestone reached, where one was."""
    photos: tuple[Photo, ...] = ()
    merged_case_number: str | None = None
    """Said in answer to an order of the case with this number, which was merged into this one and whose order an emergency
    service had acknowledged by then."""
    outcome: WorkOutcome | None = None
    """How that order ended, where this is its result."""
    reported_by: Actor


class CoUnitReleased(Event):
    """The lead let a co-unit go: nothing for it to do."""

    TYPE = "handling.co_unit_released.v1"
    SOURCE = "dispatch"

    dispatch_id: UUID
    unit_id: str
    note: str
    released_by: Actor


class WorkCompleted(Event):
    """One unit's part is done, with outcome and evidence. Its handling clock stops."""

    TYPE = "handling.work_completed.v1"
    SOURCE = "dispatch"

    dispatch_id: UUID
    unit_id: str
    role: str
    outcome: WorkOutcome
    note: str
    photos: tuple[Photo, ...] = ()
    rework_round: int = 0
    completed_by: Actor


class HandlingCompleted(Event):
    """The lead and every co-unit have completed or were released: supervision may look."""

    TYPE = "handling.handling_completed.v1"
    SOURCE = "dispatch"

    lead_dispatch_id: UUID
    lead_unit_id: str
    outcome: WorkOutcome
    note: str = ""
    rework_round: int = 0
    units: tuple[str, ...]
    """Units that handled it: none of their people rechecks it."""
