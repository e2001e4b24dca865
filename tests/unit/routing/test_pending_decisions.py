"""A pending decision survives a correction, a merge, a return to the desk and a reopening."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from contracts.events.command import CaseRouted, DecisionNeeded
from contracts.events.supervision import CaseClosed, CaseReopened
from services.routing.domain.manual_decision import decide_by_hand, escalate, send_back
from tests.unit.routing.case_driver import (
    COUNTY_DISPATCHER,
    STREET_DISPATCHER,
    CaseDriver,
    roles_by_unit,
    withdrawn_by_merge,
)
from tests.unit.routing.sample_district import (
    COUNTY_TEAM,
    FIXED,
    NOON,
    SAFE,
    STREET_TEAM,
    THREE_CANDIDATES,
    make_district,
)
from tests.unit.routing.sample_events import CLERK, MERGED, UNDONE, corrected, filed

LATER = timedelta(minutes=10)
FORCED = CaseClosed(outcome="forced", closing_condition_met=False, forced=True, closed_by=CLERK)
REOPENED = CaseReopened(reason="by_hand", reopened_by=CLERK)


def surveyed_case() -> CaseDriver:
    """Return a case with two returns 乡呼县应; the third candidate of the list is not asked."""
    driver = (
        CaseDriver(make_district(*THREE_CANDIDATES, STREET_TEAM, COUNTY_TEAM))
        .apply(filed())
        .dispatch_all()
        .sign("greens")
    )
    return driver.accept_return("greens").dispatch_all().accept_return("roads")


def escalated_case() -> CaseDriver:
    """Return a case that the street escalated to the county."""
    return CaseDriver(make_district()).apply(filed()).run(escalate, STREET_DISPATCHER)


def reported_duplicate() -> CaseDriver:
    """Return a case that its unit reported as a duplicate."""
    driver = CaseDriver(make_district(*THREE_CANDIDATES)).apply(filed()).dispatch_all().sign("greens")
    return driver.accept_return("greens", reason="duplicate")


PENDING = pytest.mark.parametrize("pending", [surveyed_case, escalated_case, reported_duplicate])


def content_of(needed: DecisionNeeded) -> tuple[Any, ...]:
    return needed.reason, needed.queue, needed.team_id, needed.gap, needed.candidates


def leads_since(driver: CaseDriver, before: int) -> list[str]:
    """Return the units assigned as lead after the first `before` events."""
    routed = [each for each in driver.events[before:] if isinstance(each, CaseRouted)]
    return [unit for each in routed for unit, role in roles_by_unit(each).items() if role == "lead"]


@PENDING
def test_a_correction_that_does_not_change_the_question_keeps_it(
    pending: Callable[[], CaseDriver],
) -> None:
    """The point moved inside its grid, or the limits changed: nothing is stated, and the decision uses the new data."""
    driver = pending()
    before, before_count = driver.state.waiting, len(driver.events)
    driver.now += LATER
    longer = FIXED.model_copy(update={"amount": 9})
    driver.apply(corrected("06010"), corrected("06010", milestones=(SAFE, longer)))
    assert (driver.state.waiting, len(driver.events)) == (before, before_count)
    assert driver.state.question_at(driver.now).milestones == (SAFE, longer)


@PENDING
def test_a_correction_that_changes_the_question_asks_the_list_again(pending: Callable[[], CaseDriver]) -> None:
    driver = pending()
    before_count = len(driver.events)
    driver.apply(corrected("06010", severity=2))
    assert leads_since(driver, before_count) == ([] if pending is escalated_case else ["greens"])
    if pending is escalated_case:
        assert (driver.needed.reason, driver.needed.queue) == ("no_match", "centre-one")


@PENDING
def test_undoing_a_merge_asks_the_same_question_again_with_its_full_time(
    pending: Callable[[], CaseDriver],
) -> None:
    """乡呼县应 and the returns are not lost: no unit gets an assignment that was not decided."""
    driver = pending()
    before, before_count = driver.needed, len(driver.events)
    driver.apply(MERGED, *withdrawn_by_merge(driver, *[order.unit_id for order in driver.state.dispatches.values()]))
    assert driver.state.question_outcome == "merged"
    driver.now += LATER
    driver.apply(UNDONE)
    assert leads_since(driver, before_count) == []
    assert content_of(driver.needed) == content_of(before)
    assert (driver.needed.round > before.round, driver.events[-1]) == (True, driver.needed)
    assert driver.state.question_outcome == "open"


@PENDING
def test_a_reopening_or_an_unchanged_filing_asks_the_same_question_again(pending: Callable[[], CaseDriver]) -> None:
    driver = pending()
    before, before_count = driver.needed, len(driver.events)
    driver.apply(FORCED, REOPENED)
    assert (content_of(driver.needed), leads_since(driver, before_count)) == (content_of(before), [])
    driver.run(send_back, "unclear", "看不清", COUNTY_DISPATCHER).apply(MERGED, UNDONE)
    assert driver.state.waiting is None, "no decision is pending while the desk has the case"
    driver.apply(filed())
    if pending is reported_duplicate:
        assert driver.routed.assignments[0].unit_id == "greens", "the desk confirmed the case"
    else:
        assert (content_of(driver.needed), leads_since(driver, before_count)) == (content_of(before), [])


def test_a_filing_as_another_category_ends_the_question() -> None:
    driver = surveyed_case().run(send_back, "wrong_category", "应为绿化", COUNTY_DISPATCHER).apply(filed(severity=2))
    assert driver.state.waiting is None
    assert roles_by_unit(driver.routed)["greens"] == "lead"


def test_late_withdrawals_do_not_hide_the_question() -> None:
    """Events of two services may cross. The withdrawn co-unit is assigned again after the question was asked again."""
    driver = surveyed_case()
    withdrawals = withdrawn_by_merge(driver, "homes")
    driver.apply(MERGED, UNDONE, *withdrawals)
    assert roles_by_unit(driver.routed) == {"homes": "co"}
    assert (driver.events[-1], driver.needed.reason) == (driver.needed, "joint_survey")


def test_the_county_decides_an_escalated_case_after_an_undone_merge() -> None:
    driver = escalated_case()
    remaining = driver.needed.due_at - driver.now
    driver.apply(MERGED)
    driver.now += LATER
    driver.apply(UNDONE)
    assert driver.needed.due_at - driver.now == remaining
    driver.run(decide_by_hand, "roads", (), "", COUNTY_DISPATCHER)
    assert roles_by_unit(driver.routed) == {"roads": "lead"}


def test_a_survey_gets_a_full_working_day_after_an_undone_merge() -> None:
    driver = surveyed_case().apply(MERGED)
    driver.now += timedelta(days=1)
    assert driver.apply(UNDONE).needed.due_at == NOON + timedelta(days=2)
