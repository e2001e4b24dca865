"""One limit of each unit, of each step, and both readings of a work day, beside when they are due."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from contracts.clocks import Calendar, Reading, deadline
from contracts.clocks.calendar import SHANGHAI
from contracts.events.acceptance import LimitUnit
from contracts.generate.words import YEAR, Language, amount, instant, say, table
from contracts.registry.base import Limit
from contracts.registry.settings import StageLimits
from contracts.transitions import Word


class Example(NamedTuple):
    """A limit, how a work day is read, and what there is to see."""

    limit: Limit
    reading: Reading
    why: Word


def at(text: str) -> datetime:
    """`MM-DD HH:MM` in Shanghai, in the year of the examples."""
    return datetime.strptime(f"{YEAR}-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


def of(count: int, unit: LimitUnit) -> Limit:
    """Return the limit."""
    return Limit(amount=count, unit=unit)


START = at("02-13 17:30")
"""A Friday before the Spring Festival: Saturday 14 February is a make-up day, 15 to 23 February are off."""

EXAMPLES = (
    Example(of(30, "urgent_minute"), "consumed", Word("连续计时", "runs without a break")),
    Example(of(2, "urgent_hour"), "consumed", Word("夜间也计", "nights count")),
    Example(of(3, "natural_day"), "consumed", Word("节假日也计", "holidays count")),
    Example(
        of(4, "work_hour"),
        "consumed",
        Word("周五半小时，调休周六上午三个半小时", "half an hour on Friday, three and a half on the make-up Saturday"),
    ),
    Example(
        of(1, "work_day"),
        "consumed",
        Word(
            "读法一 `consumed`：自起算满一个办公日（八小时）",
            "reading `consumed`: one office day (eight hours) from the start",
        ),
    ),
    Example(
        of(1, "work_day"),
        "end_of_day",
        Word(
            "读法二 `end_of_day`：次一工作日下班时",
            "reading `end_of_day`: closing time of the first working day after it",
        ),
    ),
    Example(
        of(2, "work_day"),
        "consumed",
        Word(
            "周六之后放假九天，余下七个半小时在节后",
            "nine days off after Saturday: the last seven and a half hours are after the festival",
        ),
    ),
)

READINGS = (
    (at("03-11 08:30"), of(1, "work_day"), Word("周三上班不久", "a Wednesday, soon after opening")),
    (at("03-13 17:30"), of(1, "work_day"), Word("周五临下班", "a Friday, shortly before closing")),
    (at("03-14 10:00"), of(1, "work_day"), Word("周六，不上班", "a Saturday, nobody at work")),
    (at("03-11 08:30"), of(3, "work_day"), Word("三个工作日，中间隔周末", "three work days, over a weekend")),
    (at("03-11 08:30"), of(4, "work_hour"), Word("以小时计的时限不受影响", "a limit in hours does not depend on it")),
)
"""Start, limit, and what is special about it."""

STAGES = {
    "verify": Word("网格员核实 · 核实任务下达，或下一班", "an officer verifies · the task, or the next shift"),
    "file": Word("受理台决定立案与否 · 转待立案", "the desk files or not · it comes before the desk"),
    "settlement": Word(
        "受理台审批自行处置 · 上报登记", "the desk approves what was settled on the spot · registration"
    ),
    "dispatch": Word(
        "中心派遣，或决定退单 · 立案，或申请退单", "the centre dispatches, or decides a return · filing, or the request"
    ),
    "county_decision": Word(
        "县级中心答复街道的呼叫 · 呼叫", "the county decides what a street has called it for · the call"
    ),
    "acknowledge_handover": Word(
        "应急单位应答移交 · 移交发出", "an emergency service acknowledges a hand-over · the hand-over"
    ),
    "sign_emergency": Word("单位签收突发事件 · 派遣单发出", "the unit signs for an emergency · the order goes out"),
    "sign": Word("单位签收其他事项 · 派遣单发出", "the unit signs for anything else · the order goes out"),
    "return_window": Word(
        "单位可申请退单；中心决定延期、挂账 · 派遣单发出；申请",
        "the unit may ask to give it back; the centre decides extension and suspension · the order; the request",
    ),
    "first_contact": Word(
        "牵头单位联系上报人 · 首张牵头派遣单", "the lead speaks with the reporter · the first order to a lead"
    ),
    "survey_emergency": Word("突发事件现场会商 · 提请会商", "joint survey of an emergency · it is called"),
    "survey": Word("权属争议现场会商 · 提请会商", "joint survey of a dispute · it is called"),
    "assist_answer": Word(
        "社区答复协助 · 请求协助的时刻", "communities answer a request for help · the time it is asked for"
    ),
    "overdue_reason": Word("单位说明超期原因 · 超期告知", "the unit says why it is late · the overdue notice"),
    "supervision_order_reply": Word("单位答复督办 · 督办下达", "the unit replies to a supervision order · the order"),
    "recheck": Word("网格员核查 · 核查任务下达，或下一班", "an officer rechecks · the task, or the next shift"),
    "review": Word(
        "领导审核“已解释”“无法解决”；定夺待处理事项、申诉 · 提请之时",
        "a leader reviews *explained* and *not solvable*; a question or an appeal is decided · it is put before them",
    ),
    "call_back": Word("受理台回访 · 回访任务下达", "the desk calls the reporter back · the task"),
}
"""What each limit of `StageLimits` is for · what it counts from; in the order in which a case meets them."""

PLAIN = Calendar()
"""Of a district that sets nothing."""


def units(language: Language) -> str:
    """One limit of each unit on the same Friday evening before a make-up Saturday; a work day in both readings."""
    titles = ("单位", "时限", "起算", "到期", "说明") if language == "zh" else ("unit", "limit", "start", "due", "why")
    rows = [
        (
            f"`{each.limit.unit}`",
            say(amount(each.limit), language),
            instant(START, language),
            instant(deadline(START, each.limit, Calendar(reading=each.reading)).due_at, language),
            say(each.why, language),
        )
        for each in EXAMPLES
    ]
    return table(titles, rows)


def stages(language: Language) -> str:
    """Return the table of the default limits, with the deadline of each if it starts on that Friday."""
    began = instant(START, language)
    if language == "zh":
        titles = ("谁该做什么", "时限", "从何时算", f"例：{began} 起算，到期")
    else:
        titles = ("who must do what", "limit", "counted from", f"begun {began}, due")
    limits = StageLimits()
    rows: list[tuple[str, ...]] = []
    for name, word in STAGES.items():
        what, _, since = say(word, language).partition(" · ")
        limit: Limit = getattr(limits, name)
        rows.append(
            (what, say(amount(limit), language), since, instant(deadline(START, limit, PLAIN).due_at, language))
        )
    return table(titles, rows)


def readings(language: Language) -> str:
    """Return the table of the two readings of a work day."""
    if language == "zh":
        titles = ("起算", "时限", "`consumed` 满 N 个办公日", "`end_of_day` 第 N 个工作日下班", "情形")
    else:
        titles = ("start", "limit", "`consumed`: N office days", "`end_of_day`: closing time of the N-th day", "what")
    calendars = (Calendar(reading="consumed"), Calendar(reading="end_of_day"))
    rows = [
        (
            instant(start, language),
            say(amount(limit), language),
            *(instant(deadline(start, limit, each).due_at, language) for each in calendars),
            say(what, language),
        )
        for start, limit, what in READINGS
    ]
    return table(titles, rows)
