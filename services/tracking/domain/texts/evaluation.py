"""Sentences of stage 6, 评价."""

from __future__ import annotations

from contracts.events import evaluation as events
from contracts.figures import FIGURES, SUBJECT_NAMES
from services.tracking.domain import words as w
from services.tracking.domain.names import Names, Text
from services.tracking.domain.texts.line import Choice, Line, Lines, moment, plain, word

_SATISFIED = {"satisfied": word("satisfied", {**w.SATISFIED, "None": ("未评价", "no rating")})}


def _figures(event: events.AppealLodged | events.AppealDecided, _: Names) -> Text:
    meanings = [FIGURES[event.kind][figure] for figure in event.figures]
    return Text("、".join(each.zh for each in meanings), ", ".join(each.en for each in meanings))


def _who(event: events.AppealLodged | events.AppealDecided, names: Names) -> Text:
    """The unit or officer by name; people of the centre by their post."""
    if event.kind == "unit":
        return names.unit(event.subject_id)
    return names.officer(event.subject_id) if event.kind == "officer" else Text(*SUBJECT_NAMES[event.kind])


_APPEAL = {"who": _who, "figures": _figures}

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
    events.CallBackTried: Line(
        "第{tries}次回访：{result}",
        "Call-back {tries}: {result}",
        {"tries": plain("tries"), "result": word("result", w.CALL_BACKS)},
        note="note",
    ),
    events.FeedbackLapsed: Line("评价期满，诉求人未反馈", "No answer from the reporter in time"),
    events.AppealLodged: Line(
        "{who}提出考评申诉（{figures}），{due} 前决定",
        "{who} appeals ({figures}), to be decided by {due}",
        {**_APPEAL, "due": moment("due_at")},
        note="text",
    ),
    events.AppealDecided: Choice(
        "upheld",
        {
            True: Line(
                "申诉成立：{who}的{figures}不计入考评，曾发生的记录保留",
                "Appeal upheld: {figures} of {who} do not count; that it happened stays on record",
                _APPEAL,
                note="note",
            ),
            False: Line(
                "申诉不成立：{who}的{figures}照计", "Appeal refused: {figures} of {who} count", _APPEAL, note="note"
            ),
        },
    ),
    events.CaseEvaluated: Line(
        "评价完成：{outcome}", "Evaluated: {outcome}", {"outcome": word("outcome", w.CLOSE_OUTCOMES)}
    ),
}
