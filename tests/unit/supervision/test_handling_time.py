"""平均处置用时: working minutes from dispatch to the first completion, for the unit and its area."""

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
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import DESK, HOME, at, in_the_field, make_district
from tests.unit.supervision.sample_events import (
    CO,
    LEAD,
    all_completed,
    completed,
    dispatched,
    filed,
    received,
    returned,
    signed,
)

STREET = HOME[:9]


def dispatched_at(when: datetime, *milestones: str, **changes: Any) -> CaseDriver:
    """Return a case dispatched to the sanitation unit at `when`."""
    driver = CaseDriver(make_district())
    steps = milestones or ("3 work_day",)
    driver.apply(received(when, feedback_wanted=False), filed(when, steps, **changes), dispatched(when, steps), at=when)
    return driver


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
def test_handling_time_is_office_time_unless_the_limit_is_continuous(
    since: str, until: str, milestones: tuple[str, ...], minutes: int
) -> None:
    """Nights and holidays count only if the last limit runs through them."""
    driver = dispatched_at(at(since), *milestones)
    driver.advance_to(at(until))
    driver.apply(signed(), completed(), all_completed(), at=at(until))
    for subject in ("sanitation", STREET):
        assert (driver.count("handling_minutes", subject), driver.count("completed", subject)) == (minutes, 1)


def test_work_outside_office_hours_takes_no_minutes_but_counts_as_completed() -> None:
    """It is one more completed order all the same."""
    driver = dispatched_at(at("03-11 20:00"))
    driver.apply(signed(), completed(), all_completed(), at=at("03-11 21:00"))
    assert (driver.count("handling_minutes"), driver.count("completed")) == (0, 1)


def test_a_pending_return_pauses_the_handling_time() -> None:
    """As the clock of the order does."""
    driver = dispatched_at(at("03-11 09:00"))
    driver.apply(signed(), at=at("03-11 09:00"))
    driver.apply(returned("requested"), at=at("03-11 10:00"))
    driver.advance_to(at("03-11 11:30"))
    driver.apply(returned("refused"), at=at("03-11 11:30"))
    driver.apply(completed(), all_completed(), at=at("03-11 15:00"))
    assert driver.count("handling_minutes") == 60 + 30 + 60


def test_each_dispatch_has_its_own_minutes_and_the_area_has_their_sum() -> None:
    """Sums and counts are stored separately; a mean is the total divided by the number."""
    driver = dispatched_at(at("03-11 09:00"))
    driver.apply(dispatched(at("03-11 09:00"), dispatch_id=CO, unit_id="water", role="co"), at=at("03-11 09:00"))
    driver.apply(signed(), signed(CO, "water"), completed(dispatch_id=CO, unit_id="water"), at=at("03-11 09:20"))
    driver.apply(completed(dispatch_id=LEAD), all_completed(), at=at("03-11 11:00"))
    assert (driver.count("handling_minutes"), driver.count("handling_minutes", "water")) == (120, 20)
    assert (driver.count("handling_minutes", STREET), driver.count("completed", STREET)) == (140, 2)


def test_a_rework_adds_no_handling_time() -> None:
    """Judged at the first completion; reworks are counted apart."""
    driver = dispatched_at(at("03-11 09:00"))
    driver.apply(signed(), completed(), all_completed(), at=at("03-11 10:00"))
    driver.assign("ann")
    driver.answer(in_the_field("ann"), passed=False)
    driver.apply(completed(round_=1), all_completed(round_=1), at=at("03-11 15:00"))
    assert (driver.count("handling_minutes"), driver.count("completed"), driver.count("reworked")) == (60, 1, 1)


def test_voiding_a_case_removes_exactly_the_booked_minutes() -> None:
    """The entry that takes the minutes back has the value of the entry that counted them."""
    driver = dispatched_at(at("03-11 09:00"))
    driver.apply(signed(), completed(), all_completed(), at=at("03-11 10:00"))
    driver.apply(CaseVoided(note="误立", decided_by=DESK))
    assert (driver.count("handling_minutes"), driver.count("handling_minutes", STREET)) == (0, 0)
    assert [each.value for each in driver.score_entries if each.key.figure == "handling_minutes"] == [60, 60, -60, -60]
    assert {each.month for each in driver.score_entries if each.key.figure == "handling_minutes"} == {
        month_of(at("03-11 10:00"), make_district().zone)
    }


def test_the_figures_of_an_evaluated_case_contain_the_minutes() -> None:
    """The event that makes a case final states its minutes."""
    driver = dispatched_at(at("03-11 09:00"), recheck_mode="site")
    driver.apply(signed(), completed(), all_completed(), at=at("03-11 10:00"))
    driver.assign("ann")
    driver.answer(in_the_field("ann"), passed=True)
    figures = {(each.subject_id, each.figure): each.value for each in driver.events_of(CaseEvaluated)[0].figures}
    assert (figures["sanitation", "handling_minutes"], figures["sanitation", "completed"]) == (60, 1)


@pytest.mark.parametrize("kind", ["unit", "street", "county"])
def test_the_mean_is_minutes_per_completed_dispatch_without_weight(kind: Any) -> None:
    """A mean is not a share and never becomes points."""
    lines = (ROOT / "deploy/districts/lijin/score_rules.jsonl").read_text("utf-8").splitlines()
    rule = next(each for each in map(ScoreRule.from_body, map(json.loads, lines)) if each.subject == kind)
    counts = {"handling_minutes": Count(500), "completed": Count(4)}
    card = scorecard(kind, SubjectName("x", "某", "X"), "2026-03", counts, rule)
    found = next(each for each in card.rates if each.rate == "mean_handling_time")
    assert (found.value, found.measure, found.weight, found.numerator, found.denominator) == (125, "minutes", 0, 500, 4)
