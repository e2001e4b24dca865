"""Scorecards: every figure is counted somewhere, rates and composites follow the edition in force, months freeze."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.clocks.calendar import SHANGHAI
from contracts.figures import FIGURES, SUBJECTS, Subject
from contracts.generate import ROOT
from contracts.registry import CalendarDay, ScoreRule, Shift
from services.chassis.months import month_of
from services.supervision.api.ledgers import scores as ledgers
from services.supervision.domain.evaluation.months import entry_month, frozen_at, months_of, rule_for
from services.supervision.domain.evaluation.scorecards import (
    Count,
    RateView,
    Scorecard,
    SubjectName,
    months_view,
    scorecard,
)
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import HOME, NEXT_DOOR, at, filed, received, town

SAMPLE = {
    rule.id: rule
    for line in (ROOT / "deploy/districts/lijin/score_rules.jsonl").read_text("utf-8").splitlines()
    if (rule := ScoreRule.from_body(json.loads(line)))
}


def card(kind: Subject = "unit", rule: ScoreRule | None = SAMPLE["unit.2026-01"], **counts: int) -> Scorecard:
    found = {figure: Count(value) for figure, value in counts.items()}
    return scorecard(kind, SubjectName("sanitation", "环卫", "Sanitation"), "2026-03", found, rule)


def rate(name: str, **counts: int) -> RateView:
    return next(each for each in card(**counts).rates if each.rate == name)


@pytest.mark.parametrize(
    ("counts", "name", "expected"),
    [
        ({"completed_on_time": 3, "handling_due": 4}, "on_time_rate", (3, 4, 0.75)),
        ({"recheck_passed": 9, "recheck_failed": 1}, "recheck_pass_rate", (9, 10, 0.9)),
        ({"feedback_satisfied": 1, "feedback_fair": 1, "feedback_dissatisfied": 1}, "satisfied_rate", (2, 3, 0.6667)),
        ({"feedback_solved": 2}, "solved_rate", (2, 2, 1.0)),
        ({"dispatches_reworked": 1}, "rework_rate", (1, 0, None)),
        ({"emergency_due": 2, "emergency_safe": 1}, "made_safe_rate", (1, 2, 0.5)),
    ],
)
def test_a_rate_names_numerator_and_denominator(
    counts: dict[str, int], name: str, expected: tuple[int, int, float | None]
) -> None:
    """Nothing due is no rate at all, which is not the same as zero."""
    found = rate(name, **counts)
    assert (found.numerator, found.denominator, found.value) == expected


@pytest.mark.parametrize(
    ("counts", "score", "weighed", "grade"),
    [
        ({}, None, 0, None),
        ({"completed_on_time": 9, "handling_due": 10}, 90.0, 0.4, "A"),
        ({"completed_on_time": 1, "handling_due": 1, "completed": 4, "dispatches_reworked": 1}, 91.67, 0.6, "A"),
        ({"completed": 4, "dispatches_reworked": 3}, 25.0, 0.2, "E"),
        ({"completed": 1, "dispatches_reworked": 3}, 0.0, 0.2, "E"),
        ({"sign_due": 4, "signed_on_time": 3}, 75.0, 0.15, "B"),
    ],
)
def test_the_composite_weighs_what_has_a_value(
    counts: dict[str, int], score: float | None, weighed: float, grade: str | None
) -> None:
    """Lower is better turns around; a rate without value leaves with its weight; beyond the bounds is at the bound."""
    found = card(**counts)
    assert (found.score, found.scored_weight, found.grade) == (score, weighed, grade)


def test_without_an_edition_there_are_figures_and_no_score() -> None:
    """A month before the first edition is not scored by rules of later."""
    found = card(rule=None, completed=3)
    assert (found.rates, found.score, found.grade) == ((), None, None)
    assert next(each.value for each in found.figures if each.figure == "completed") == 3


@pytest.mark.parametrize("kind", SUBJECTS)
def test_the_sample_district_scores_every_kind_of_subject_by_figures_that_are_counted(kind: Subject) -> None:
    """From a rate to its figures, from a figure to its cases; and each edition says why its weights are not the usual
    ones.
    """
    rule = SAMPLE[f"{kind}.2026-01"]
    assert rule.note
    assert rule.note_en
    for each in rule.rates:
        assert {*each.numerator, *each.denominator} <= set(FIGURES[kind])
    assert {item.rate for item in rule.items} <= {each.id for each in rule.rates}


def discovered(*days: Any, when: datetime = at("03-11 09:00"), **fields: Any) -> Counter[tuple[str, str]]:
    """What a case that a patrol can discover counts for officers, with these shifts besides the usual ones."""
    life = Life(town(list(days)))
    known = {"discoverable_on_patrol": True, "reporter_officer_id": "ann", "reported_at": when, **fields}
    life.hear(received(when), filed(when, **known), at=when)
    return Counter({key: count for key, count in life.facts.items() if key[1] in ("grid_filed", "discovered")})


def shift(key: str, officer: str, *areas: str, **fields: Any) -> Shift:
    return Shift.model_validate(
        {"id": key, "officer": officer, "areas": areas, "starts": "08:00", "ends": "18:00", **fields}
    )


def test_whoever_had_the_grid_by_the_roster_answers_for_what_could_be_discovered() -> None:
    """The stand-in and not who is on leave; the narrowest duty; nobody out of hours; the register where no shift covers
    it.
    """
    ann = {("ann", "grid_filed"): 1, ("ann", "discovered"): 1}
    assert discovered() == ann
    leave = [{"first_day": "2026-03-11", "last_day": "2026-03-11", "stand_in": "bo"}]
    assert discovered(shift("day-ann", "ann", HOME, leave=leave)) == {("bo", "grid_filed"): 1}
    assert discovered(shift("whole-street", "cai", HOME[:9])) == ann
    assert discovered(when=at("03-11 22:00")) == {}
    assert discovered(shift("day-ann", "ann", NEXT_DOOR)) == ann, "by the register: no shift covers it"


def test_partners_of_an_appeal_are_figures_of_the_same_subject() -> None:
    """What an upheld appeal takes out together is counted for the same subject."""
    for figures in FIGURES.values():
        for meaning in figures.values():
            assert set(meaning.counts_with) <= set(figures)
            assert meaning.adverse or not meaning.counts_with


def test_months_are_months_in_shanghai() -> None:
    """New Year's night counts for January there, whatever UTC says."""
    assert month_of(datetime(2026, 12, 31, 16, 30, tzinfo=UTC), SHANGHAI) == "2027-01"
    assert month_of(datetime(2026, 12, 31, 15, 30, tzinfo=UTC), SHANGHAI) == "2026-12"


def test_a_month_freezes_after_three_work_days() -> None:
    """March 2026 ends on a Tuesday: open until the end of office hours on 3 April."""
    assert frozen_at("2026-03", town()) == at("04-03 18:00")
    moved = [CalendarDay(id="2026-04-01", working=False)]
    assert frozen_at("2026-03", town(moved)) > at("04-03 18:00")


@pytest.mark.parametrize(
    ("month", "now", "expected"),
    [
        ("2026-03", "03-31 23:00", "2026-03"),
        ("2026-03", "04-03 17:59", "2026-03"),
        ("2026-03", "04-03 18:00", "2026-04"),
        ("2026-04", "03-31 23:00", "2026-04"),
        ("2026-02", "04-03 10:00", "2026-03"),
        ("2026-02", "04-20 10:00", "2026-04"),
    ],
)
def test_what_comes_after_the_freeze_is_booked_in_the_first_open_month(month: str, now: str, expected: str) -> None:
    """A month that is still open keeps its own; a due time ahead belongs to the month ahead."""
    assert entry_month(month, at(now), town()) == expected


def test_quarters_and_years_are_months_together() -> None:
    """Cumulated, never averaged."""
    assert months_of("2026-11") == ("2026-11",)
    assert months_of("2026-Q4") == ("2026-10", "2026-11", "2026-12")
    assert months_of("2026")[::11] == ("2026-01", "2026-12")
    assert [each.month for each in months_view("2026-Q1", at("02-10 09:00"), town())] == ["2026-01", "2026-02"]
    assert [each.frozen for each in months_view("2026-Q1", at("02-10 09:00"), town())] == [True, False]


def edition(month: str) -> ScoreRule:
    body: dict[str, Any] = {
        **SAMPLE["unit.2026-01"].model_dump(),
        "id": f"unit.{month}",
        "approved_on": date(2025, 1, 1),
    }
    return ScoreRule.model_validate(body)


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2025-12", None),
        ("2026-01", "2026-01"),
        ("2026-06", "2026-01"),
        ("2026-07", "2026-07"),
        ("2026-Q2", "2026-01"),
        ("2026-Q3", "2026-07"),
        ("2026", "2026-07"),
    ],
)
def test_a_period_is_scored_by_the_edition_in_force_in_its_last_month(period: str, expected: str | None) -> None:
    """A new edition leaves the months before it as they were."""
    found = rule_for([edition("2026-07"), edition("2026-01"), SAMPLE["officer.2026-01"]], "unit", period)
    assert (found.effective_from if found else None) == expected


def test_a_grade_needs_the_districts_number_of_events() -> None:
    """One order done in time is no proof of anything; the score is shown with the reason why there is no grade."""
    rule = SAMPLE["unit.2026-01"]

    def graded(due: int) -> tuple[str | None, str | None, int]:
        counts = {name: Count(due) for name in ("handling_due", "completed_on_time", "sign_due", "signed_on_time")}
        found = scorecard("unit", SubjectName("x", "某", "X"), "2026-03", counts, rule, grade_events=5)
        assert found.score is not None
        return found.grade, found.no_grade, found.events

    assert graded(4) == (None, "too_few_events", 4)
    assert (graded(5)[1:], graded(5)[0] is not None) == ((None, 5), True)
    nothing = scorecard("unit", SubjectName("x", "某", "X"), "2026-03", {}, rule, grade_events=5)
    assert (nothing.score, nothing.grade, nothing.no_grade) == (None, None, None), "nothing due is not too little"


@pytest.mark.parametrize(("language", "words"), [("zh", "事件不足"), ("en", "not enough events")])
async def test_the_export_says_that_there_are_not_enough_events(language: str, words: str) -> None:
    rule = SAMPLE["unit.2026-01"]
    counts = {"handling_due": Count(1), "completed_on_time": Count(1)}
    card = scorecard("unit", SubjectName("x", "某", "X"), "2026-03", counts, rule, grade_events=5)
    sheet, meanings = ledgers.of_scorecards([card], "unit", rule, language)
    rows = [dict(zip(sheet.columns, row, strict=True)) async for row in sheet.rows]
    assert words in rows[0].values()
    assert any("grade_events" in str(row) for row in [each async for each in meanings.rows])
