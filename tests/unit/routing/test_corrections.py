"""Corrections of filed cases: sent back to the desk, or corrected during handling."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.events.command import CaseRouted, CaseSentBack
from contracts.events.handling import ReturnAccepted, WorkCompleted
from contracts.events.supervision import ReworkOrdered
from contracts.registry import Team
from services.chassis.problems import Problem
from services.routing.domain.manual_decision import AlreadyHandled, decide_by_hand, escalate, send_back
from tests.unit.routing.case_driver import COUNTY_DISPATCHER, STREET_DISPATCHER, CaseDriver
from tests.unit.routing.sample_district import FIXED, GREENS_AND_WATER, PLAN_GAS, SAFE, entry, make_district
from tests.unit.routing.sample_events import CLERK, corrected, filed

TEAM = Team(id="joint", kind="joint", name="联合队", name_en="Joint", convenor="street-one", areas=("370522001",))


def assigned_units(driver: CaseDriver) -> list[str]:
    return [each.unit_id for each in driver.routed.assignments]


def refusal_of(driver: CaseDriver, *args: Any) -> str:
    with pytest.raises(Problem) as problem:
        driver.run(send_back, *args)
    return type(problem.value).__name__


def completed(driver: CaseDriver, unit: str) -> WorkCompleted:
    return WorkCompleted(
        dispatch_id=driver.dispatch_id(unit), unit_id=unit, role="lead", outcome="solved", note="", completed_by=CLERK
    )


def test_a_case_that_was_sent_back_waits_until_it_is_filed_again() -> None:
    """退回受理: then the list is asked again. Sending back twice changes nothing."""
    driver = CaseDriver(make_district(*GREENS_AND_WATER)).apply(filed())
    assert driver.needed.reason == "no_match"
    for _ in range(2):
        driver.run(send_back, "wrong_category", "应为绿化", STREET_DISPATCHER)
    assert [type(each) for each in driver.events[1:]] == [CaseSentBack]
    assert driver.last(CaseSentBack).note == "应为绿化"
    assert driver.state.waiting is None
    with pytest.raises(Problem):
        driver.run(decide_by_hand, "roads", (), "", STREET_DISPATCHER)
    driver.apply(filed("06011"))
    assert [each.unit_id for each in driver.routed.assignments] == ["greens", "roads"]
    assert driver.routed.round == 2


def test_only_a_case_without_lead_that_waits_for_the_caller_is_sent_back() -> None:
    about = ("unclear", "看不清")
    assert (
        refusal_of(CaseDriver(make_district(*GREENS_AND_WATER)).apply(filed("07001")), *about, STREET_DISPATCHER)
        == "NothingToDecide"
    )
    county = CaseDriver(make_district()).apply(filed(centre_id="county"))
    assert refusal_of(county, *about, STREET_DISPATCHER) == "NotYoursToDecide"
    led = CaseDriver(make_district(*GREENS_AND_WATER)).apply(filed("07001")).dispatch_all().apply(corrected("06010"))
    assert led.needed.reason == "no_match", "the lead continues while a person decides"
    assert refusal_of(led, *about, COUNTY_DISPATCHER) == "AlreadyLed"


def test_a_unit_that_returned_another_category_may_be_asked_again() -> None:
    driver = (
        CaseDriver(make_district(*GREENS_AND_WATER, TEAM)).apply(filed("07001")).dispatch_all().accept_return("water")
    )
    assert driver.needed.reason == "no_candidate_left"
    again = driver.run(send_back, "untrue", "请核实", STREET_DISPATCHER).apply(filed("07001"))
    assert again.needed.reason == "no_candidate_left", "the same category: the return still counts"
    other = again.run(send_back, "wrong_place", "在路东", STREET_DISPATCHER).apply(filed("07001", component_id="x"))
    assert [each.unit_id for each in other.routed.assignments] == ["water"]


def test_a_correction_to_the_same_units_and_limits_changes_nothing() -> None:
    driver = CaseDriver(make_district(*GREENS_AND_WATER, entry("e3", code="06010", lead="greens", co=("roads",))))
    driver.apply(filed("06011")).dispatch_all()
    before = len(driver.events)
    driver.apply(corrected("06010"))
    assert len(driver.events) == before
    assert driver.state.question_at(driver.now).category_id == "GB/matter/06010", (
        "the next question is about what it is now"
    )


def test_a_correction_to_another_unit_assigns_it_and_withdraws_the_former_ones() -> None:
    driver = CaseDriver(make_district(*GREENS_AND_WATER)).apply(filed("06011")).dispatch_all().sign("greens")
    former = {driver.dispatch_id("greens"), driver.dispatch_id("roads")}
    driver.apply(corrected("07001"))
    assert [each.unit_id for each in driver.routed.assignments] == ["water"]
    assert set(driver.routed.withdrawn) == former


def test_a_correction_during_the_assignment_is_routed_when_the_dispatches_exist() -> None:
    """Nothing can be withdrawn earlier. Several corrections lead to one decision about the latest state."""
    driver = CaseDriver(
        make_district(*GREENS_AND_WATER, entry("e3", code="06010", lead="greens", co=("roads",)))
    ).apply(filed("06011"))
    first = driver.routed
    driver.apply(corrected("07001"), corrected("07001", severity=3))
    assert driver.events == [first]
    driver.dispatch_all()
    assert [each.unit_id for each in driver.routed.assignments] == ["water"]
    assert (driver.routed.round, set(driver.routed.withdrawn)) == (
        2,
        {driver.dispatch_id("greens"), driver.dispatch_id("roads")},
    )
    driver.apply(corrected("06011"))
    assert driver.routed.round == 2, "the new lead's dispatch does not exist yet"
    water = driver.dispatch_id("water")
    driver.dispatch_all()
    assert (driver.routed.round, assigned_units(driver)) == (3, ["greens", "roads"])
    assert {water, driver.dispatch_id("greens", 1)} <= set(driver.routed.withdrawn)
    back = CaseDriver(driver.district).apply(filed("06011"), corrected("07001"), corrected("06010"))
    assert len(back.dispatch_all().events) == 1, "corrected back: the same units keep their dispatches"


def test_a_return_by_the_former_lead_leads_to_no_decision() -> None:
    driver = (
        CaseDriver(make_district(*GREENS_AND_WATER))
        .apply(filed("06011"))
        .dispatch_all()
        .sign("greens")
        .apply(corrected("07001"))
    )
    for dispatched in (False, True):
        if dispatched:
            driver.dispatch_all()
        before = len(driver.events)
        driver.apply(
            ReturnAccepted(
                dispatch_id=driver.dispatch_id("greens", 1),
                unit_id="greens",
                role="lead",
                reason="not_our_function",
                decided_by=CLERK,
            )
        )
        assert len(driver.events) == before


def test_a_correction_to_other_limits_assigns_the_same_units_with_them() -> None:
    driver = CaseDriver(make_district(*GREENS_AND_WATER)).apply(filed("06011")).dispatch_all()
    former = {driver.dispatch_id("greens"), driver.dispatch_id("roads")}
    longer = FIXED.model_copy(update={"amount": 9})
    driver.apply(corrected("06011", milestones=(SAFE, longer)))
    assert [each.unit_id for each in driver.routed.assignments] == ["greens", "roads"]
    assert set(driver.routed.withdrawn) == former
    assert driver.state.question_at(driver.now).milestones == (SAFE, longer)


def test_a_correction_to_an_emergency_starts_its_plan() -> None:
    driver = (
        CaseDriver(make_district(*GREENS_AND_WATER, PLAN_GAS, entry("e9", code="05001", lead="gas")))
        .apply(filed("07001"))
        .dispatch_all()
    )
    driver.apply(corrected("05001", emergency=True))
    assert {each.unit_id: each.role for each in driver.routed.assignments} == {
        "gas": "lead",
        "mobile": "first_response",
        "fire": "first_response",
    }


def test_a_correction_after_completion_assigns_nobody_until_a_rework() -> None:
    driver = CaseDriver(make_district(*GREENS_AND_WATER)).apply(filed("06011")).dispatch_all()
    driver.apply(completed(driver, "greens"))
    rounds = len([each for each in driver.events if isinstance(each, CaseRouted)])
    driver.apply(corrected("07001"))
    assert len([each for each in driver.events if isinstance(each, CaseRouted)]) == rounds
    driver.apply(
        ReworkOrdered(
            dispatch_id=driver.dispatch_id("greens"),
            unit_id="greens",
            round=1,
            reason="recheck_failed",
            note="",
            milestones=(),
        )
    )
    assert driver.apply(corrected("07001", severity=3)).routed.assignments[0].unit_id == "water"


def test_an_assignment_that_was_never_created_does_not_block_a_later_correction() -> None:
    """Dispatch creates nothing for a completed case. After a rework the list is asked about the latest state."""
    driver = CaseDriver(make_district(*GREENS_AND_WATER)).apply(filed("06011")).dispatch_all().apply(corrected("06010"))
    lead = completed(driver, "greens")
    driver.run(decide_by_hand, "roads", (), "", STREET_DISPATCHER).apply(lead)
    again = {"dispatch_id": lead.dispatch_id, "unit_id": "greens", "round": 1, "reason": "recheck_failed"}
    driver.apply(ReworkOrdered.model_validate({**again, "note": "", "milestones": ()}))
    assert assigned_units(driver.apply(corrected("07001"))) == ["water"]


def test_after_completion_no_decision_is_possible_and_the_refusal_lists_what_is() -> None:
    """A question that a correction had raised ends with the completion, too."""
    driver = CaseDriver(make_district(*GREENS_AND_WATER)).apply(filed("06011")).dispatch_all().apply(corrected("06010"))
    assert driver.state.waiting is not None
    driver.apply(completed(driver, "greens"))
    assert (driver.state.waiting, driver.state.question_outcome) == (None, "handled")
    for act, about in (
        (decide_by_hand, ("roads", (), "")),
        (decide_by_hand, ("greens", ("roads",), "")),
        (escalate, ()),
    ):
        with pytest.raises(AlreadyHandled) as refused:
            driver.run(act, *about, STREET_DISPATCHER)
        assert refused.value.members["elsewhere"] == ["attach", "void", "correct", "claim", "close", "force-close"]


def test_a_late_completion_of_an_earlier_round_completes_nothing() -> None:
    driver = CaseDriver(make_district(*GREENS_AND_WATER)).apply(filed("06011")).dispatch_all()
    late = completed(driver, "greens")
    again = {"dispatch_id": late.dispatch_id, "unit_id": "greens", "round": 1, "reason": "by_hand"}
    driver.apply(ReworkOrdered.model_validate({**again, "note": "", "milestones": ()}), late)
    assert not driver.state.handled
    assert driver.apply(late.model_copy(update={"rework_round": 1})).state.handled


def test_a_plan_calls_each_responder_once() -> None:
    """Corrected to another category and back: the first responders still have their dispatches."""
    driver = CaseDriver(make_district(*GREENS_AND_WATER, PLAN_GAS, entry("e9", code="05001", lead="gas"))).apply(
        filed("05001", emergency=True)
    )
    driver.dispatch_all().apply(corrected("07001")).dispatch_all().apply(corrected("05001", emergency=True))
    assert assigned_units(driver) == ["gas"]


def test_a_second_filing_without_being_sent_back_changes_nothing() -> None:
    """A replay says nothing new."""
    driver = CaseDriver(make_district(*GREENS_AND_WATER)).apply(filed("07001"))
    before = list(driver.events)
    assert driver.apply(filed("06011")).events == before
