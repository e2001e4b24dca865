"""Sentences of stage 2, 受理."""

from __future__ import annotations

from contracts.events import acceptance as events
from contracts.events.acceptance import reporters, storms, upstream
from services.tracking.domain import words as w
from services.tracking.domain.texts.line import Choice, Line, Lines, category, moment, officer, plain, word, words

_FOUND = {"result": word("result", w.VERIFY_RESULTS)}
_MEANS = {"means": word("means", w.CONTACT_MEANS)}

LINES: Lines = {
    events.VerificationRequested: Line(
        "下达核实任务（{mode}）：{officer}，{due} 前答复",
        "Verification asked of {officer} ({mode}), due {due}",
        {"mode": word("mode", w.MODES), "officer": officer(), "due": moment("due_at")},
        note="question",
    ),
    events.VerificationAssigned: Line(
        "核实任务派给{officer}，{due} 前答复",
        "Verification given to {officer}, due {due}",
        {"officer": officer(), "due": moment("due_at")},
    ),
    events.VerificationPassedOn: Choice(
        "because",
        {
            None: Line(
                "{officer}转出核实任务", "{officer} passed the verification on", {"officer": officer()}, note="note"
            ),
            "reported": Line(
                "{officer}本人的上报已并入此件，核实任务改派他人",
                "{officer} has reported this too, in what was attached: the verification goes to somebody else",
                {"officer": officer()},
            ),
        },
    ),
    events.VerificationRecorded: Choice(
        lambda event: "as asked" if event.mode is None else "by mode",
        {
            "as asked": Line("核实结果：{result}", "Verified: {result}", _FOUND, note="note"),
            "by mode": Line(
                "核实结果（{mode}）：{result}",
                "Verified {mode}: {result}",
                {**_FOUND, "mode": word("mode", w.MODES)},
                note="note",
            ),
        },
    ),
    events.FilingAwaited: Line(
        "等待立案，尚缺：{missing}",
        "Waiting to be filed; missing: {missing}",
        {"missing": words("missing", w.MISSING)},
    ),
    events.CaseFiled: Line(
        "立案：{category}，{condition}；办结时限 {due}",
        "Filed: {category}, {condition}; due {due}",
        {
            "category": category,
            "condition": plain("condition_text", "condition_text_en"),
            "due": moment("case_due_at"),
        },
    ),
    events.CaseCorrected: Line(
        "更正为：{category}，{condition}；办结时限 {due}",
        "Corrected to: {category}, {condition}; due {due}",
        {
            "category": category,
            "condition": plain("condition_text", "condition_text_en"),
            "due": moment("case_due_at"),
        },
        note="note",
    ),
    events.CaseNotFiled: Line(
        "不予立案：{reason}", "Not filed: {reason}", {"reason": word("reason", w.NOT_FILED)}, note="note"
    ),
    events.CaseVoided: Line("案件作废", "Case voided", note="note"),
    events.CaseWithdrawn: Line("诉求人撤回", "Withdrawn by the reporter", note="note"),
    events.CaseAnswered: Line("直接答复", "Answered at once", note="answer"),
    events.SettlementRecorded: Choice(
        lambda event: (event.approved, event.sampled),
        {
            (True, False): Line("自行处置审核通过", "Settlement approved", note="note"),
            (True, True): Line(
                "自行处置审核通过，抽中现场核查", "Settlement approved, drawn for a site recheck", note="note"
            ),
            (False, False): Line("自行处置审核未通过", "Settlement not approved", note="note"),
            (False, True): Line("自行处置审核未通过", "Settlement not approved", note="note"),
        },
    ),
    events.CaseAttached: Line(
        "并入案件 {host}（{rule}）",
        "Attached to case {host} ({rule})",
        {"host": plain("host_case_number"), "rule": word("rule", w.ATTACH_RULES)},
        note="note",
    ),
    events.CaseDetached: Line("解除并案，恢复单独办理", "Detached; goes on by itself", note="note"),
    events.CaseSplit: Line(
        "拆分出案件 {number}",
        "Split: {number} is a case of its own",
        {"number": plain("child_case_number")},
        note="note",
    ),
    events.ReportJoined: Line(
        "又有上报并入：{number}（{channel}）",
        "Another report joined: {number} ({channel})",
        {"number": plain("attached_case_number"), "channel": word("channel", w.CHANNELS)},
    ),
    events.ReportLeft: Line("一件并入的上报已移出", "A joined report was detached"),
    events.CaseLinked: Line(
        "关联{relation} {number}",
        "Linked: {relation} {number}",
        {"relation": word("relation", w.RELATIONS), "number": plain("other_case_number")},
    ),
    upstream.ReturnedUpstream: Line(
        "退回上级平台：{reason}",
        "Sent back to the platform above: {reason}",
        {"reason": word("reason", w.NOT_FILED)},
        note="note",
    ),
    upstream.UpstreamReturnDecided: Choice(
        "accepted",
        {
            True: Line("上级平台同意收回", "The platform above takes it back", note="note"),
            False: Line("上级平台驳回退件，由本区兜底", "The platform above refuses: it is ours to do", note="note"),
        },
    ),
    reporters.InformationAdded: Line("诉求人补充信息", "The reporter added to it", note="text"),
    reporters.ReporterContacted: Choice(
        "reached",
        {
            True: Line("已联系诉求人（{means}）", "Spoke with the reporter ({means})", _MEANS, note="note"),
            False: Line("联系诉求人未果（{means}）", "The reporter was not reached ({means})", _MEANS, note="note"),
        },
    ),
    storms.StormDeclared: Line(
        "风暴模式：{name}，至 {until}，同类上报一并办理，超时不计",
        "Storm mode: {name}, until {until}; reports of its kind are taken in, lateness is not counted",
        {"name": plain("name", "name_en"), "until": moment("ends_at")},
        note="note",
    ),
    storms.StormEnded: Line("风暴模式结束，不再并入", "Storm mode is over; nothing more is taken in", note="note"),
    storms.ReplyGiven: Line("答复诉求人", "The reporter was told", note="text"),
}
