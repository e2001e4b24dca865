"""Tables of deadlines: by unit of a limit, by step of a case, and by the reading (meaning) of a limit in work days."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from contracts.clocks import Calendar, Reading, deadline
from contracts.clocks.calendar import SHANGHAI
from contracts.events.acceptance import LimitUnit
from contracts.generate.formatting import YEAR, Language, amount, in_language, instant, table
from contracts.registry.base import Limit
from contracts.registry.settings import StageLimits
from contracts.timeline import Text


class Example(NamedTuple):
    """A limit, the reading (meaning) of a limit in work days, and a text that explains the deadline of the limit."""

    limit: Limit
    reading: Reading
    explanation: Text


def time_at(text: str) -> datetime:
    """Return the instant of a text `MM-DD HH:MM` in Shanghai, in the year of the examples."""
    return datetime.strptime(f"{YEAR}-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


def limit_of(count: int, unit: LimitUnit) -> Limit:
    """Return a limit of `count` units."""
    return Limit(amount=count, unit=unit)


START = time_at("02-13 17:30")
"""Start of the examples: Friday 13 February, before the Spring Festival. Saturday 14 February is a make-up day 调休; 15
to 23 February are days off."""

EXAMPLES = (
    Example(limit_of(30, "urgent_minute"), "consumed", Text("连续计时", "runs without a break")),
    Example(limit_of(2, "urgent_hour"), "consumed", Text("夜间也计", "nights count")),
    Example(limit_of(3, "natural_day"), "consumed", Text("节假日也计", "holidays count")),
    Example(
        limit_of(4, "work_hour"),
        "consumed",
        Text("周五半小时，调休周六上午三个半小时", "half an hour on Friday, three and a half on the make-up Saturday"),
    ),
    Example(
        limit_of(1, "work_day"),
        "consumed",
        Text(
            "读法一 `consumed`：自起算满一个办公日（八小时）",
            "reading `consumed`: one office day (eight hours) from the start",
        ),
    ),
    Example(
        limit_of(1, "work_day"),
        "end_of_day",
        Text(
            "读法二 `end_of_day`：次一工作日下班时",
            "reading `end_of_day`: closing time of the first working day after it",
        ),
    ),
    Example(
        limit_of(2, "work_day"),
        "consumed",
        Text(
            "周六之后放假九天，余下七个半小时在节后",
            "nine days off after Saturday: the remaining seven and a half hours follow after the holiday",
        ),
    ),
)

READINGS = (
    (time_at("03-11 08:30"), limit_of(1, "work_day"), Text("周三上班不久", "a Wednesday, soon after opening")),
    (time_at("03-13 17:30"), limit_of(1, "work_day"), Text("周五临下班", "a Friday, shortly before closing")),
    (time_at("03-14 10:00"), limit_of(1, "work_day"), Text("周六，不上班", "a Saturday, not a working day")),
    (
        time_at("03-11 08:30"),
        limit_of(3, "work_day"),
        Text("三个工作日，中间隔周末", "three work days, over a weekend"),
    ),
    (
        time_at("03-11 08:30"),
        limit_of(4, "work_hour"),
        Text("以小时计的时限不受影响", "a limit in hours does not depend on it"),
    ),
)
"""Rows of the table that compares both readings of a work day: start, limit, and description."""

STAGES = {
    "verify": Text(
        "网格员核实 · 核实任务下达，或下一班",
        "an officer verifies the report · creation of the task, or the next shift",
    ),
    "file": Text("受理台决定立案与否 · 转待立案", "the desk decides about filing · start of waiting for filing"),
    "settlement": Text(
        "受理台审批自行处置 · 上报登记", "the desk decides on a settlement on the spot · registration of the report"
    ),
    "dispatch": Text(
        "中心派遣，或决定退单 · 立案，或申请退单",
        "the centre dispatches the case, or decides on a return · filing, or the request",
    ),
    "county_decision": Text(
        "县级中心答复街道的呼叫 · 呼叫", "the county centre decides after a call of a street · the call"
    ),
    "acknowledge_handover": Text(
        "应急单位应答移交 · 移交发出", "an emergency service acknowledges a hand-over · sending of the hand-over"
    ),
    "sign_emergency": Text(
        "单位签收突发事件 · 派遣单发出", "the unit acknowledges the dispatch of an emergency · sending of the dispatch"
    ),
    "sign": Text(
        "单位签收其他事项 · 派遣单发出", "the unit acknowledges the dispatch of another case · sending of the dispatch"
    ),
    "return_window": Text(
        "单位可申请退单；中心决定延期、挂账 · 派遣单发出；申请",
        "the unit may request a return; the centre decides on extensions and suspensions · sending of the dispatch; the request",
    ),
    "first_contact": Text(
        "牵头单位联系诉求人 · 首张牵头派遣单",
        "the lead contacts the reporter · sending of the first dispatch to a lead",
    ),
    "survey_emergency": Text("突发事件现场会商 · 提请会商", "joint survey of an emergency · request of the survey"),
    "survey": Text(
        "权属争议现场会商 · 提请会商", "joint survey of a dispute about responsibility · request of the survey"
    ),
    "assist_answer": Text(
        "社区答复协助 · 请求协助的时刻", "communities answer a request for help · due time of the request"
    ),
    "overdue_reason": Text("单位说明超期原因 · 超期告知", "the unit explains the delay · the overdue notice"),
    "supervision_order_reply": Text(
        "单位答复督办 · 督办下达", "the unit replies to a supervision order · issue of the order"
    ),
    "recheck": Text(
        "网格员核查 · 核查任务下达，或下一班", "an officer rechecks the case · creation of the task, or the next shift"
    ),
    "review": Text(
        "领导审核“已解释”“无法解决”；定夺待处理事项、申诉 · 提请之时",
        "a leader reviews *explained* and *not solvable*; a question or an appeal is decided · the request",
    ),
    "call_back": Text("受理台回访 · 回访任务下达", "the desk calls the reporter back · creation of the task"),
}
"""Text for each limit of `StageLimits`, in the order of the loop.

A text names the required action, then after ` · ` the start of the limit.
"""

PLAIN = Calendar()
"""Calendar of a district that has changed no setting."""


def units(language: Language) -> str:
    """Return the table of units: one limit of each unit, with its deadline for the start `START`."""
    titles = (
        ("单位", "时限", "起算", "到期", "说明")
        if language == "zh"
        else ("unit", "limit", "start", "due", "explanation")
    )
    rows = [
        (
            f"`{each.limit.unit}`",
            in_language(amount(each.limit), language),
            instant(START, language),
            instant(deadline(START, each.limit, Calendar(reading=each.reading)).due_at, language),
            in_language(each.explanation, language),
        )
        for each in EXAMPLES
    ]
    return table(titles, rows)


def stages(language: Language) -> str:
    """Return the table of the default limits, each with its deadline for the start `START`."""
    start = instant(START, language)
    if language == "zh":
        titles = ("谁该做什么", "时限", "从何时算", f"例：{start} 起算，到期")
    else:
        titles = ("action", "limit", "counted from", f"deadline for a start on {start}")
    limits = StageLimits()
    rows: list[tuple[str, ...]] = []
    for name, word in STAGES.items():
        what, _, since = in_language(word, language).partition(" · ")
        limit: Limit = getattr(limits, name)
        rows.append(
            (what, in_language(amount(limit), language), since, instant(deadline(START, limit, PLAIN).due_at, language))
        )
    return table(titles, rows)


def readings(language: Language) -> str:
    """Return the table that compares both readings of a work day."""
    if language == "zh":
        titles = ("起算", "时限", "`consumed` 满 N 个办公日", "`end_of_day` 第 N 个工作日下班", "情形")
    else:
        titles = (
            "start",
            "limit",
            "`consumed`: N office days",
            "`end_of_day`: closing time of the N-th day",
            "situation",
        )
    calendars = (Calendar(reading="consumed"), Calendar(reading="end_of_day"))
    rows = [
        (
            instant(start, language),
            in_language(amount(limit), language),
            *(instant(deadline(start, limit, each).due_at, language) for each in calendars),
            in_language(what, language),
        )
        for start, limit, what in READINGS
    ]
    return table(titles, rows)
