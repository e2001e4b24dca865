"""Supervision 监督: review, rework, closing and reopening of a case."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.events.command import MilestoneDue

CloseOutcome = Literal["solved", "settled_on_the_spot", "answered", "explained", "mediated", "handed_over", "forced"]


class ReviewRequested(Event):
    """`explained` or `not_solvable`: a leader must look before it closes."""

    TYPE = "supervision.review_requested.v1"
    SOURCE = "supervision"

    review_id: UUID
    outcome: str
    due_at: Instant


class ReviewRecorded(Event):
    """The leader's decision."""

    TYPE = "supervision.review_recorded.v1"
    SOURCE = "supervision"

    review_id: UUID
    approved: bool
    note: str
    decided_by: Actor


class ReworkOrdered(Event):
    """返工: the same dispatch again, with a new clock."""

    TYPE = "supervision.rework_ordered.v1"
    SOURCE = "supervision"

    dispatch_id: UUID
    unit_id: str
    round: int
    reason: Literal["recheck_failed", "review_refused", "reporter_not_solved", "sample_failed", "by_hand"]
    note: str
    milestones: tuple[MilestoneDue, ...]


class CaseClosed(Event):
    """结案: somebody independent has seen it solved (or a person forced it, and answers for that)."""

    TYPE = "supervision.case_closed.v1"
    SOURCE = "supervision"

    outcome: CloseOutcome
    closing_condition_met: bool
    note: str = ""
    forced: bool = False
    closed_by: Actor


class CaseReopened(Event):
    """The case is open again: the reporter says it is not solved, or a person saw it."""

    TYPE = "supervision.case_reopened.v1"
    SOURCE = "supervision"

    reason: Literal["reporter_not_solved", "by_hand"]
    note: str = ""
    reopened_by: Actor
    dispatch_id: UUID | None = None
    """Order of the unit that does it again; none when no unit has completed it, so that command decides anew."""
    rework_round: int | None = None
    """Of the rework order that follows at once."""
