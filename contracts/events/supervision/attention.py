"""Supervision 监督: questions about a case that a person must decide."""

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
    """Render the addressee of a question: the post if there is one, otherwise the role of the queue."""
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

    `kind` says which answer: of a unit to an overdue notice or a supervision order, of the lead unit to the reporter,
    or of the centre to a unit's request, an appeal or an open question.
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
    """Which answer is due: the reason for being late, the reply to a supervision order, the first contact with the
    reporter, or the decision about an extension, a suspension, a question or an appeal."""
    reference_id: UUID | None = None
    """Overdue clock or supervision order that needs the answer, or the task that was created for the request, question
    or appeal; null or absent for the first contact."""
    dispatch_id: UUID | None = None
    """Dispatch that the answer is about; null or absent if it is about none."""
    unit_id: UnitId | None = None
    """Unit that must answer; for a request or an appeal the unit that made it. Null or absent for other answers."""
    reason: AttentionReason | None = None
    """What the open question is about; null or absent for other kinds of answers."""
    due_at: Instant
    """New deadline."""
    provisional: bool = False
    """True while `due_at` may move again, because the holidays of its year are not announced."""


class AttentionNeeded(Event):
    """A question about the case was put to a person of the centre, who must decide."""

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
    """What the person must decide about. `request_undecided`: a unit's request for an extension or suspension was not
    decided in time. `director_silent`: the director of the centre did not decide an earlier question."""
    queue: AttentionQueue
    """Role whose people receive the question."""
    note: Annotated[str, Redact.WITHHOLD] = ""
    """Masked details of the question."""
    post: str | None = None
    """Post of the leader who is asked, in Chinese: the director of the centre, or the county leader in charge. Null or
    absent if everybody with the role `queue` is asked."""
    post_en: str | None = None
    """Post of the leader in English; null or absent if there is none."""


class AttentionSettled(Event):
    """A question about the case was decided, or nobody needs to decide it any more."""

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
    """Reason of the settled question, as in `attention_needed`."""
    note: Annotated[str, Redact.WITHHOLD] = ""
    """Masked reason of the decision."""
    answered: bool | None = None
    """True if the person who was asked decided the question or the whole case; null or absent if another action or fact
    made the question obsolete."""
    settled_by: Actor
