"""Sentences of stage 3, 指挥."""

from __future__ import annotations

from typing import Any

from contracts.events import command as events
from services.tracking.domain import words as w
from services.tracking.domain.names import Names, Text
from services.tracking.domain.texts.line import Choice, Line, Lines, last_milestone, moment, plain, unit, word


def _assigned(event: Any, names: Names) -> Text:
    """Every unit chosen, with its role."""
    named = [(names.unit(each.unit_id), w.DISPATCH_ROLES[each.role]) for each in event.assignments]
    return Text(
        "、".join(f"{name.zh}（{role[0]}）" for name, role in named) or "无",
        ", ".join(f"{name.en} ({role[1]})" for name, role in named) or "nobody",
    )


def _queue(event: Any, names: Names) -> Text:
    return names.centre(event.queue)


def _agency(event: Any, _: Names) -> Text:
    return Text(event.handover.agency, event.handover.agency)


_WHY = plain("explanation", "explanation_en")

LINES: Lines = {
    events.CaseRouted: Choice(
        lambda event: event.calls_off,
        {
            False: Line(
                "确定责任单位：{units}（依据：{rule}）。{why}",
                "Units chosen: {units} (by {rule}). {why}",
                {"units": _assigned, "rule": word("rule", w.ROUTING_RULES), "why": _WHY},
            ),
            True: Line("撤回：{why}", "Called off: {why}", {"why": _WHY}),
        },
    ),
    events.DecisionNeeded: Line(
        "待{queue}派遣员决定：{reason}。{why}",
        "For a dispatcher of {queue} to decide: {reason}. {why}",
        {"queue": _queue, "reason": word("reason", w.DECISION_REASONS), "why": _WHY},
    ),
    events.CaseSentBack: Line(
        "退回受理台：{reason}",
        "Sent back to the desk: {reason}",
        {"reason": word("reason", w.SEND_BACK_REASONS)},
        note="note",
    ),
    events.DecisionDueMoved: Line(
        "{queue}派遣员决定的时限调整为 {due}（工作日历调整）",
        "A dispatcher of {queue} now decides by {due} (calendar of working days)",
        {"queue": _queue, "due": moment("due_at")},
    ),
    events.CaseDispatched: Choice(
        lambda event: event.handover is not None,
        {
            False: Line(
                "派遣至{unit}（{role}），{sign} 前签收，{due} 前办结",
                "Dispatched to {unit} ({role}); sign by {sign}, complete by {due}",
                {
                    "unit": unit(),
                    "role": word("role", w.DISPATCH_ROLES),
                    "sign": moment("sign_due_at"),
                    "due": last_milestone,
                },
                note="asked",
            ),
            True: Line(
                "移交{unit}（{agency}），{sign} 前应答，应答之前仍由本中心负责",
                "Handed over to {unit} ({agency}); to be acknowledged by {sign}, ours until then",
                {"unit": unit(), "agency": _agency, "sign": moment("sign_due_at")},
                note="asked",
            ),
        },
    ),
    events.DispatchWithdrawn: Line(
        "撤回{unit}的派遣单：{reason}",
        "Order to {unit} taken back: {reason}",
        {"unit": unit(), "reason": word("reason", w.WITHDRAW_REASONS)},
        note="note",
    ),
}
