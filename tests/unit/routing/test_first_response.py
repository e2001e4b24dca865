"""Mobile teams that a person sends ahead 先行处置, beside the lead."""

from __future__ import annotations

import pytest

from contracts.events.acceptance import CaseVoided
from contracts.events.command import CaseRouted
from contracts.events.handling import WorkCompleted
from services.chassis.auth import Caller
from services.chassis.problems import Problem
from services.routing.domain.first_response import UnitCannotBeSent, send_ahead
from services.routing.domain.handover import CaseOver, NothingToCancel, NotYoursToHandOver, cancel
from services.routing.domain.manual_decision import CaseUnknown
from tests.unit.routing.case_driver import COUNTY_DISPATCHER, STREET_DISPATCHER, CaseDriver
from tests.unit.routing.sample_district import COMMUNITY, PLAN_PERSON, SAFE, entry, make_district
from tests.unit.routing.sample_district import unit as named
from tests.unit.routing.sample_events import CLERK, filed

SERVICES = {"fire": named("fire", agency="119")}
CONFIDENTIAL = {"code": "15002", "confidential": True, "community": COMMUNITY}


def driver_with_plan(**fields: object) -> CaseDriver:
    return CaseDriver(
        make_district(PLAN_PERSON, entry("a", lead="greens"), entry("p", code="15002", lead="greens"), units=SERVICES)
    ).apply(filed(**fields))


def test_a_mobile_team_is_sent_beside_the_lead_with_the_first_milestone() -> None:
    """The decision has its own rule and reason. Repeating it changes nothing, and it can be cancelled."""
    found = driver_with_plan().dispatch_all()
    found.run(send_ahead, "mobile", "先设围挡", "紧邻学校", STREET_DISPATCHER)
    found.run(
        send_ahead, "mobile", "先设围挡", "紧邻学校", STREET_DISPATCHER
    ).dispatch_all()  # before its dispatch exists
    found.run(send_ahead, "mobile", "先设围挡", "紧邻学校", STREET_DISPATCHER)
    routed = [each for each in found.events if isinstance(each, CaseRouted)]
    assert [(each.rule, each.round) for each in routed] == [("responsibility_list", 1), ("first_response", 2)]
    (order,) = found.routed.assignments
    assert (order.unit_id, order.role, order.milestones, order.instructions) == (
        "mobile",
        "first_response",
        (SAFE,),
        "先设围挡",
    )
    assert "理由：紧邻学校" in found.routed.explanation
    assert found.routed.withdrawn == ()
    assert found.state.has_lead
    found.run(cancel, found.dispatch_id("mobile"), "已围挡", STREET_DISPATCHER)
    assert (found.routed.rule, found.routed.withdrawn) == ("first_response", (found.dispatch_id("mobile"),))


def test_a_team_that_completed_may_be_sent_again_but_not_cancelled() -> None:
    found = driver_with_plan().dispatch_all().run(send_ahead, "mobile", "", "x", COUNTY_DISPATCHER).dispatch_all()
    first = found.dispatch_id("mobile")
    done = WorkCompleted(
        dispatch_id=first, unit_id="mobile", role="first_response", outcome="solved", note="", completed_by=CLERK
    )
    found.apply(done)
    with pytest.raises(NothingToCancel):
        found.run(cancel, first, "x", COUNTY_DISPATCHER)
    found.run(send_ahead, "mobile", "", "again", COUNTY_DISPATCHER).dispatch_all()
    assert found.dispatch_id("mobile") != first
    assert found.state.has_lead


def test_a_team_may_be_sent_before_a_lead_is_found_and_the_question_stays_open() -> None:
    found = CaseDriver(make_district()).apply(filed())
    assert found.state.waiting is not None
    found.run(send_ahead, "mobile", "", "路面塌陷", COUNTY_DISPATCHER)
    assert found.state.waiting is not None
    assert found.routed.is_supplementary
    assert found.routed.assignments[0].instructions.startswith("先行处置")


@pytest.mark.parametrize(
    ("unit", "why"),
    [
        ("fire", "hand-over"),
        ("homes", "not dispatched"),
        ("greens", "a dispatch of this case"),
        ("street-two", "does not work in this area"),
        ("nobody", "not a responsible unit"),
    ],
)
def test_an_impossible_unit_is_refused_with_the_possible_ones(unit: str, why: str) -> None:
    with pytest.raises(UnitCannotBeSent) as refused:
        driver_with_plan().dispatch_all().run(send_ahead, unit, "", "x", COUNTY_DISPATCHER)
    assert why in str(refused.value.members["reason_en"])
    assert refused.value.members["possible"] == "mobile"


@pytest.mark.parametrize(
    ("caller", "problem"),
    [
        (Caller(kind="account", id="d", roles=frozenset({"dispatcher"}), areas=("370522002",)), CaseUnknown),
        (Caller(kind="account", id="c", roles=frozenset({"unit_clerk"})), NotYoursToHandOver),
        (COUNTY_DISPATCHER, CaseOver),
    ],
)
def test_only_a_dispatcher_of_the_area_sends_a_team_and_only_to_an_open_case(
    caller: Caller, problem: type[Problem]
) -> None:
    found = driver_with_plan().dispatch_all()
    if problem is CaseOver:
        found.apply(CaseVoided(note="", decided_by=CLERK))
    with pytest.raises(problem):
        found.run(send_ahead, "mobile", "", "x", caller)


def test_a_team_is_sent_to_a_confidential_case_only_by_its_plan_and_without_text() -> None:
    found = driver_with_plan(**CONFIDENTIAL).dispatch_all()
    with pytest.raises(UnitCannotBeSent):
        found.run(send_ahead, "roads", "", "老人独居", COUNTY_DISPATCHER)
    found.run(send_ahead, "mobile", "敲门找老人", "老人独居", COUNTY_DISPATCHER)
    assert "老人" not in found.routed.model_dump_json()
