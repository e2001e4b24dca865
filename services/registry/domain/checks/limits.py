"""Checks of filing conditions, district settings and score rules for impossible values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.clocks.working_days import SATURDAY, is_published
from contracts.figures import FIGURES
from contracts.registry import CalendarDay, Category, DistrictSettings, FilingCondition, Grid, ScoreRule
from services.registry.domain.checks.codes import is_date
from services.registry.domain.district_draft import DistrictDraft, Finding

_LONGEST = {"urgent_minute": 1440, "urgent_hour": 168, "natural_day": 366, "work_hour": 80, "work_day": 250}
"""Unit of time → highest plausible amount of a limit. A larger amount is a typing error or needs a longer unit."""


def check_limits(draft: DistrictDraft) -> Iterator[Finding]:
    """Check filing conditions and their milestones, district settings and score rules."""
    for condition in draft.all(FilingCondition):
        yield from _condition(draft, condition)
    for settings in draft.all(DistrictSettings):
        yield from _settings(draft, settings)
    for rule in draft.all(ScoreRule):
        yield from _score_rule(draft, rule)


def _condition(draft: DistrictDraft, condition: FilingCondition) -> Iterator[Finding]:
    names = [milestone.name for milestone in condition.milestones]
    if len(set(names)) != len(names):
        yield draft.finding(condition, "milestone-twice", "时限节点名称重复。", "Two milestones have the same name.")
    for milestone in condition.milestones:
        longest = _LONGEST[milestone.unit]
        if milestone.amount > longest:
            yield draft.finding(
                condition,
                "limit-too-long",
                f"时限 {milestone.amount} {milestone.unit} 过长（上限 {longest}）。",
                f"A limit of {milestone.amount} {milestone.unit} is too long (at most {longest}).",
            )
    category = draft.get(Category, condition.category)
    if category is None:
        return
    if category.kind == "component":
        yield draft.finding(
            condition,
            "condition-of-component",
            "立案条件属于事项，不属于部件。",
            "A filing condition belongs to a matter or event, not to a component.",
        )
    if category.confidential and (
        condition.verify_mode != "none" or condition.evidence or condition.report_evidence or condition.settleable
    ):
        yield draft.finding(
            condition,
            "confidential-condition",
            "保密类别不核实、不要求照片、不得自行处置。",
            "Confidential categories are not verified, ask for no photos and are never settled on the spot.",
        )
    if category.emergency and condition.verify_mode != "none":
        yield draft.finding(
            condition,
            "emergency-waits",
            "突发事件不得等待核实（verify_mode 须为 none）。",
            "An emergency never waits for verification (verify_mode must be none).",
        )


def _settings(draft: DistrictDraft, settings: DistrictSettings) -> Iterator[Finding]:
    hours = [time for period in settings.office_hours for time in (period.starts, period.ends)]
    if not hours or not _increases(hours):
        yield draft.finding(
            settings,
            "office-hours",
            "办公时间须有先后且不重叠。",
            "Office hours must be in order and must not overlap.",
        )
    steps = settings.urge_steps
    if not _increases([0, steps.urge, steps.overdue_notice, steps.supervision_order, steps.leader]):
        yield draft.finding(settings, "urge-steps", "催办比例须逐级升高。", "The shares of urge_steps must increase.")
    near = settings.duplicates
    if near.attach_metres > near.suggest_metres or near.attach_hours > near.suggest_hours:
        yield draft.finding(
            settings,
            "duplicate-thresholds",
            "自动并入的范围不得大于提示的范围。",
            "The limits for attaching reports must not exceed those for suggesting duplicates.",
        )
    known = {each.id for each in draft.all(Category)}
    for name in settings.cap_categories:
        if not any(each.startswith(name) for each in known):
            yield draft.finding(
                settings,
                "cap-category",
                f"cap_categories：没有类别或大类 {name}。",
                f"cap_categories: there is no category or major {name}.",
            )
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield draft.finding(
            settings, "timezone", f"没有时区 {settings.timezone}。", f"Unknown zone {settings.timezone}."
        )
    yield from _announced(draft, settings)
    if not any(draft.all(Grid)):
        yield draft.finding(settings, "no-grids", "区县没有网格。", "The district has no grids.")


def _announced(draft: DistrictDraft, settings: DistrictSettings) -> Iterator[Finding]:
    """Find announced years for which the calendar has no make-up days.

    Every official calendar has make-up days, so somebody has forgotten to enter them.
    """
    worked = {day.day for day in draft.all(CalendarDay) if day.working and is_date(day.id)}
    for year in settings.announced_years:
        if not is_published(year) and not any(day.year == year and day.weekday() >= SATURDAY for day in worked):
            yield draft.finding(
                settings,
                "announced-empty",
                f"{year} 年列为已公布，但 calendar_days 没有该年的调休上班日。",
                f"{year} is listed as announced, but calendar_days has no make-up day in that year.",
            )


def _score_rule(draft: DistrictDraft, rule: ScoreRule) -> Iterator[Finding]:
    scores = [grade.from_score for grade in rule.grades]
    if scores != sorted(scores, reverse=True) or len(set(scores)) != len(scores) or scores[-1] != 0:
        yield draft.finding(
            rule,
            "grades",
            "等级分数须由高到低，最后一级从 0 分起。",
            "Grades must go from the highest score down, and the last must begin at 0.",
        )
    if f"{rule.approved_on:%Y-%m}" > rule.effective_from:
        yield draft.finding(
            rule,
            "scored-backwards",
            "考评办法不得追溯：须在施行当月或之前批准。",
            "Score rules must not apply retroactively: approve an edition in its first month or before.",
        )
    rates = [each.id for each in (*rule.rates, *rule.volumes)]
    weighted = [item.rate for item in rule.items]
    if len(set(rates)) != len(rates) or len(set(weighted)) != len(weighted) or not set(weighted) <= set(rates):
        yield draft.finding(
            rule,
            "score-items",
            "指标与权重不得重复，权重所指的指标须在 rates 中。",
            "Each rate and each weight may appear only once, and every weight must name a rate of this rule.",
        )
    mean_rates = {rate.id for rate in rule.rates if rate.measure != "share"}
    for each in sorted(mean_rates & set(weighted)):
        yield draft.finding(
            rule,
            "mean-weighted",
            f"{each} 是平均用时，不是比率，只可公布，不可计权。",
            f"{each} is a mean, not a share: it can be published but not weighted.",
        )
    for volume in rule.volumes:
        starts = [band.from_count for band in volume.bands]
        if starts[0] != 0 or not _increases(starts):
            yield draft.finding(
                rule,
                "volume-bands",
                f"{volume.id} 的分档须从 0 起，由低到高。",
                f"The bands of {volume.id} must begin at 0 and increase.",
            )
    reported = {figure for figure, meaning in FIGURES[rule.subject].items() if not meaning.scored}
    figures_of = {each.id: {*each.numerator, *each.denominator} for each in rule.rates}
    figures_of |= {each.id: set(each.figures) for each in rule.volumes}
    for each in sorted(set(weighted) & set(figures_of)):
        if unscored := sorted(figures_of[each] & reported):
            yield draft.finding(
                rule,
                "reported-weighted",
                f"{each} 含只公布、不计分的计数项：{'、'.join(unscored)}。",
                f"{each} contains figures that are published but not scored: {', '.join(unscored)}.",
            )
    named = {figure for rate in rule.rates for figure in (*rate.numerator, *rate.denominator)}
    named |= {figure for volume in rule.volumes for figure in volume.figures}
    for figure in sorted(named - set(FIGURES[rule.subject])):
        yield draft.finding(
            rule,
            "figure-unknown",
            f"没有计数项 {figure}。可用：{'、'.join(FIGURES[rule.subject])}。",
            f"There is no figure {figure}. Possible figures: {', '.join(FIGURES[rule.subject])}.",
        )


def _increases(values: Iterable[object]) -> bool:
    listed = list(values)
    return all(first < second for first, second in pairwise(listed))  # type: ignore[operator]
