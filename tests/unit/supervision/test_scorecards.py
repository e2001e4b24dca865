"""Scorecards: rates, scores and grades of a month, by the edition of the score rules in force."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.clocks.calendar import SHANGHAI
from contracts.figures import FIGURES, SUBJECTS, Subject
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
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import HOME, NEXT_DOOR, at, make_district
from tests.unit.supervision.sample_events import filed, received
from tests.unit.supervision.score_rules import SCORE_RULES


def make_scorecard(
    kind: Subject = "unit", rule: ScoreRule | None = SCORE_RULES["unit.2026-01"], **counts: int
) -> Scorecard:
    """Return the scorecard of the sanitation unit with these counts."""
    found = {figure: Count(value) for figure, value in counts.items()}
    return scorecard(kind, SubjectName("sanitation", "环卫", "Sanitation"), "2026-03", found, rule)


def rate_of(name: str, **counts: int) -> RateView:
    """Return the rate of the scorecard with these counts."""
    return next(each for each in make_scorecard(**counts).rates if each.rate == name)


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
def test_a_rate_is_its_numerator_divided_by_its_denominator(
    counts: dict[str, int], name: str, expected: tuple[int, int, float | None]
) -> None:
    """Without anything due there is no value, which differs from zero."""
    found = rate_of(name, **counts)
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
def test_the_score_is_the_weighted_mean_of_the_rates_with_a_value(
    counts: dict[str, int], score: float | None, weighed: float, grade: str | None
) -> None:
    """A rate where less is better is inverted; a rate without a value loses its weight; values are limited to the
    bounds.
    """
    found = make_scorecard(**counts)
    assert (found.score, found.scored_weight, found.grade) == (score, weighed, grade)


def test_a_month_before_the_first_edition_has_figures_but_no_score() -> None:
    found = make_scorecard(rule=None, completed=3)
    assert (found.rates, found.score, found.grade) == ((), None, None)
    assert next(each.value for each in found.figures if each.figure == "completed") == 3


@pytest.mark.parametrize("kind", SUBJECTS)
def test_the_sample_score_rules_use_only_counted_figures(kind: Subject) -> None:
    """Each edition has a note why its weights differ from the usual ones."""
    rule = SCORE_RULES[f"{kind}.2026-01"]
    assert rule.note
    assert rule.note_en
    for each in rule.rates:
        assert {*each.numerator, *each.denominator} <= set(FIGURES[kind])
    assert {item.rate for item in rule.items} <= {each.id for each in rule.rates}


def discovery_figures(*days: Any, when: datetime = at("03-11 09:00"), **fields: Any) -> Counter[tuple[str, str]]:
    """Return what a case that a patrol could discover counts for officers, with these records changed."""
    driver = CaseDriver(make_district(list(days)))
    known = {"discoverable_on_patrol": True, "reporter_officer_id": "ann", "reported_at": when, **fields}
    driver.apply(received(when), filed(when, **known), at=when)
    return Counter({key: count for key, count in driver.facts.items() if key[1] in ("grid_filed", "discovered")})


def make_shift(key: str, officer: str, *areas: str, **fields: Any) -> Shift:
    return Shift.model_validate(
        {"id": key, "officer": officer, "areas": areas, "starts": "08:00", "ends": "18:00", **fields}
    )


def test_the_officer_on_duty_answers_for_what_a_patrol_could_discover() -> None:
    """The stand-in counts and not the officer on leave; the narrowest duty counts; nobody counts out of hours;
    without a shift the grid's officer counts.
    """
    ann = {("ann", "grid_filed"): 1, ("ann", "discovered"): 1}
    assert discovery_figures() == ann
    leave = [{"first_day": "2026-03-11", "last_day": "2026-03-11", "stand_in": "bo"}]
    assert discovery_figures(make_shift("day-ann", "ann", HOME, leave=leave)) == {("bo", "grid_filed"): 1}
    assert discovery_figures(make_shift("whole-street", "cai", HOME[:9])) == ann
    assert discovery_figures(when=at("03-11 22:00")) == {}
    assert discovery_figures(make_shift("day-ann", "ann", NEXT_DOOR)) == ann, "by the register: no shift covers it"


def test_figures_removed_together_by_an_appeal_belong_to_the_same_subject() -> None:
    for figures in FIGURES.values():
        for meaning in figures.values():
            assert set(meaning.counts_with) <= set(figures)
            assert meaning.adverse or not meaning.counts_with


def test_months_begin_in_the_time_zone_of_shanghai() -> None:
    assert month_of(datetime(2026, 12, 31, 16, 30, tzinfo=UTC), SHANGHAI) == "2027-01"
    assert month_of(datetime(2026, 12, 31, 15, 30, tzinfo=UTC), SHANGHAI) == "2026-12"


def test_a_month_freezes_after_three_work_days() -> None:
    """March 2026 ends on a Tuesday: it is open until the end of office hours on 3 April."""
    assert frozen_at("2026-03", make_district()) == at("04-03 18:00")
    moved = [CalendarDay(id="2026-04-01", working=False)]
    assert frozen_at("2026-03", make_district(moved)) > at("04-03 18:00")


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
def test_an_entry_after_the_freeze_belongs_to_the_first_open_month(month: str, now: str, expected: str) -> None:
    """An entry of an open month keeps it; a later due time belongs to its own month."""
    assert entry_month(month, at(now), make_district()) == expected


def test_quarters_and_years_are_sums_of_months() -> None:
    assert months_of("2026-11") == ("2026-11",)
    assert months_of("2026-Q4") == ("2026-10", "2026-11", "2026-12")
    assert months_of("2026")[::11] == ("2026-01", "2026-12")
    assert [each.month for each in months_view("2026-Q1", at("02-10 09:00"), make_district())] == ["2026-01", "2026-02"]
    assert [each.frozen for each in months_view("2026-Q1", at("02-10 09:00"), make_district())] == [True, False]


def edition_from(month: str) -> ScoreRule:
    """Return an edition of the rules for units that is in force from this month."""
    body: dict[str, Any] = {
        **SCORE_RULES["unit.2026-01"].model_dump(),
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
    found = rule_for([edition_from("2026-07"), edition_from("2026-01"), SCORE_RULES["officer.2026-01"]], "unit", period)
    assert (found.effective_from if found else None) == expected


def test_a_grade_needs_the_districts_number_of_events() -> None:
    """With fewer events there is a score and the reason why there is no grade."""
    rule = SCORE_RULES["unit.2026-01"]

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
    rule = SCORE_RULES["unit.2026-01"]
    counts = {"handling_due": Count(1), "completed_on_time": Count(1)}
    card = scorecard("unit", SubjectName("x", "某", "X"), "2026-03", counts, rule, grade_events=5)
    sheet, meanings = ledgers.of_scorecards([card], "unit", rule, language)
    rows = [dict(zip(sheet.columns, row, strict=True)) async for row in sheet.rows]
    assert words in rows[0].values()
    assert any("grade_events" in str(row) for row in [each async for each in meanings.rows])
