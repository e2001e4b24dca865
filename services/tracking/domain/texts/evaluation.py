"""Sentences of stage 6, 评价."""

from __future__ import annotations

from contracts import evaluation as events
from services.tracking.domain import words as w
from services.tracking.domain.texts.line import Choice, Line, Lines, moment, word

_SATISFIED = {"satisfied": word("satisfied", {**w.SATISFIED, "None": ("未评价", "no rating")})}

LINES: Lines = {
    events.FeedbackRequested: Line(
        "请诉求人评价，{due} 前有效", "The reporter is asked, until {due}", {"due": moment("due_at")}
    ),
    events.FeedbackRecorded: Choice(
        "solved",
        {
            True: Line("诉求人反馈：已解决，{satisfied}", "Reporter: solved, {satisfied}", _SATISFIED, note="comment"),
            False: Line(
                "诉求人反馈：未解决，{satisfied}", "Reporter: not solved, {satisfied}", _SATISFIED, note="comment"
            ),
        },
    ),
    events.FeedbackLapsed: Line("评价期满，诉求人未反馈", "No answer from the reporter in time"),
    events.CaseEvaluated: Line(
        "评价完成：{outcome}", "Evaluated: {outcome}", {"outcome": word("outcome", w.CLOSE_OUTCOMES)}
    ),
}
