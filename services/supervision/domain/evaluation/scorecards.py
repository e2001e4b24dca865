"""Scorecards: figures sum counted facts, rates divide figures, the score is a weighted mean of rates, a grade follows.

Rates, weights and grades come from the published `ScoreRule` in force. If nothing was due for a rate, the rate has no
value, and the score leaves out the rate and its weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

from contracts.figures import FIGURES, PATROL_FIGURES, Basis, CountingRule, Subject, counting_rules
from contracts.registry import ScoreRate, ScoreRule
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.evaluation.months import frozen_at, months_of
from services.supervision.domain.evaluation.volumes import VolumeView, volume_view
from services.supervision.domain.primitives.view import View


class Count(NamedTuple):
    """A figure of a subject in a period: a number of counted objects or of minutes."""

    value: int = 0
    late: int = 0
    """The part of the value that corrects earlier, frozen months; can be negative."""


class SubjectName(NamedTuple):
    """Id and names of a subject."""

    id: str
    name: str
    name_en: str


class FigureView(View):
    """A figure of a subject: a count or a sum of minutes."""

    figure: str
    name: str
    name_en: str
    basis: Basis
    """Month in which the figure counts: that of the event, the deadline or the start of the shift.

    A standing figure is taken as it is at the end of the period.
    """
    behind: Literal["cases", "visits"]
    """What can be listed for the figure: cases, or patrol visits and turns (`/api/supervision/patrol/officers/…`)."""
    adverse: bool
    """True if the figure counts against the subject. The subject may then appeal against the figure."""
    value: int
    corrections: int
    """The part of the value that corrects earlier, frozen months; can be negative."""


class RateView(View):
    """A rate with its numerator and denominator."""

    rate: str
    name: str
    name_en: str
    numerator: int
    denominator: int
    value: float | None
    """Numerator divided by denominator, as a fraction or in minutes; `null`, not 0, if nothing was due."""
    measure: Literal["share", "minutes"]
    numerator_figures: tuple[str, ...]
    denominator_figures: tuple[str, ...]
    formula: str
    formula_en: str
    counting: tuple[CountingRule, ...]
    """What the figures of the rate count and leave out."""
    higher_is_better: bool
    weight: float
    """Weight in the score; 0 if the rate is only shown."""


class Scorecard(View):
    """The scorecard of one subject in one period."""

    kind: Subject
    subject_id: str
    name: str
    name_en: str
    period: str
    figures: tuple[FigureView, ...]
    rates: tuple[RateView, ...]
    volumes: tuple[VolumeView, ...]
    score: float | None
    """0 to 100: the weighted mean of the rates that have a value and of the weighted volume scores.

    A rate for which lower is better counts as 1 minus the rate. `null` if no weighted rate has a value.
    """
    scored_weight: float
    """Part of the sum of all weights on which the score is based, 0 to 1."""
    events: int
    """Number of events on which the score is based: the largest denominator of the weighted rates."""
    grade: str | None
    no_grade: Literal["too_few_events"] | None
    """Why the subject has a score but no grade: fewer events than the setting `grade_events`; otherwise `null`."""


class MonthView(View):
    """A month of the period and when its figures become final."""

    month: str
    freezes_at: datetime
    frozen: bool
    """True if the month is final. Later changes are then entered in the first month that is still open."""


class EditionView(View):
    """The scoring rules in force: since when, who approved them and in which release they were published."""

    id: str
    effective_from: str
    approved_by: str
    approved_by_en: str
    approved_on: date
    note: str
    """Reason for the rates and weights of these scoring rules."""
    note_en: str
    release: int


def scorecard(
    kind: Subject,
    subject: SubjectName,
    period: str,
    counts: Mapping[str, Count],
    rule: ScoreRule | None,
    months: int = 1,
    *,
    grade_events: int = 1,
) -> Scorecard:
    """Return the scorecard of a subject from its counts in a period.

    `months` is the number of months of the period that have begun. A figure without events is 0. With fewer than
    `grade_events` events there is no grade.
    """
    weights = {item.rate: item.weight for item in rule.items} if rule is not None else {}
    rates = tuple(_rate(kind, rate, counts, weights.get(rate.id, 0)) for rate in rule.rates) if rule is not None else ()
    volumes = (
        tuple(volume_view(each, _sum(counts, each.figures), months, weights.get(each.id, 0)) for each in rule.volumes)
        if rule is not None
        else ()
    )
    scored = [(rate.weight, _points(rate)) for rate in rates if rate.weight and rate.value is not None]
    if scored:
        scored += [(each.weight, each.score / 100) for each in volumes if each.weight]
    weight = sum(share for share, _ in scored)
    score = round(sum(share * goodness for share, goodness in scored) / weight * 100, 2) if weight else None
    events = max((rate.denominator for rate in rates if rate.weight and rate.value is not None), default=0)
    enough = events >= grade_events
    return Scorecard(
        kind=kind,
        subject_id=subject.id,
        name=subject.name,
        name_en=subject.name_en,
        period=period,
        figures=tuple(
            FigureView(
                figure=figure,
                name=meaning.zh,
                name_en=meaning.en,
                basis=meaning.basis,
                behind="visits" if figure in PATROL_FIGURES else "cases",
                adverse=meaning.adverse,
                value=counts.get(figure, Count()).value,
                corrections=counts.get(figure, Count()).late,
            )
            for figure, meaning in FIGURES[kind].items()
        ),
        rates=rates,
        volumes=volumes,
        score=score,
        scored_weight=round(weight / sum(weights.values()), 4) if weights else 0,
        events=events,
        grade=_grade(score, rule) if enough else None,
        no_grade="too_few_events" if score is not None and not enough else None,
    )


def months_view(period: str, now: datetime, district: RegistrySnapshot) -> list[MonthView]:
    """Return the months of a period that have begun, each with the time when it freezes."""
    ends = [(month, frozen_at(month, district)) for month in months_of(period)]
    this = f"{now.astimezone(district.zone):%Y-%m}"
    return [MonthView(month=month, freezes_at=end, frozen=end <= now) for month, end in ends if month <= this]


def edition_view(rule: ScoreRule | None, release: int) -> EditionView | None:
    """Return the scoring rules in force as the API shows them; `None` without scoring rules."""
    if rule is None:
        return None
    return EditionView(
        id=rule.id,
        effective_from=rule.effective_from,
        approved_by=rule.approved_by,
        approved_by_en=rule.approved_by_en,
        approved_on=rule.approved_on,
        note=rule.note,
        note_en=rule.note_en,
        release=release,
    )


def _rate(kind: Subject, rate: ScoreRate, counts: Mapping[str, Count], weight: float) -> RateView:
    numerator, denominator = _sum(counts, rate.numerator), _sum(counts, rate.denominator)
    return RateView(
        rate=rate.id,
        name=rate.name,
        name_en=rate.name_en,
        numerator=numerator,
        denominator=denominator,
        measure=rate.measure,
        value=round(numerator / denominator, 4) if denominator > 0 else None,
        numerator_figures=rate.numerator,
        denominator_figures=rate.denominator,
        formula=rate.formula,
        formula_en=rate.formula_en,
        counting=counting_rules(kind, (*rate.numerator, *rate.denominator)),
        higher_is_better=rate.higher_is_better,
        weight=weight,
    )


def _sum(counts: Mapping[str, Count], figures: Sequence[str]) -> int:
    return sum(counts.get(figure, Count()).value for figure in figures)


def _points(rate: RateView) -> float:
    """Return the points of a rate, from 0 to 1.

    Corrections can push the rate below 0 or above 1; the points stay within these bounds.
    """
    value = min(max(rate.value or 0, 0), 1)
    return value if rate.higher_is_better else 1 - value


def _grade(score: float | None, rule: ScoreRule | None) -> str | None:
    if score is None or rule is None:
        return None
    return next((grade.grade for grade in rule.grades if score >= grade.from_score), None)
