"""Examples of clocks, one rule each, step by step.

People write what happens. The clocks compute all instants and durations.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from contracts.clocks import (
    CONTINUOUS,
    Calendar,
    Deadline,
    Pause,
    allowance,
    deadline,
    earlier,
    elapsed,
    extended,
    shortened,
)
from contracts.clocks.calendar import SHANGHAI
from contracts.generate.clocks.tables import PLAIN, at, of
from contracts.generate.words import Language, amount, instant, length, say, table
from contracts.registry.base import Limit
from contracts.registry.settings import ReworkRule, StageLimits
from contracts.transitions import Word


class Step(NamedTuple):
    """Something that happens, and the clock as it then runs."""

    at: datetime
    what: Word
    start: datetime
    limit: Limit
    calendar: Calendar = Calendar()
    pauses: tuple[Pause, ...] = ()
    outside: datetime | None = None
    """A deadline that somebody else has set."""

    @property
    def due(self) -> Deadline | None:
        """When it is due; none while it stands still."""
        if any(pause.until is None for pause in self.pauses):
            return None
        return earlier(deadline(self.start, self.limit, self.calendar, self.pauses), self.outside)


class Story(NamedTuple):
    """One rule: what it is about, what happens step by step, and what there is to learn."""

    title: Word
    steps: tuple[Step, ...]
    lesson: Word


def _returned() -> Story:
    start, limit, asked, decided = at("03-12 15:00"), of(1, "work_day"), at("03-12 17:00"), at("03-13 09:00")
    return Story(
        Word("申请退单，被驳回", "A return is asked for and refused"),
        (
            Step(start, _with(limit, "派遣单发出，时限{}", "the order goes out: {}"), start, limit),
            Step(asked, Word("单位认为不归自己管，申请退单，时限暂停", "the unit says it is not theirs and asks to give it back: the clock stands"), start, limit, pauses=(Pause(asked),)),
            Step(decided, Word("派遣员次日才驳回，时限继续", "the dispatcher refuses, only the next morning: the clock runs on"), start, limit, pauses=(Pause(asked, decided),)),
        ),
        Word(
            "停下时剩多少，继续时还是多少：单位没有因为申请而少了时间，也没有因为过夜而多出时间。派遣员拖延的时间，记在派遣员自己的时限上。",
            "What was left when it stopped is what is left when it runs on: the unit lost no time by asking, and won none by the night. That the"
            " dispatcher took so long is judged by the dispatcher's own limit.",
        ),
    )  # fmt: skip


def _suspended() -> Story:
    start, limit, since, until = at("09-28 09:00"), of(3, "work_day"), at("09-29 12:00"), at("10-09 08:00")
    return Story(
        Word("挂账，跨国庆假期", "A suspension over the National Day holiday"),
        (
            Step(start, _with(limit, "派遣单发出，时限{}", "the order goes out: {}"), start, limit),
            Step(since, Word("配件要等到 10 月 9 日，批准挂账至该日上班", "a part comes on 9 October: suspended until that morning"), start, limit, pauses=(Pause(since),)),
            Step(until, Word("到期自动恢复", "it ends by itself"), start, limit, pauses=(Pause(since, until),)),
        ),
        Word(
            "10 月 1 日至 7 日放假本来就不计时，挂账既不因此多得，也不因此少得；10 月 10 日是调休的周六，照常计时。",
            "From 1 to 7 October the clock would not have run anyway, so the suspension neither gains nor loses by the holiday; Saturday 10 October is"
            " a make-up day and counts.",
        ),
    )  # fmt: skip


def _extended() -> Story:
    start, limit = at("03-02 10:00"), of(5, "work_day")
    once, twice = extended(limit, 1), extended(limit, 2)
    return Story(
        Word("延期", "An extension"),
        (
            Step(start, _with(limit, "派遣单发出，时限{}", "the order goes out: {}"), start, limit),
            Step(at("03-06 16:00"), _with(once, "到期前申请，获准：自起算共{}", "asked for in time and granted: {} in all, from the start"), start, once),
            Step(at("03-13 16:00"), _with(twice, "第二次获准：自起算共{}", "granted a second time: {} in all"), start, twice),
        ),
        Word(
            "每次加一个原时限，从原来的起点算，已用的时间不作废也不重来。最多两次；已经超期的不能再申请。",
            "Each adds the original limit once more, from the old start: what was used stays used. Twice at most, and never when it is overdue already.",
        ),
    )  # fmt: skip


def _reworked() -> Story:
    failed, rule = at("03-17 15:00"), ReworkRule()

    def again(original: Limit) -> Step:
        limit, was = shortened(original, rule.share, rule.at_least, PLAIN), amount(original)
        what = _with(limit, f"原时限 {was.zh}，返工时限{{}}", f"the limit was {was.en}: for the rework {{}}")
        return Step(failed, what, failed, limit)

    return Story(
        Word("返工：原时限的一半", "A rework: half the limit"),
        (again(of(5, "work_day")), again(of(1, "work_hour")), again(of(90, "urgent_minute"))),
        Word(
            "核查不通过的那一刻起算，仍走原来的计时方式，至少一小时。原先是否按时，看第一次办结，不因返工改变。",
            "Counted from the moment the recheck failed, on the same kind of clock, an hour at least. Whether the unit was on time is judged at its"
            " first completion; the rework does not change that.",
        ),
    )  # fmt: skip


def _next_shift() -> Story:
    now, begins, limits = at("03-14 23:40"), at("03-15 08:00"), StageLimits()
    return Story(
        Word("从下一班起算", "Counted from the next shift"),
        (
            Step(now, _with(limits.verify, "夜间有人值班的网格，下达核实，时限{}", "a grid with a night shift, a verification: {}"), now, limits.verify),
            Step(now, _with(limits.verify, "夜间无人值班，下一班周日 8:00，核实时限{}", "nobody on duty until Sunday 8:00, a verification: {}"), begins, limits.verify),
            Step(now, _with(limits.recheck, "夜间无人值班，下一班周日 8:00，核查时限{}", "nobody on duty until Sunday 8:00, a recheck: {}"), begins, limits.recheck),
        ),
        Word(
            "无人在岗时不记谁超期：时限从有权核实核查的人上班那一刻走起。这两个时限是分钟，值班不分工作日与周末。",
            "Nobody is late while nobody is on duty: the limit begins with the shift of somebody who may do it. It is in minutes and knows no weekend;"
            " the roster does.",
        ),
    )  # fmt: skip


def _provisional() -> Story:
    start, entered = datetime(2031, 12, 29, 10, tzinfo=SHANGHAI), datetime(2031, 12, 30, 9, tzinfo=SHANGHAI)
    limit = of(3, "work_day")
    told = Calendar(
        overrides={date(2032, 1, 2): False, date(2032, 1, 4): True}, announced_years=frozenset({2031, 2032})
    )
    return Story(
        Word("跨入放假安排尚未公布的年份", "Into a year whose holidays are not announced"),
        (
            Step(start, _with(limit, "派遣单发出，时限{}；次年安排未公布，只知元旦当天放假", "the order goes out: {}; of the next year only New Year's Day is known"), start, limit),
            Step(entered, Word("区县录入安排（假设 1 月 1 日至 3 日放假，4 日周日上班）并声明该年已填全", "the district enters the notice (say, 1 to 3 January off, Sunday the 4th worked) and says that the year is complete"), start, limit, told),
        ),
        Word(
            "“暂定”的到期时刻随日历重新计算，单位收到新的时刻；没有标“暂定”的，从不因日历改动。",
            "A provisional deadline is computed again when the calendar is known, and the unit is told; one that is not marked so is never moved by a calendar.",
        ),
    )  # fmt: skip


def _other_hours() -> Story:
    start = at("03-11 10:00")
    other = Calendar(office_hours=((time(8, 30), time(12)), (time(13, 30), time(17, 30))))
    hours, day = of(4, "work_hour"), of(1, "work_day")
    usual, ours = ("8:00–12:00、14:00–18:00", "8:00–12:00 and 14:00–18:00"), ("8:30–12:00、13:30–17:30", "8:30–12:00 and 13:30–17:30")  # fmt: skip
    rows = ((usual, hours, PLAIN), (ours, hours, other), (usual, day, PLAIN), (ours, day, other))
    return Story(
        Word("另定办公时间的区县", "A district with other office hours"),
        tuple(
            Step(
                start,
                _with(limit, f"办公 {each[0]}，时限{{}}", f"office hours {each[1]}: {{}}"),
                start,
                limit,
                calendar,
            )
            for each, limit, calendar in rows
        ),
        Word(
            "工作小时按本区县的办公时间数；一个工作日就是本区县的一个办公日，这里短半小时。",
            "A work hour is counted in the district's own office hours; a work day is its own office day, here half an hour shorter.",
        ),
    )


def _outside() -> Story:
    start, limit = at("03-09 10:00"), of(5, "work_day")
    sooner, later = at("03-13 17:00"), at("03-18 17:00")
    return Story(
        Word("上级平台另有期限", "A deadline from the platform above"),
        (
            Step(start, _with(limit, "登记，立案条件的时限{}，无外部期限", "registered, the condition's limit is {}; no deadline from outside"), start, limit),
            Step(start, Word("上级要求周五 17:00 前办结：更早，以它为准", "the platform asks for Friday 17:00: earlier, so it counts"), start, limit, outside=sooner),
            Step(start, Word("上级给到下周三 17:00：更晚，以本地时限为准", "the platform leaves until Wednesday 17:00: later, so ours counts"), start, limit, outside=later),
        ),
        Word(
            "两个期限取早的一个。采用的外部期限是固定的时刻，任何日历改动、延期都不移动它。",
            "Of two deadlines the earlier counts. One from outside is a fixed instant, which no calendar and no extension moves.",
        ),
    )  # fmt: skip


def _milestones() -> Story:
    start, safe, fixed, done = at("03-13 16:00"), of(2, "urgent_hour"), of(3, "work_day"), at("03-13 17:20")
    return Story(
        Word("多个节点：先消险，后修复", "Milestones: made safe, then fixed"),
        (
            Step(start, _with(safe, "派遣单发出：第一节点“消险”，时限{}", "the order goes out: first milestone, made safe, {}"), start, safe),
            Step(start, _with(fixed, "同时：第二节点“修复”，时限{}", "at the same time: second milestone, fixed, {}"), start, fixed),
            Step(done, Word("围挡已设，消险按时；修复的时限照走", "the place is fenced off in time; the limit for the repair runs on"), start, fixed),
        ),
        Word(
            "两个节点从同一起点各走各的：消险昼夜连续，修复按工作日。提前消险不会把修复的期限提前，也不会推后。",
            "Both run from the same start, each in its own way: made safe through the night, fixed in work days. Being safe early moves the repair neither"
            " forward nor back.",
        ),
    )  # fmt: skip


def _with(limit: Limit, zh: str, en: str) -> Word:
    """Return the text with the limit in it."""
    said = amount(limit)
    return Word(zh.format(f" {said.zh}"), en.format(said.en))


STORIES: Sequence[Story] = (
    _returned(), _suspended(), _extended(), _reworked(), _next_shift(), _provisional(), _other_hours(), _outside(), _milestones(),
)  # fmt: skip


def stories(language: Language) -> str:
    """Every story: its title, its steps, its lesson."""
    titles = ("时间", "事由", "剩余", "到期") if language == "zh" else ("when", "what happens", "left", "due")
    return "\n\n".join(
        f"**{say(story.title, language)}**\n\n{table(titles, (_row(step, language) for step in story.steps))}\n\n{say(story.lesson, language)}"
        for story in STORIES
    )


def _row(step: Step, language: Language) -> tuple[str, ...]:
    return instant(step.at, language), say(step.what, language), _left(step, language), _due(step.due, language)


def _left(step: Step, language: Language) -> str:
    """Return the rest of the limit at the step."""
    if step.due is None:
        used = elapsed(step.start, step.at, step.limit.unit, step.calendar, step.pauses)
        span = allowance(step.start, step.limit, step.calendar) - used
    else:
        span = elapsed(max(step.at, step.start), step.due.due_at, step.limit.unit, step.calendar)
    said = length(span, language)
    if step.limit.unit in CONTINUOUS:
        return said
    return f"办公时间 {said}" if language == "zh" else f"{said} of office time"


def _due(due: Deadline | None, language: Language) -> str:
    if due is None:
        return "暂停" if language == "zh" else "stands still"
    mark = ("（暂定）" if language == "zh" else " (provisional)") if due.provisional else ""
    return f"{instant(due.due_at, language)}{mark}"
