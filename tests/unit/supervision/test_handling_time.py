"""平均处置用时: minutes of working time from dispatch to the first completion, for the unit and its area."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from contracts.events.acceptance import CaseVoided
from contracts.events.evaluation import CaseEvaluated
from contracts.generate import ROOT
from contracts.registry import ScoreRule
from services.chassis.months import month_of
from services.supervision.domain.evaluation.scorecards import Count, SubjectName, scorecard
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import (
    CO,
    DESK,
    HOME,
    LEAD,
    all_completed,
    at,
    completed,
    dispatched,
    filed,
    in_the_field,
    received,
    returned,
    signed,
    town,
)

STREET = HOME[:9]


def begun(when: datetime, *milestones: str, **changes: Any) -> Life:
    """Dispatched to the sanitation department at `when`."""
    life = Life(town())
    steps = milestones or ("3 work_day",)
    life.hear(received(when, feedback_wanted=False), filed(when, steps, **changes), dispatched(when, steps), at=when)
    return life


@pytest.mark.parametrize(
    ("since", "until", "milestones", "minutes"),
    [
        ("03-11 09:00", "03-11 09:30", ("1 work_day",), 30),
        ("03-11 11:30", "03-11 14:30", ("1 work_day",), 60),
        ("03-11 17:30", "03-12 08:30", ("1 work_day",), 60),
        ("03-13 17:00", "03-16 09:00", ("1 natural_day",), 120),
        ("03-11 22:00", "03-11 22:40", ("30 urgent_minute", "4 urgent_hour"), 40),
        ("03-11 16:00", "03-12 09:00", ("30 urgent_minute", "3 work_day"), 180),
    ],
)
def test_handling_time_is_office_time_unless_the_limit_is_urgent(
    since: str, until: str, milestones: tuple[str, ...], minutes: int
) -> None:
    """Nights and holidays are nobody's working time, but where the last limit runs through them."""
    life = begun(at(since), *milestones)
    life.until(at(until))
    life.hear(signed(), completed(), all_completed(), at=at(until))
    for subject in ("sanitation", STREET):
        assert (life.count("handling_minutes", subject), life.count("completed", subject)) == (minutes, 1)


def test_an_order_done_outside_office_hours_took_no_working_time() -> None:
    """It is one more completed order all the same."""
    life = begun(at("03-11 20:00"))
    life.hear(signed(), completed(), all_completed(), at=at("03-11 21:00"))
    assert (life.count("handling_minutes"), life.count("completed")) == (0, 1)


def test_while_a_return_is_asked_for_the_time_stands_still() -> None:
    """As the clock of the order does."""
    life = begun(at("03-11 09:00"))
    life.hear(signed(), at=at("03-11 09:00"))
    life.hear(returned("requested"), at=at("03-11 10:00"))
    life.until(at("03-11 11:30"))
    life.hear(returned("refused"), at=at("03-11 11:30"))
    life.hear(completed(), all_completed(), at=at("03-11 15:00"))
    assert life.count("handling_minutes") == 60 + 30 + 60


def test_each_order_has_its_own_time_and_the_area_all_of_them() -> None:
    """Sums and counts are booked apart: a mean of several is their sum ÷ their number, never a mean of means."""
    life = begun(at("03-11 09:00"))
    life.hear(dispatched(at("03-11 09:00"), dispatch_id=CO, unit_id="water", role="co"), at=at("03-11 09:00"))
    life.hear(signed(), signed(CO, "water"), completed(dispatch_id=CO, unit_id="water"), at=at("03-11 09:20"))
    life.hear(completed(dispatch_id=LEAD), all_completed(), at=at("03-11 11:00"))
    assert (life.count("handling_minutes"), life.count("handling_minutes", "water")) == (120, 20)
    assert (life.count("handling_minutes", STREET), life.count("completed", STREET)) == (140, 2)


def test_a_rework_adds_no_handling_time() -> None:
    """Judged at the first completion; reworks are counted apart."""
    life = begun(at("03-11 09:00"))
    life.hear(signed(), completed(), all_completed(), at=at("03-11 10:00"))
    life.assign("ann")
    life.answer(in_the_field("ann"), passed=False)
    life.hear(completed(round_=1), all_completed(round_=1), at=at("03-11 15:00"))
    assert (life.count("handling_minutes"), life.count("completed"), life.count("reworked")) == (60, 1, 1)


def test_of_a_voided_case_no_minute_counts() -> None:
    """What is taken back is what was booked, not one."""
    life = begun(at("03-11 09:00"))
    life.hear(signed(), completed(), all_completed(), at=at("03-11 10:00"))
    life.hear(CaseVoided(note="误立", decided_by=DESK))
    assert (life.count("handling_minutes"), life.count("handling_minutes", STREET)) == (0, 0)
    assert [each.value for each in life.booked if each.key.figure == "handling_minutes"] == [60, 60, -60, -60]
    assert {each.month for each in life.booked if each.key.figure == "handling_minutes"} == {
        month_of(at("03-11 10:00"), town().zone)
    }


def test_the_figures_of_an_evaluated_case_are_sums() -> None:
    """Whoever hears that a case is final hears its minutes."""
    life = begun(at("03-11 09:00"), recheck_mode="site")
    life.hear(signed(), completed(), all_completed(), at=at("03-11 10:00"))
    life.assign("ann")
    life.answer(in_the_field("ann"), passed=True)
    figures = {(each.subject_id, each.figure): each.value for each in life.told(CaseEvaluated)[0].figures}
    assert (figures["sanitation", "handling_minutes"], figures["sanitation", "completed"]) == (60, 1)


@pytest.mark.parametrize("kind", ["unit", "street", "county"])
def test_the_mean_is_minutes_over_completed_orders_and_weighs_nothing(kind: Any) -> None:
    """A mean is no share: it is shown as minutes and never turned into points."""
    lines = (ROOT / "deploy/districts/lijin/score_rules.jsonl").read_text("utf-8").splitlines()
    rule = next(each for each in map(ScoreRule.from_body, map(json.loads, lines)) if each.subject == kind)
    counts = {"handling_minutes": Count(500), "completed": Count(4)}
    card = scorecard(kind, SubjectName("x", "某", "X"), "2026-03", counts, rule)
    found = next(each for each in card.rates if each.rate == "mean_handling_time")
    assert (found.value, found.measure, found.weight, found.numerator, found.denominator) == (125, "minutes", 0, 500, 4)
