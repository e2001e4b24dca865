"""Stage 6, evaluation 评价: what the reporter says, and the figures that follow. Emitted by supervision."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts.base import Contract, Event, Instant
from contracts.figures import Subject
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


CallBackResult = Literal["no_answer", "busy", "call_later", "wrong_number", "refused"]


class CallBackTried(Event):
    """A call-back 回访 that brought no answer; after so many of them, or for good reason at once, nobody waits any more."""

    TYPE = "evaluation.call_back_tried.v1"
    SOURCE = "supervision"

    report_id: UUID
    tries: int
    """Of this question, this one included."""
    result: CallBackResult
    note: str = ""
    """Masked."""
    tried_by: Actor


class FeedbackLapsed(Event):
    """The window passed without an answer."""

    TYPE = "evaluation.feedback_lapsed.v1"
    SOURCE = "supervision"

    report_id: UUID


class Figure(Contract):
    """One count for one subject: `1` of `figure` for `subject`."""

    kind: Literal[
        "officer", "intake_clerk", "shift_lead", "dispatcher", "unit", "street", "county", "centre", "clerk",
    ]  # fmt: skip
    """`centre` and `clerk` were names of earlier editions, for `street` and `intake_clerk`."""
    subject_id: str
    figure: str
    """As named in `contracts.figures`, for instance `completed_on_time`."""
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


class AppealLodged(Event):
    """考评申诉: a subject holds that figures of this case should not count against it. Once for each case."""

    TYPE = "evaluation.appeal_lodged.v1"
    SOURCE = "supervision"

    appeal_id: UUID
    kind: Subject
    subject_id: str
    figures: tuple[str, ...]
    text: str
    """Why. Masked."""
    due_at: Instant
    """A decision is due."""
    lodged_by: Actor


class AppealDecided(Event):
    """The decision on an appeal. Upheld: the figures are exempt from the counts; what happened stays in the timeline."""

    TYPE = "evaluation.appeal_decided.v1"
    SOURCE = "supervision"

    appeal_id: UUID
    kind: Subject
    subject_id: str
    figures: tuple[str, ...]
    upheld: bool
    note: str
    """Why so. Masked."""
    decided_by: Actor
