"""Evaluation 评价: feedback 回访, which the reporters give after a case is closed."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from contracts import labels
from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.marks import Redact
from contracts.timeline import About, Choice, Sentence, label

__all__ = [
    "CallBackResult",
    "CallBackTried",
    "FeedbackLapsed",
    "FeedbackRecorded",
    "FeedbackRequested",
    "Satisfied",
]

_SATISFIED = {"satisfied": label("satisfied", {**labels.SATISFACTION, "None": ("未评价", "no rating")})}

Satisfied = Literal["satisfied", "fair", "dissatisfied"]


class FeedbackRequested(Event):
    """The reporter of one report was asked whether the problem is solved, and how satisfied the reporter is."""

    TYPE = "evaluation.feedback_requested.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="向一次上报的诉求人回访：是否解决、是否满意。",
        timeline=Sentence("请诉求人评价，{due_at} 前有效", "The reporter was asked for feedback until {due_at}"),
    )

    report_id: UUID
    """Report whose reporter was asked."""
    reporter_ref: UUID | None = None
    """Reference to the reporter, which only intake can resolve; null or absent if there is none."""
    due_at: Instant
    """End of the time for feedback; later answers do not count."""


class FeedbackRecorded(Event):
    """A reporter answered the request for feedback."""

    TYPE = "evaluation.feedback_recorded.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="诉求人的回答，原样保存。",
        timeline=Choice(
            "solved",
            {
                True: Sentence(
                    "诉求人反馈：已解决，{satisfied}",
                    "The reporter answered: solved, {satisfied}",
                    _SATISFIED,
                    note="comment",
                ),
                False: Sentence(
                    "诉求人反馈：未解决，{satisfied}",
                    "The reporter answered: not solved, {satisfied}",
                    _SATISFIED,
                    note="comment",
                ),
            },
        ),
    )

    report_id: UUID
    """Report whose reporter answered."""
    solved: bool
    """True if the reporter says that the problem is solved."""
    satisfied: Satisfied | None = None
    """How satisfied the reporter is; null or absent if the reporter did not say."""
    comment: Annotated[str, Redact.WITHHOLD] = ""
    """Masked comment of the reporter."""
    recorded_by: Actor


CallBackResult = Literal["no_answer", "busy", "call_later", "wrong_number", "refused"]


class CallBackTried(Event):
    """Somebody phoned a reporter for feedback 回访 and got no answer."""

    TYPE = "evaluation.call_back_tried.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="回访一次未得到回答及其原因。",
        timeline=Sentence(
            "第{tries}次回访：{result}",
            "Call-back {tries} was tried: {result}",
            {"result": label("result", labels.CALL_BACK_RESULTS)},
            note="note",
        ),
    )

    report_id: UUID
    """Report whose reporter was phoned."""
    tries: int
    """Number of call-backs to this reporter so far, this one included."""
    result: CallBackResult
    """Why the call-back brought no answer."""
    note: Annotated[str, Redact.WITHHOLD] = ""
    """Masked note."""
    tried_by: Actor


class FeedbackLapsed(Event):
    """The time for the feedback of a reporter ended without an answer."""

    TYPE = "evaluation.feedback_lapsed.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="回访期满无回答。",
        timeline=Sentence("评价期满，诉求人未反馈", "The reporter did not answer in time"),
    )

    report_id: UUID
    """Report whose reporter did not answer."""
