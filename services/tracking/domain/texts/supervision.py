"""Sentences of stage 5, 监督."""

from __future__ import annotations

from contracts.events import supervision as events
from services.tracking.domain import words as w
from services.tracking.domain.names import Names, Text
from services.tracking.domain.texts.line import (
    Choice,
    Line,
    Lines,
    last_milestone,
    moment,
    officer,
    plain,
    unit,
    word,
)

_CLOCK = {"clock": word("name", w.CLOCKS)}
_DUE = {"due": moment("due_at")}
_ORDER = {
    "kind": word("kind", w.ORDER_KINDS), "due": moment("reply_due_at"), "text": plain("text", "text_en"),
}  # fmt: skip


def _whose(event: events.AttentionNeeded, names: Names) -> Text:
    """The post where one is named, else the role whose queue it is in."""
    return Text(event.post, event.post_en or event.post) if event.post else word("queue", w.ROLES)(event, names)


def _over(event: events.OverdueNotified, _: Names) -> Text:
    """The limits that ran out together."""
    found = [w.CLOCKS[each] for each in (*(event.also or ()), event.name)]
    return Text("、".join(zh for zh, _ in found), ", ".join(en for _, en in found))


def _whom(event: events.OverdueNotified | events.OrderIssued) -> str:
    """Whom it is for: a desk, an officer, else a unit."""
    return "desk" if event.role else "officer" if event.officer_id else "unit"


LINES: Lines = {
    events.ClockStarted: Line(
        "{clock}计时开始，{due} 到期",
        "Clock of {clock} started, due {due}",
        {**_CLOCK, "due": moment("due_at")},
        minor=True,
    ),
    events.ClockPaused: Line("计时暂停", "Clock paused", minor=True),
    events.ClockResumed: Line(
        "计时恢复，{due} 到期", "Clock resumed, due {due}", {"due": moment("due_at")}, minor=True
    ),
    events.ClockStopped: Choice(
        lambda event: "cancelled" if event.cancelled else event.on_time,
        {
            True: Line("{clock}计时结束：按时", "Clock of {clock} stopped: in time", _CLOCK, minor=True),
            False: Line("{clock}计时结束：超时", "Clock of {clock} stopped: late", _CLOCK, minor=True),
            "cancelled": Line("{clock}计时取消", "Clock of {clock} cancelled", _CLOCK, minor=True),
        },
    ),
    events.LightChanged: Choice(
        "corrected",
        {
            False: Line("{clock}转{light}", "{clock} turned {light}", {**_CLOCK, "light": word("light", w.LIGHTS)}),
            True: Line(
                "{clock}更正为{light}：后到的事实或新的时限表明当时未到此灯",
                "{clock} corrected to {light}, as a later fact or a longer limit shows",
                {**_CLOCK, "light": word("light", w.LIGHTS)},
            ),
        },
    ),
    events.UnitUrged: Line(
        "催办{unit}：{text}", "{unit} urged: {text}", {"unit": unit(), "text": plain("text", "text_en")}
    ),
    events.OverdueNotified: Choice(
        _whom,
        {
            "unit": Line(
                "超期告知：{unit}，{clock}超期，{due} 前说明原因",
                "Overdue notice to {unit} ({clock}); reason due {due}",
                {"unit": unit(), "clock": _over, "due": moment("reply_due_at")},
            ),
            "officer": Line(
                "超期告知：{officer}，{clock}超期",
                "Overdue notice to {officer} ({clock})",
                {"officer": officer(), **_CLOCK},
            ),
            "desk": Line(
                "超期告知：{role}，{clock}超期",
                "Overdue notice to the {role} ({clock})",
                {"role": word("role", w.ROLES), **_CLOCK},
            ),
        },
    ),
    events.OrderIssued: Choice(
        _whom,
        {
            "unit": Line(
                "{kind}（{unit}，{due} 前回复）：{text}",
                "Formal order ({kind}) to {unit}, reply due {due}: {text}",
                {"unit": unit(), **_ORDER},
            ),
            "officer": Line(
                "{kind}（{officer}，{due} 前回复）：{text}",
                "Formal order ({kind}) to {officer}, reply due {due}: {text}",
                {"officer": officer(), **_ORDER},
            ),
            "desk": Line(
                "{kind}（{role}，{due} 前回复）：{text}",
                "Formal order ({kind}) to the {role}, reply due {due}: {text}",
                {"role": word("role", w.ROLES), **_ORDER},
            ),
        },
    ),
    events.OverdueExplained: Line("{unit}说明超期原因", "{unit} explains the delay", {"unit": unit()}, note="text"),
    events.OrderReplied: Choice(
        "on_time",
        {
            True: Line("{unit}回复督办", "{unit} replied to the formal order", {"unit": unit()}, note="text"),
            False: Line("{unit}逾期回复督办", "{unit} replied late to the formal order", {"unit": unit()}, note="text"),
        },
    ),
    events.ExtensionDecided: Choice(
        "granted",
        {
            True: Line(
                "准予{unit}延期至 {due}",
                "{unit} has time until {due}",
                {"unit": unit(), "due": last_milestone},
                note="note",
            ),
            False: Line("{unit}延期申请未获准", "More time refused to {unit}", {"unit": unit()}, note="note"),
        },
    ),
    events.SuspensionDecided: Choice(
        "granted",
        {
            True: Line(
                "准予{unit}挂账至 {until}",
                "Suspended for {unit} until {until}",
                {"unit": unit(), "until": moment("until")},
                note="note",
            ),
            False: Line("{unit}挂账申请未获准", "Suspension refused to {unit}", {"unit": unit()}, note="note"),
        },
    ),
    events.SuspensionEnded: Line(
        "{unit}挂账到期，恢复计时，{due} 前办结",
        "Suspension of {unit} ended; complete by {due}",
        {"unit": unit(), "due": last_milestone},
    ),
    events.DeadlineMoved: Line(
        "{clock}时限调整为 {due}（{reason}）",
        "{clock} now due {due} ({reason})",
        {**_CLOCK, "due": moment("due_at"), "reason": word("reason", w.MOVED)},
    ),
    events.AnswerDueMoved: Choice(
        "what",
        {
            "overdue_reason": Line(
                "{unit}说明超期原因的时限调整为 {due}（工作日历调整）",
                "{unit} now gives the reason for the delay by {due} (calendar of working days)",
                {"unit": unit(), **_DUE},
            ),
            "order_reply": Line(
                "{unit}回复督办的时限调整为 {due}（工作日历调整）",
                "{unit} now replies to the formal order by {due} (calendar of working days)",
                {"unit": unit(), **_DUE},
            ),
            "first_contact": Line(
                "联系诉求人的时限调整为 {due}（工作日历调整）",
                "The reporter is now spoken with by {due} (calendar of working days)",
                _DUE,
                minor=True,
            ),
            "extension": Line(
                "{unit}延期申请的决定时限调整为 {due}（工作日历调整）",
                "The request of {unit} for more time is now decided by {due} (calendar of working days)",
                {"unit": unit(), **_DUE},
                minor=True,
            ),
            "suspension": Line(
                "{unit}挂账申请的决定时限调整为 {due}（工作日历调整）",
                "The request of {unit} to suspend is now decided by {due} (calendar of working days)",
                {"unit": unit(), **_DUE},
                minor=True,
            ),
            "question": Line(
                "“{reason}”的处理时限调整为 {due}（工作日历调整）",
                "Question ({reason}) now decided by {due} (calendar of working days)",
                {"reason": word("reason", w.ATTENTION_REASONS), **_DUE},
                minor=True,
            ),
            "appeal": Line(
                "考评申诉的决定时限调整为 {due}（工作日历调整）",
                "The appeal is now decided by {due} (calendar of working days)",
                _DUE,
                minor=True,
            ),
        },
    ),
    events.RecheckAssigned: Line(
        "核查任务派给{officer}，{due} 前完成",
        "Recheck given to {officer}, due {due}",
        {"officer": officer(), "due": moment("due_at")},
    ),
    events.AttentionSettled: Choice(
        lambda event: bool(event.answered),
        {
            True: Line(
                "已处理：{reason}", "Looked at: {reason}", {"reason": word("reason", w.ATTENTION_REASONS)}, note="note"
            ),
            False: Line(
                "不再待处理：{reason}",
                "No longer before anybody: {reason}",
                {"reason": word("reason", w.ATTENTION_REASONS)},
                note="note",
            ),
        },
    ),
    events.RecheckRequested: Line(
        "下达核查任务（{mode}）：{officer}，{due} 前完成；结案条件：{closing}",
        "Recheck asked of {officer} ({mode}), due {due}; closing condition: {closing}",
        {
            "mode": word("mode", w.MODES),
            "officer": officer(),
            "due": moment("due_at"),
            "closing": plain("closing_condition", "closing_condition_en"),
        },
    ),
    events.RecheckClaimed: Line("{officer}领取核查任务", "{officer} took the recheck", {"officer": officer()}),
    events.RecheckPassedOn: Choice(
        "because",
        {
            None: Line("{officer}转出核查任务", "{officer} passed the recheck on", {"officer": officer()}, note="note"),
            "reported": Line(
                "{officer}本人的上报已并入本案，核查任务改派他人",
                "{officer} has reported this too, in what was attached: the recheck goes to somebody else",
                {"officer": officer()},
            ),
            "handled": Line(
                "{officer}参与了本案处置，核查任务改派他人",
                "{officer} has worked on this case: the recheck goes to somebody else",
                {"officer": officer()},
            ),
        },
    ),
    events.TaskEscalated: Choice(
        "to",
        {
            "grid_lead": Line(
                "{task}任务逾期，报{officer}",
                "The {task} is late: put before {officer}",
                {"task": word("kind", w.TASKS), "officer": officer()},
            ),
            "centre": Line(
                "{task}任务逾期，报街道中心",
                "The {task} is late: put before the street's centre",
                {"task": word("kind", w.TASKS)},
            ),
        },
    ),
    events.RecheckRecorded: Choice(
        "passed",
        {
            True: Line("核查通过", "Recheck passed", note="note"),
            False: Line("核查未通过", "Recheck failed", note="note"),
        },
    ),
    events.ReviewRequested: Line(
        "提请领导审核（{outcome}），{due} 前完成",
        "For a leader's review ({outcome}), due {due}",
        {"outcome": word("outcome", w.WORK_OUTCOMES), "due": moment("due_at")},
    ),
    events.ReviewRecorded: Choice(
        "approved",
        {
            True: Line("领导审核同意", "Review: approved", note="note"),
            False: Line("领导审核不同意", "Review: refused", note="note"),
        },
    ),
    events.ReworkOrdered: Line(
        "责令{unit}返工（第{round}次）：{reason}",
        "Rework ordered of {unit} (round {round}): {reason}",
        {"unit": unit(), "round": plain("round"), "reason": word("reason", w.REWORK_REASONS)},
        note="note",
    ),
    events.CaseClosed: Line(
        "结案：{outcome}", "Closed: {outcome}", {"outcome": word("outcome", w.CLOSE_OUTCOMES)}, note="note"
    ),
    events.CaseReopened: Line("案件重开", "Case reopened", note="note"),
    events.SampleFailed: Line("抽查未通过，自行处置不计", "Sample failed: the settlement does not count", note="note"),
    events.AttentionNeeded: Line(
        "需{queue}处理：{reason}",
        "For the {queue}: {reason}",
        {"queue": _whose, "reason": word("reason", w.ATTENTION_REASONS)},
        note="note",
    ),
}
