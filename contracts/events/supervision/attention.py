"""Supervision 监督: questions that a person must decide."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts.base import Event, Instant
from contracts.common import Actor

AttentionReason = Literal[
    "reporter_not_solved", "second_not_solved", "other_reporter_not_solved", "third_recheck_failure", "nobody_on_duty",
    "overdue_twofold", "order_unanswered", "task_overdue", "handover_unacknowledged", "handover_refused", "director_silent",
    "request_undecided",
]  # fmt: skip

AttentionQueue = Literal["shift_lead", "leader", "dispatcher"]

AnswerKind = Literal["overdue_reason", "order_reply", "first_contact", "extension", "suspension", "question", "appeal"]


class AnswerDueMoved(Event):
    """Somebody has until another instant to answer than was said, since the calendar of its year was announced: a unit its
    overdue notice or formal order, the lead unit the reporter (响应), a person of the centre a request, a question or an appeal.
    """

    TYPE = "supervision.answer_due_moved.v1"
    SOURCE = "supervision"

    what: AnswerKind
    about: UUID | None = None
    """The overrun clock, the formal order, or the task of the request, question or appeal."""
    dispatch_id: UUID | None = None
    unit_id: str | None = None
    """Who answers; of a request or an appeal who asked."""
    reason: AttentionReason | None = None
    """Of a question."""
    due_at: Instant
    provisional: bool = False


class AttentionNeeded(Event):
    """A person must look: a second "not solved", one from another reporter, nobody on duty, nobody answering."""

    TYPE = "supervision.attention_needed.v1"
    SOURCE = "supervision"

    reason: AttentionReason
    queue: AttentionQueue
    note: str = ""
    post: str | None = None
    """Of leaders: whose it is, the director of the responsible centre or the county leader in charge."""
    post_en: str | None = None


class AttentionSettled(Event):
    """A person looked and decided what to do, or that nothing is to be done."""

    TYPE = "supervision.attention_settled.v1"
    SOURCE = "supervision"

    reason: AttentionReason
    note: str = ""
    answered: bool | None = None
    """Whoever settled it holds the post before which it was put, and answered it, or decided the case as a whole. None: it
    fell away with what somebody did, or what became known.
    """
    settled_by: Actor
