"""Sentences of stage 4, 处置."""

from __future__ import annotations

from contracts.events import handling as events
from services.tracking.domain import words as w
from services.tracking.domain.names import Names, Text
from services.tracking.domain.texts.line import Choice, Line, Lines, moment, plain, unit, word

_UNIT = {"unit": unit()}


def _said(event: events.ProgressReported, names: Names) -> Text:
    """How it ended there, or that it goes on."""
    return word("outcome", w.WORK_OUTCOMES)(event, names) if event.outcome is not None else Text("进展", "progress")


LINES: Lines = {
    events.DispatchSigned: Choice(
        lambda event: "by phone" if event.by_phone is not None else "post" if event.accepted_by else "signed",
        {
            "signed": Line("{unit}签收", "{unit} signed", _UNIT),
            "by phone": Line("{unit}电话签收（补录）", "{unit} signed by phone (entered later)", _UNIT),
            "post": Line(
                "{unit}接收移交（{post}）",
                "{unit} took the hand-over ({post})",
                {**_UNIT, "post": plain("accepted_by")},
            ),
        },
    ),
    events.ReturnRequested: Line(
        "{unit}申请退单：{reason}",
        "{unit} asks to return it: {reason}",
        {**_UNIT, "reason": word("reason", w.RETURN_REASONS)},
        note="note",
    ),
    events.ReturnAccepted: Line(
        "{unit}退单获准（{reason}）",
        "Return by {unit} accepted ({reason})",
        {**_UNIT, "reason": word("reason", w.RETURN_REASONS)},
        note="note",
    ),
    events.ReturnRefused: Line("{unit}退单被驳回", "Return by {unit} refused", _UNIT, note="note"),
    events.HandoverRefused: Choice(
        lambda event: event.by_phone is not None,
        {
            False: Line(
                "{unit}不接收移交，案件仍由本中心负责",
                "{unit} refuses the hand-over: it stays ours",
                _UNIT,
                note="note",
            ),
            True: Line(
                "{unit}电话答复不接收移交（补录），案件仍由本中心负责",
                "{unit} refuses the hand-over by phone (entered later): it stays ours",
                _UNIT,
                note="note",
            ),
        },
    ),
    events.WorkAssigned: Choice(
        lambda event: event.crew is not None,
        {
            True: Line("{unit}转派至{crew}", "{unit} handed it to {crew}", {**_UNIT, "crew": plain("crew")}),
            False: Line("{unit}收回内部转派", "{unit} took it back from its crew", _UNIT),
        },
    ),
    events.ProgressReported: Choice(
        lambda event: "merged" if event.merged_case_number is not None else event.milestone is not None,
        {
            "merged": Line(
                "{unit}就并入的案件 {number} 报告{said}",
                "{unit}, of case {number} which was merged: {said}",
                {**_UNIT, "number": plain("merged_case_number"), "said": _said},
                note="note",
            ),
            True: Line(
                "{unit}完成阶段目标：{milestone}",
                "{unit} reached: {milestone}",
                {**_UNIT, "milestone": plain("milestone")},
                note="note",
            ),
            False: Line("{unit}报告进展", "{unit} reports progress", _UNIT, note="note"),
        },
    ),
    events.CoUnitReleased: Line("{unit}协办任务解除", "{unit} released by the lead", _UNIT, note="note"),
    events.WorkCompleted: Line(
        "{unit}（{role}）办理完毕：{outcome}",
        "{unit} ({role}) completed: {outcome}",
        {**_UNIT, "role": word("role", w.DISPATCH_ROLES), "outcome": word("outcome", w.WORK_OUTCOMES)},
        note="note",
    ),
    events.HandlingCompleted: Line(
        "各责任单位均已办结（主办 {unit}：{outcome}）",
        "All units have completed (lead {unit}: {outcome})",
        {"unit": unit("lead_unit_id"), "outcome": word("outcome", w.WORK_OUTCOMES)},
    ),
    events.ExtensionRequested: Line("{unit}申请延期", "{unit} asks for more time", _UNIT, note="note"),
    events.SuspensionRequested: Line(
        "{unit}申请挂账至 {until}",
        "{unit} asks to suspend it until {until}",
        {**_UNIT, "until": moment("until")},
        note="note",
    ),
}
