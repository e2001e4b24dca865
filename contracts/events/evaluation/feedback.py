"""Evaluation 评价: feedback 回访 of the reporters."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts.base import Event, Instant
from contracts.common import Actor

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
