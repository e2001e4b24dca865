"""Limits and settings that would make no sense."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.clocks.working_days import SATURDAY, built_in
from contracts.figures import FIGURES
from contracts.registry import CalendarDay, Category, DistrictSettings, FilingCondition, Grid, ScoreRule
from services.registry.domain.checks.codes import is_date
from services.registry.domain.draft import Draft, Finding

_LONGEST = {"urgent_minute": 1440, "urgent_hour": 168, "natural_day": 366, "work_hour": 80, "work_day": 250}
"""Beyond this a limit is a mistype, or should be written in a longer unit."""


def check_limits(draft: Draft) -> Iterator[Finding]:
    """Milestones, stage limits, office hours, shares, score rules."""
    for condition in draft.all(FilingCondition):
        yield from _condition(draft, condition)
    for settings in draft.all(DistrictSettings):
        yield from _settings(draft, settings)
    for rule in draft.all(ScoreRule):
        yield from _score_rule(draft, rule)


def _condition(draft: Draft, condition: FilingCondition) -> Iterator[Finding]:
    names = [milestone.name for milestone in condition.milestones]
    if len(set(names)) != len(names):
        yield draft.finding(
            condition, "milestone-twice", "时限节点名称重复。", "Two milestones have the same name."
        )  # fmt: skip
    for milestone in condition.milestones:
        longest = _LONGEST[milestone.unit]
        if milestone.amount > longest:
            yield draft.finding(
                condition, "limit-too-long", f"时限 {milestone.amount} {milestone.unit} 过长（上限 {longest}）。",
                f"A limit of {milestone.amount} {milestone.unit} is too long (at most {longest}).",
            )  # fmt: skip
    category = draft.get(Category, condition.category)
    if category is None:
        return
    if category.kind == "component":
        yield draft.finding(
            condition, "condition-of-component", "立案条件属于事项，不属于部件。",
            "A filing condition belongs to a matter or event, not to a component.",
        )  # fmt: skip
    if category.confidential and (
        condition.verify_mode != "none" or condition.evidence or condition.report_evidence or condition.settleable
    ):
        yield draft.finding(
            condition, "confidential-condition", "保密类别不核实、不要求照片、不得自行处置。",
            "Confidential categories are not verified, ask for no photos and are never settled on the spot.",
        )  # fmt: skip
    if category.emergency and condition.verify_mode != "none":
        yield draft.finding(
            condition, "emergency-waits", "突发事件不得等待核实（verify_mode 须为 none）。",
            "An emergency never waits for verification (verify_mode must be none).",
        )  # fmt: skip


def _settings(draft: Draft, settings: DistrictSettings) -> Iterator[Finding]:
    hours = [time for period in settings.office_hours for time in (period.starts, period.ends)]
    if not hours or not _rises(hours):
        yield draft.finding(
            settings,
            "office-hours",
            "办公时间须有先后且不重叠。",
            "Office hours must follow each other without overlap.",
        )
    steps = settings.urge_steps
    if not _rises([0, steps.urge, steps.overdue_notice, steps.formal_order, steps.leader]):
        yield draft.finding(settings, "urge-steps", "催办比例须逐级升高。", "Urge steps must rise.")
    near = settings.duplicates
    if near.attach_metres > near.suggest_metres or near.attach_hours > near.suggest_hours:
        yield draft.finding(
            settings, "duplicate-thresholds", "自动并入的范围不得大于提示的范围。",
            "Attaching must not reach further than suggesting.",
        )  # fmt: skip
    known = {each.id for each in draft.all(Category)}
    for name in settings.cap_categories:
        if not any(each.startswith(name) for each in known):
            yield draft.finding(
                settings, "cap-category", f"cap_categories：没有类别或大类 {name}。",
                f"cap_categories: there is no category or major {name}.",
            )  # fmt: skip
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield draft.finding(
            settings, "timezone", f"没有时区 {settings.timezone}。", f"Unknown zone {settings.timezone}."
        )
    yield from _announced(draft, settings)
    if not any(draft.all(Grid)):
        yield draft.finding(settings, "no-grids", "区县没有网格。", "The district has no grids.")


def _announced(draft: Draft, settings: DistrictSettings) -> Iterator[Finding]:
    """No year was ever announced without make-up days: one that is said to be whole and has none was forgotten."""
    worked = {day.day for day in draft.all(CalendarDay) if day.working and is_date(day.id)}
    for year in settings.announced_years:
        if not built_in(year) and not any(day.year == year and day.weekday() >= SATURDAY for day in worked):
            yield draft.finding(
                settings, "announced-empty", f"{year} 年列为已公布，但 calendar_days 没有该年的调休上班日。",
                f"{year} is said to be announced, but calendar_days has no make-up day of it.",
            )  # fmt: skip


def _score_rule(draft: Draft, rule: ScoreRule) -> Iterator[Finding]:
    scores = [grade.from_score for grade in rule.grades]
    if scores != sorted(scores, reverse=True) or len(set(scores)) != len(scores) or scores[-1] != 0:
        yield draft.finding(
            rule, "grades", "等级分数须由高到低，最后一级从 0 分起。",
            "Grades go from the highest score down, and the last begins at 0.",
        )  # fmt: skip
    if f"{rule.approved_on:%Y-%m}" > rule.effective_from:
        yield draft.finding(
            rule, "scored-backwards", "考评办法不得追溯：须在施行当月或之前批准。",
            "Nothing is scored by rules of later: an edition is approved in its first month or before.",
        )  # fmt: skip
    rates = [each.id for each in (*rule.rates, *rule.volumes)]
    weighed = [item.rate for item in rule.items]
    if len(set(rates)) != len(rates) or len(set(weighed)) != len(weighed) or not set(weighed) <= set(rates):
        yield draft.finding(
            rule, "score-items", "指标与权重不得重复，权重所指的指标须在 rates 中。",
            "Rates and weights stand once each, and every weight names a rate of this rule.",
        )  # fmt: skip
    means = {rate.id for rate in rule.rates if rate.measure != "share"}
    for each in sorted(means & set(weighed)):
        yield draft.finding(
            rule, "mean-weighed", f"{each} 是平均用时，不是比率，只可公布，不可计权。",
            f"{each} is a mean, not a share: it can be shown, not weighed.",
        )  # fmt: skip
    for volume in rule.volumes:
        starts = [band.from_count for band in volume.bands]
        if starts[0] != 0 or not _rises(starts):
            yield draft.finding(
                rule, "volume-bands", f"{volume.id} 的分档须从 0 起，由低到高。",
                f"The bands of {volume.id} begin at 0 and rise.",
            )  # fmt: skip
    reported = {figure for figure, meaning in FIGURES[rule.subject].items() if not meaning.scored}
    parts = {each.id: {*each.numerator, *each.denominator} for each in rule.rates}
    parts |= {each.id: set(each.figures) for each in rule.volumes}
    for each in sorted(set(weighed) & set(parts)):
        if unscored := sorted(parts[each] & reported):
            yield draft.finding(
                rule, "reported-weighed", f"{each} 含只公布、不计分的计数项：{'、'.join(unscored)}。",
                f"{each} is made of figures that are reported and not scored: {', '.join(unscored)}.",
            )  # fmt: skip
    named = {figure for rate in rule.rates for figure in (*rate.numerator, *rate.denominator)}
    named |= {figure for volume in rule.volumes for figure in volume.figures}
    for figure in sorted(named - set(FIGURES[rule.subject])):
        yield draft.finding(
            rule, "figure-unknown", f"没有计数项 {figure}。可用：{'、'.join(FIGURES[rule.subject])}。",
            f"There is no figure {figure}. There are: {', '.join(FIGURES[rule.subject])}.",
        )  # fmt: skip


def _rises(values: Iterable[object]) -> bool:
    listed = list(values)
    return all(first < second for first, second in pairwise(listed))  # type: ignore[operator]
