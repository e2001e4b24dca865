"""Scorecards: figures are sums of facts, rates name numerator and denominator, composites weigh rates, grades follow.

Rates, weights and grades are those of the edition in force in the period (`ScoreRule`); what is counted is in
`contracts.figures`. A rate of which nothing was due is none at all, and leaves the composite with its weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

from contracts.figures import FIGURES, ROUNDS, Basis, Note, Subject, notes
from contracts.registry import ScoreRate, ScoreRule
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.evaluation.months import frozen_at, months_of
from services.supervision.domain.evaluation.volumes import VolumeView, volume_view
from services.supervision.domain.primitives.view import View


class Count(NamedTuple):
    """How often something counts in a period, or how many minutes it makes."""

    value: int = 0
    late: int = 0
    """Of this, corrections of earlier, frozen months: may be negative."""


class SubjectName(NamedTuple):
    """A subject with its names."""

    id: str
    name: str
    name_en: str


class FigureView(View):
    """A count, or a sum of minutes. Its cases are one call away."""

    figure: str
    name: str
    name_en: str
    basis: Basis
    """Counted in the month of the event, or of the due time; or as it stands at the end of the period."""
    behind: Literal["cases", "visits"]
    """What it can be followed to: cases, or rounds (`/api/supervision/patrol/officers/…/duties` and `…/visits`)."""
    adverse: bool
    """Speaks against the subject, which may appeal it."""
    value: int
    corrections: int
    """Of the value, corrections of earlier months that were frozen already; may be negative."""


class RateView(View):
    """A rate with what it was made of."""

    rate: str
    name: str
    name_en: str
    numerator: int
    denominator: int
    value: float | None
    """A share, or minutes. None when nothing was due: not the same as zero."""
    measure: Literal["share", "minutes"]
    numerator_figures: tuple[str, ...]
    denominator_figures: tuple[str, ...]
    formula: str
    formula_en: str
    counting: tuple[Note, ...]
    """What its figures count and leave out."""
    higher_is_better: bool
    weight: float
    """In the composite; 0: shown, not scored."""


class Scorecard(View):
    """One subject in one period."""

    kind: Subject
    subject_id: str
    name: str
    name_en: str
    period: str
    figures: tuple[FigureView, ...]
    rates: tuple[RateView, ...]
    volumes: tuple[VolumeView, ...]
    score: float | None
    """0 to 100: the weighted mean of the rates that have a value (of "lower is better" ones what is missing to 1) and of
    weighed scores by volume. None without any such rate: how much was done alone does not say how well.
    """
    scored_weight: float
    """Share of all weights that the score rests on, 0 to 1."""
    events: int
    """Events that the score rests on: the largest denominator of the weighed rates that have a value."""
    grade: str | None
    no_grade: Literal["too_few_events"] | None
    """Why there is a score and no grade: fewer events than the district asks for (`grade_events`)."""


class MonthView(View):
    """A month of the period, and when its figures become final."""

    month: str
    freezes_at: datetime
    frozen: bool
    """Later changes are booked in the next month."""


class EditionView(View):
    """The rules that score the period: which edition, who approved it, in which release it was published."""

    id: str
    effective_from: str
    approved_by: str
    approved_by_en: str
    approved_on: date
    note: str
    """Why these rates and weights."""
    note_en: str
    release: int


def scorecard(
    kind: Subject, subject: SubjectName, period: str, counts: Mapping[str, Count], rule: ScoreRule | None, months: int = 1,
    *, grade_events: int = 1,
) -> Scorecard:  # fmt: skip
    """The card of a subject from its counts in a period of which so many `months` have begun; what never happened is 0,
    not left out. With fewer than `grade_events` events there is no grade.
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
                figure=figure, name=meaning.zh, name_en=meaning.en, basis=meaning.basis, behind="visits" if figure in ROUNDS else "cases", adverse=meaning.adverse,
                value=counts.get(figure, Count()).value, corrections=counts.get(figure, Count()).late,
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
    )  # fmt: skip


def months_view(period: str, now: datetime, district: RegistrySnapshot) -> list[MonthView]:
    """The months of a period that have begun."""
    ends = [(month, frozen_at(month, district)) for month in months_of(period)]
    this = f"{now.astimezone(district.zone):%Y-%m}"
    return [MonthView(month=month, freezes_at=end, frozen=end <= now) for month, end in ends if month <= this]


def edition_view(rule: ScoreRule | None, release: int) -> EditionView | None:
    """Which rules these are."""
    if rule is None:
        return None
    return EditionView(
        id=rule.id, effective_from=rule.effective_from, approved_by=rule.approved_by,
        approved_by_en=rule.approved_by_en, approved_on=rule.approved_on, note=rule.note,
        note_en=rule.note_en, release=release,
    )  # fmt: skip


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
        counting=notes(kind, (*rate.numerator, *rate.denominator)),
        higher_is_better=rate.higher_is_better,
        weight=weight,
    )


def _sum(counts: Mapping[str, Count], figures: Sequence[str]) -> int:
    return sum(counts.get(figure, Count()).value for figure in figures)


def _points(rate: RateView) -> float:
    """0 to 1. Corrections can push a rate beyond its bounds; they never push a score beyond its own."""
    value = min(max(rate.value or 0, 0), 1)
    return value if rate.higher_is_better else 1 - value


def _grade(score: float | None, rule: ScoreRule | None) -> str | None:
    if score is None or rule is None:
        return None
    return next((grade.grade for grade in rule.grades if score >= grade.from_score), None)
