"""Examples of clocks. Each one shows one rule, step by step.

The texts of the steps are written by people. `contracts.clocks` calculates all instants and durations.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from contracts.clocks import Calendar, Pause, extended, shortened
from contracts.clocks.calendar import SHANGHAI
from contracts.generate.clocks.story import Step, Story
from contracts.generate.clocks.tables import PLAIN, limit_of, time_at
from contracts.generate.formatting import amount
from contracts.registry.base import Limit
from contracts.registry.settings import ReworkRule, StageLimits
from contracts.timeline import Text


def _returned() -> Story:
    start, limit = time_at("03-12 15:00"), limit_of(1, "work_day")
    requested, decided = time_at("03-12 17:00"), time_at("03-13 09:00")
    return Story(
        Text("申请退单，被驳回", "A return is requested and refused"),
        (
            Step(start, _with(limit, "派遣单发出，时限{}", "the dispatch is sent, limit {}"), start, limit),
            Step(
                requested,
                Text("单位认为不归自己管，申请退单，时限暂停", "the unit requests a return: the clock pauses"),
                start,
                limit,
                pauses=(Pause(requested),),
            ),
            Step(
                decided,
                Text("派遣员次日才驳回，时限继续", "the dispatcher refuses the next morning: the clock resumes"),
                start,
                limit,
                pauses=(Pause(requested, decided),),
            ),
        ),
        Text(
            "停下时剩多少，继续时还是多少：单位没有因为申请而少了时间，也没有因为过夜而多出时间。派遣员拖延的时间，记在派遣员自己的时限上。",
            "The remaining time does not change during the pause: the unit neither loses time by the request nor gains any"
            " overnight. The time that the dispatcher takes counts on the dispatcher's own limit.",
        ),
    )


def _suspended() -> Story:
    start, limit = time_at("09-28 09:00"), limit_of(3, "work_day")
    since, until = time_at("09-29 12:00"), time_at("10-09 08:00")
    return Story(
        Text("挂账，跨国庆假期", "A suspension over the National Day holiday"),
        (
            Step(start, _with(limit, "派遣单发出，时限{}", "the dispatch is sent, limit {}"), start, limit),
            Step(
                since,
                Text(
                    "配件要等到 10 月 9 日，批准挂账至该日上班",
                    "a spare part arrives on 9 October: suspended until opening time of that day",
                ),
                start,
                limit,
                pauses=(Pause(since),),
            ),
            Step(
                until,
                Text("到期自动恢复", "the suspension ends automatically"),
                start,
                limit,
                pauses=(Pause(since, until),),
            ),
        ),
        Text(
            "10 月 1 日至 7 日放假本来就不计时，挂账既不因此多得，也不因此少得；10 月 10 日是调休的周六，照常计时。",
            "The clock does not run on the holidays from 1 to 7 October in any case, so they neither lengthen nor shorten"
            " the suspension. Saturday 10 October is a make-up day and counts.",
        ),
    )


def _extended() -> Story:
    start, limit = time_at("03-02 10:00"), limit_of(5, "work_day")
    once, twice = extended(limit, 1), extended(limit, 2)
    return Story(
        Text("延期", "An extension"),
        (
            Step(start, _with(limit, "派遣单发出，时限{}", "the dispatch is sent, limit {}"), start, limit),
            Step(
                time_at("03-06 16:00"),
                _with(
                    once, "到期前申请，获准：自起算共{}", "requested in time and granted: {} in total from the start"
                ),
                start,
                once,
            ),
            Step(
                time_at("03-13 16:00"),
                _with(twice, "第二次获准：自起算共{}", "granted a second time: {} in total from the start"),
                start,
                twice,
            ),
        ),
        Text(
            "每次加一个原时限，从原来的起点算，已用的时间不作废也不重来。最多两次；已经超期的不能再申请。",
            "Each extension adds one original limit, counted from the original start; used time stays used. At most two"
            " extensions are granted, and none can be requested after the deadline.",
        ),
    )


def _reworked() -> Story:
    failed, rule = time_at("03-17 15:00"), ReworkRule()

    def rework_of(original: Limit) -> Step:
        limit, was = shortened(original, rule.share, rule.at_least, PLAIN), amount(original)
        what = _with(limit, f"原时限 {was.zh}，返工时限{{}}", f"original limit {was.en}, limit of the rework {{}}")
        return Step(failed, what, failed, limit)

    return Story(
        Text("返工：原时限的一半", "A rework: half the limit"),
        (
            rework_of(limit_of(5, "work_day")),
            rework_of(limit_of(1, "work_hour")),
            rework_of(limit_of(90, "urgent_minute")),
        ),
        Text(
            "核查不通过的那一刻起算，仍走原来的计时方式，至少一小时。原先是否按时，看第一次办结，不因返工改变。",
            "The limit counts from the failed recheck, on the same kind of clock, and is at least one hour. Whether the unit"
            " was on time depends on its first completion; the rework does not change that.",
        ),
    )


def _next_shift() -> Story:
    now, begins, limits = time_at("03-14 23:40"), time_at("03-15 08:00"), StageLimits()
    return Story(
        Text("从下一班起算", "Counted from the next shift"),
        (
            Step(
                now,
                _with(
                    limits.verify,
                    "夜间有人值班的网格，下达核实，时限{}",
                    "a grid with a night shift, a verification with limit {}",
                ),
                now,
                limits.verify,
            ),
            Step(
                now,
                _with(
                    limits.verify,
                    "夜间无人值班，下一班周日 8:00，核实时限{}",
                    "nobody on duty until Sunday 8:00, a verification with limit {}",
                ),
                begins,
                limits.verify,
            ),
            Step(
                now,
                _with(
                    limits.recheck,
                    "夜间无人值班，下一班周日 8:00，核查时限{}",
                    "nobody on duty until Sunday 8:00, a recheck with limit {}",
                ),
                begins,
                limits.recheck,
            ),
        ),
        Text(
            "无人在岗时不记谁超期：时限从有权核实核查的人上班那一刻走起。这两个时限是分钟，值班不分工作日与周末。",
            "Nobody becomes overdue while nobody is on duty: the limit starts with the next shift of a person who may do the"
            " task. These limits are in minutes and follow the roster, not working days.",
        ),
    )


def _provisional() -> Story:
    start, entered = datetime(2031, 12, 29, 10, tzinfo=SHANGHAI), datetime(2031, 12, 30, 9, tzinfo=SHANGHAI)
    limit = limit_of(3, "work_day")
    announced = Calendar(
        overrides={date(2032, 1, 2): False, date(2032, 1, 4): True}, announced_years=frozenset({2031, 2032})
    )
    return Story(
        Text("跨入放假安排尚未公布的年份", "Into a year whose holidays are not announced"),
        (
            Step(
                start,
                _with(
                    limit,
                    "派遣单发出，时限{}；次年安排未公布，只知元旦当天放假",
                    "the dispatch is sent, limit {}; of the next year only New Year's Day is known",
                ),
                start,
                limit,
            ),
            Step(
                entered,
                Text(
                    "区县录入安排（假设 1 月 1 日至 3 日放假，4 日周日上班）并声明该年已填全",
                    "the district enters the announcement (for example 1 to 3 January off, Sunday 4 January worked) and"
                    " marks the year as complete",
                ),
                start,
                limit,
                announced,
            ),
        ),
        Text(
            "“暂定”的到期时刻随日历重新计算，单位收到新的时刻；没有标“暂定”的，从不因日历改动。",
            "A provisional deadline is computed again when the calendar is known, and the unit receives the new deadline."
            " Other deadlines never move with the calendar.",
        ),
    )


def _other_hours() -> Story:
    start = time_at("03-11 10:00")
    other = Calendar(office_hours=((time(8, 30), time(12)), (time(13, 30), time(17, 30))))
    hours, day = limit_of(4, "work_hour"), limit_of(1, "work_day")
    usual = Text("8:00–12:00、14:00–18:00", "8:00–12:00 and 14:00–18:00")
    local = Text("8:30–12:00、13:30–17:30", "8:30–12:00 and 13:30–17:30")
    rows = ((usual, hours, PLAIN), (local, hours, other), (usual, day, PLAIN), (local, day, other))
    return Story(
        Text("另定办公时间的区县", "A district with other office hours"),
        tuple(
            Step(
                start,
                _with(limit, f"办公 {each.zh}，时限{{}}", f"office hours {each.en}, limit {{}}"),
                start,
                limit,
                calendar,
            )
            for each, limit, calendar in rows
        ),
        Text(
            "工作小时按本区县的办公时间数；一个工作日就是本区县的一个办公日，这里短半小时。",
            "Work hours are counted in the office hours of the district. A work day is one office day of the district, which"
            " is half an hour shorter here.",
        ),
    )


def _outside() -> Story:
    start, limit = time_at("03-09 10:00"), limit_of(5, "work_day")
    sooner, later = time_at("03-13 17:00"), time_at("03-18 17:00")
    return Story(
        Text("上级平台另有期限", "A deadline of the upstream platform"),
        (
            Step(
                start,
                _with(
                    limit,
                    "登记，立案条件的时限{}，无外部期限",
                    "registered; the filing condition has the limit {}, and there is no external deadline",
                ),
                start,
                limit,
            ),
            Step(
                start,
                Text(
                    "上级要求周五 17:00 前办结：更早，以它为准",
                    "the platform requires completion by Friday 17:00: this deadline is earlier and applies",
                ),
                start,
                limit,
                outside=sooner,
            ),
            Step(
                start,
                Text(
                    "上级给到下周三 17:00：更晚，以本地时限为准",
                    "the platform allows until Wednesday of the next week, 17:00: the local deadline is earlier and applies",
                ),
                start,
                limit,
                outside=later,
            ),
        ),
        Text(
            "两个期限取早的一个。采用的外部期限是固定的时刻，任何日历改动、延期都不移动它。",
            "The earlier of two deadlines applies. An external deadline is a fixed instant, which no calendar and no"
            " extension moves.",
        ),
    )


def _milestones() -> Story:
    start, done = time_at("03-13 16:00"), time_at("03-13 17:20")
    safe, fixed = limit_of(2, "urgent_hour"), limit_of(3, "work_day")
    return Story(
        Text("多个节点：先消险，后修复", "Milestones: made safe, then fixed"),
        (
            Step(
                start,
                _with(
                    safe,
                    "派遣单发出：第一节点“消险”，时限{}",
                    "the dispatch is sent: first milestone *made safe*, limit {}",
                ),
                start,
                safe,
            ),
            Step(
                start,
                _with(fixed, "同时：第二节点“修复”，时限{}", "at the same time: second milestone *fixed*, limit {}"),
                start,
                fixed,
            ),
            Step(
                done,
                Text(
                    "围挡已设，消险按时；修复的时限照走",
                    "the place is fenced off in time; the limit of the repair runs on",
                ),
                start,
                fixed,
            ),
        ),
        Text(
            "两个节点从同一起点各走各的：消险昼夜连续，修复按工作日。提前消险不会把修复的期限提前，也不会推后。",
            "Both milestones count from the same start: *made safe* without a break, *fixed* in work days. Making the place"
            " safe early does not move the deadline of the repair.",
        ),
    )


def _with(limit: Limit, zh: str, en: str) -> Text:
    """Return the text in both languages with the limit in place of `{}`."""
    text = amount(limit)
    return Text(zh.format(f" {text.zh}"), en.format(text.en))


STORIES: Sequence[Story] = (
    _returned(),
    _suspended(),
    _extended(),
    _reworked(),
    _next_shift(),
    _provisional(),
    _other_hours(),
    _outside(),
    _milestones(),
)
