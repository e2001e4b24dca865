"""Supervision 监督: questions that a person must decide."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from contracts import labels
from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.marks import Redact
from contracts.timeline import About, Choice, Names, Sentence, Text, UnitId, label

__all__ = [
    "AnswerDueMoved",
    "AnswerKind",
    "AttentionNeeded",
    "AttentionQueue",
    "AttentionReason",
    "AttentionSettled",
]


def _addressee(event: AttentionNeeded, names: Names) -> Text:
    """Render the addressed post, or else the role of the queue."""
    return Text(event.post, event.post_en or event.post) if event.post else label("queue", labels.ROLES)(event, names)


AttentionReason = Literal[
    "reporter_not_solved",
    "second_not_solved",
    "other_reporter_not_solved",
    "third_recheck_failure",
    "nobody_on_duty",
    "overdue_twofold",
    "supervision_order_unanswered",
    "task_overdue",
    "handover_unacknowledged",
    "handover_refused",
    "director_silent",
    "request_undecided",
]

AttentionQueue = Literal["shift_lead", "leader", "dispatcher"]

AnswerKind = Literal[
    "overdue_reason", "supervision_order_reply", "first_contact", "extension", "suspension", "question", "appeal"
]


class AnswerDueMoved(Event):
    """The deadline of an answer moved, because the holidays of its year were announced.

    `kind` names the kind of answer: of a unit to a notice or order, of the lead unit to the reporter, or of the centre
    to a request, a question or an appeal.
    """

    TYPE = "supervision.answer_due_moved.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="答复时限改变：当年工作日历公布（超期原因、督办回复、联系诉求人、延期挂账申请、待处理事项）。",
        timeline=Choice(
            "kind",
            {
                "overdue_reason": Sentence(
                    "{unit_id}说明超期原因的时限调整为 {due_at}（工作日历调整）",
                    "The deadline for the explanation by {unit_id} moved to {due_at} (working calendar)",
                ),
                "supervision_order_reply": Sentence(
                    "{unit_id}回复督办的时限调整为 {due_at}（工作日历调整）",
                    "The deadline for the reply of {unit_id} to the supervision order moved to {due_at} (working calendar)",
                ),
                "first_contact": Sentence(
                    "联系诉求人的时限调整为 {due_at}（工作日历调整）",
                    "The deadline for contacting the reporter moved to {due_at} (working calendar)",
                    minor=True,
                ),
                "extension": Sentence(
                    "{unit_id}延期申请的决定时限调整为 {due_at}（工作日历调整）",
                    "The deadline for the decision on the extension of {unit_id} moved to {due_at} (working calendar)",
                    minor=True,
                ),
                "suspension": Sentence(
                    "{unit_id}挂账申请的决定时限调整为 {due_at}（工作日历调整）",
                    "The deadline for the decision on the suspension of {unit_id} moved to {due_at} (working calendar)",
                    minor=True,
                ),
                "question": Sentence(
                    "“{reason}”的处理时限调整为 {due_at}（工作日历调整）",
                    "The deadline for the decision on a question ({reason}) moved to {due_at} (working calendar)",
                    {"reason": label("reason", labels.ATTENTION_REASONS)},
                    minor=True,
                ),
                "appeal": Sentence(
                    "考评申诉的决定时限调整为 {due_at}（工作日历调整）",
                    "The deadline for the decision on the appeal moved to {due_at} (working calendar)",
                    minor=True,
                ),
            },
        ),
    )

    kind: AnswerKind
    reference_id: UUID | None = None
    """Id of the overdue clock, the supervision order, or the task of the request, question or appeal."""
    dispatch_id: UUID | None = None
    unit_id: UnitId | None = None
    """Unit that must answer; for a request or an appeal the unit that asked."""
    reason: AttentionReason | None = None
    """Reason of a question."""
    due_at: Instant
    provisional: bool = False


class AttentionNeeded(Event):
    """A question was put to a person of the centre, who must decide."""

    TYPE = "supervision.attention_needed.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="须有人过问：再次反映未解决、其他诉求人反映未解决、无人在岗、无人答复等。",
        timeline=Sentence(
            "需{addressee}处理：{reason}",
            "A question was put to the {addressee}: {reason}",
            {"addressee": _addressee, "reason": label("reason", labels.ATTENTION_REASONS)},
            note="note",
        ),
    )

    reason: AttentionReason
    queue: AttentionQueue
    note: Annotated[str, Redact.WITHHOLD] = ""
    post: str | None = None
    """Post of the addressed leader: the director of the centre or the county leader in charge."""
    post_en: str | None = None


class AttentionSettled(Event):
    """A question was decided, or became obsolete."""

    TYPE = "supervision.attention_settled.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="有人过问并作出决定，或认为无须处理。",
        timeline=Choice(
            lambda event: bool(event.answered),
            {
                True: Sentence(
                    "已处理：{reason}",
                    "The question was decided: {reason}",
                    {"reason": label("reason", labels.ATTENTION_REASONS)},
                    note="note",
                ),
                False: Sentence(
                    "不再待处理：{reason}",
                    "The question became obsolete: {reason}",
                    {"reason": label("reason", labels.ATTENTION_REASONS)},
                    note="note",
                ),
            },
        ),
    )

    reason: AttentionReason
    note: Annotated[str, Redact.WITHHOLD] = ""
    answered: bool | None = None
    """True if the addressed person answered the question or decided the whole case; `None` if another action
    or fact made the question obsolete.
    """
    settled_by: Actor
