"""Stage 6, evaluation 评价: what the reporter says, and the figures that follow. Emitted by supervision."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts.base import Contract, Event, Instant
from contracts.places import Actor

ExemptReason = Literal["storm", "appeal"]

Satisfied = Literal["satisfied", "fair", "dissatisfied"]


class FeedbackRequested(Event):
    """The reporter of one report is asked *solved?* and *satisfied?*"""

    TYPE = "evaluation.feedback_requested.v1"
    SOURCE = "supervision"

    report_id: UUID
    reporter_ref: UUID | None = None
    due_at: Instant
    """After this the answer leaves the denominator."""


class FeedbackRecorded(Event):
    """The reporter's answer, kept raw."""

    TYPE = "evaluation.feedback_recorded.v1"
    SOURCE = "supervision"

    report_id: UUID
    solved: bool
    satisfied: Satisfied | None = None
    comment: str = ""
    """Masked."""
    recorded_by: Actor


class FeedbackLapsed(Event):
    """The window passed without an answer."""

    TYPE = "evaluation.feedback_lapsed.v1"
    SOURCE = "supervision"

    report_id: UUID


class Figure(Contract):
    """One count for one subject: `1` of `figure` for `subject`."""

    kind: Literal["officer", "unit", "centre", "clerk", "dispatcher"]
    subject_id: str
    figure: str
    """As named in docs/domain.md, for instance `completed_on_time`."""
    value: int = 1


class CaseEvaluated(Event):
    """The case's figures are final. The end of the loop."""

    TYPE = "evaluation.case_evaluated.v1"
    SOURCE = "supervision"

    outcome: str
    solved: bool | None = None
    """What reporters said; none when nobody could be asked or answered."""
    satisfied: Satisfied | None = None
    figures: tuple[Figure, ...] = ()
    reworks: int = 0
    returns: int = 0
    was_overdue: bool = False
    """Never erased."""
    exempt_reason: ExemptReason | None = None
    """Why running over a limit is not counted: it was one of a storm, or an appeal was upheld (曾超时，不计)."""
