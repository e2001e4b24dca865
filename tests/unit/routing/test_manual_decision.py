"""Manual decisions: what a person may decide, and what even a person may not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.base import Event
from contracts.events.acceptance import CaseAttached, CaseVoided
from contracts.events.command import HandoverTarget
from contracts.events.supervision import CaseClosed
from contracts.registry import Team
from services.chassis.problems import Problem
from services.routing.domain.handover import hand_over
from services.routing.domain.manual_decision import (
    CaseUnknown,
    CountyAlreadyCalled,
    NoCentreAbove,
    NothingToDecide,
    NotYoursToDecide,
    UnitMayNotJoin,
    UnitMayNotLead,
    decide_by_hand,
    escalate,
    send_back,
)
from services.routing.domain.possible_actions import actions_elsewhere
from tests.unit.routing.case_driver import CONVENOR, COUNTY_DISPATCHER, STREET_DISPATCHER, CaseDriver
from tests.unit.routing.sample_district import entry, major, make_district
from tests.unit.routing.sample_events import CASE, CLERK, filed

NEGATIVE_ENTRY = entry("never", match=major("06"), excluded_kinds=("property_company",), excluded=("street-one",))
TEAM = Team(id="joint-one", kind="joint", name="队", name_en="team", convenor="street-one", areas=("370522001",))
TWO_CANDIDATES = (entry("a", area="370522001001", lead="greens"), entry("b", lead="roads"))


def waiting_case(**fields: object) -> CaseDriver:
    """Return a case that the list cannot assign."""
    return CaseDriver(make_district(NEGATIVE_ENTRY, TEAM)).apply(filed(**fields))


def disputed_case() -> CaseDriver:
    """Return a case that two units have returned."""
    driver = (
        CaseDriver(make_district(*TWO_CANDIDATES, TEAM))
        .apply(filed())
        .dispatch_all()
        .sign("greens")
        .accept_return("greens")
    )
    return driver.dispatch_all().sign("roads").accept_return("roads")


def test_the_dispatcher_names_lead_and_co_units_and_the_gap_is_recorded() -> None:
    driver = waiting_case().run(decide_by_hand, "roads", ("homes", "homes", "roads"), "归道路养护", STREET_DISPATCHER)
    routed = driver.routed
    assert {each.unit_id: each.role for each in routed.assignments} == {"roads": "lead", "homes": "co"}
    assert (routed.rule, routed.gap, routed.round) == ("dispatcher", True, 1)
    assert routed.decided_by.id == "d1"
    assert "归道路养护" in routed.explanation
    assert driver.state.waiting is None


def test_repeating_a_decision_changes_nothing_and_another_decision_is_refused() -> None:
    driver = waiting_case().run(decide_by_hand, "roads", (), "", STREET_DISPATCHER)
    before = len(driver.events)
    assert len(driver.run(decide_by_hand, "roads", (), "", STREET_DISPATCHER).events) == before
    with pytest.raises(NothingToDecide):
        driver.run(decide_by_hand, "greens", (), "", STREET_DISPATCHER)


@pytest.mark.parametrize("lead", ["homes", "street-one", "street-two", "officer-7"])
def test_a_manual_lead_must_respect_negative_entries_and_areas(lead: str) -> None:
    """The refusal lists the possible units, without the excluded ones."""
    with pytest.raises(UnitMayNotLead) as refused:
        waiting_case().run(decide_by_hand, lead, (), "", STREET_DISPATCHER)
    may = refused.value.members["possible"].split(", ")
    assert "roads" in may
    assert not {"homes", "street-one", "street-two", "officer-7"} & set(may)


@pytest.mark.parametrize(("unit", "role"), [("homes", "lead"), ("street-two", "co")])
def test_an_accepted_return_does_not_lift_a_negative_entry_or_an_area(unit: str, role: str) -> None:
    """A person may only name a unit again that returned the case."""
    driver = waiting_case()
    driver.state.returned = driver.state.returned_as_lead = (unit, "greens")
    lead, co = (unit, ()) if role == "lead" else ("roads", (unit,))
    with pytest.raises(UnitMayNotLead if role == "lead" else UnitMayNotJoin):
        driver.run(decide_by_hand, lead, co, "", STREET_DISPATCHER)
    driver.run(decide_by_hand, "greens", (), "", STREET_DISPATCHER)
    assert driver.routed.assignments[0].unit_id == "greens"


def test_a_unit_of_another_area_cannot_join() -> None:
    with pytest.raises(UnitMayNotJoin) as refused:
        waiting_case().run(decide_by_hand, "roads", ("street-two",), "", STREET_DISPATCHER)
    may = refused.value.members["possible"].split(", ")
    assert "greens" in may
    assert not {"roads", "street-two"} & set(may)


def test_a_confidential_case_goes_to_one_unit_and_the_reason_stays_out_of_the_event() -> None:
    driver = CaseDriver(make_district()).apply(filed("15001", confidential=True))
    with pytest.raises(UnitMayNotJoin):
        driver.run(decide_by_hand, "police", ("greens",), "", STREET_DISPATCHER)
    driver.run(decide_by_hand, "police", (), "某某家中", STREET_DISPATCHER)
    assert "某某" not in driver.routed.to_bytes().decode()


def test_a_street_decides_its_own_queue_and_escalates_once() -> None:
    driver = waiting_case()
    with pytest.raises(NotYoursToDecide):
        CaseDriver(make_district()).apply(filed(centre_id="centre-two")).run(
            decide_by_hand, "roads", (), "", STREET_DISPATCHER
        )
    driver.run(escalate, STREET_DISPATCHER)
    assert (driver.needed.queue, driver.needed.reason, driver.needed.gap) == ("county", "no_match", True)
    before = len(driver.events)
    assert len(driver.run(escalate, STREET_DISPATCHER).events) == before
    with pytest.raises(NotYoursToDecide):
        driver.run(decide_by_hand, "roads", (), "", STREET_DISPATCHER)
    assert driver.run(decide_by_hand, "roads", (), "", COUNTY_DISPATCHER).routed.gap


def test_a_later_decision_about_the_case_cannot_be_escalated_again() -> None:
    driver = waiting_case().run(escalate, STREET_DISPATCHER).run(decide_by_hand, "roads", (), "", COUNTY_DISPATCHER)
    driver.dispatch_all().accept_return("roads")
    with pytest.raises(CountyAlreadyCalled):
        driver.run(escalate, STREET_DISPATCHER)


def test_the_county_has_no_centre_above() -> None:
    with pytest.raises(NoCentreAbove):
        CaseDriver(make_district()).apply(filed(centre_id="county")).run(escalate, COUNTY_DISPATCHER)


def test_the_convenor_or_the_dispatcher_decides_after_a_joint_survey() -> None:
    """The convenor decides nothing else. A returned unit may be named again."""
    driver = disputed_case().run(decide_by_hand, "greens", (), "现场确认", CONVENOR)
    assert driver.routed.rule == "joint_survey"
    assert set(driver.routed.withdrawn) == {driver.dispatch_id("greens", 1), driver.dispatch_id("roads", 2)}
    assert disputed_case().run(decide_by_hand, "water", (), "", COUNTY_DISPATCHER).routed.rule == "joint_survey"
    with pytest.raises(CaseUnknown):
        waiting_case().run(decide_by_hand, "roads", (), "", CONVENOR)


@pytest.mark.parametrize("action", [(decide_by_hand, "roads", (), ""), (escalate,), (send_back, "unclear", "看不清")])
def test_an_invisible_case_is_refused_like_an_unknown_one(action: tuple[Any, ...]) -> None:
    """The refusal must not tell whether or by whom the case was decided."""
    other_street = replace(STREET_DISPATCHER, areas=("370522002",))
    for foreign in (waiting_case(), CaseDriver(make_district(*TWO_CANDIDATES)).apply(filed())):
        with pytest.raises(CaseUnknown) as hidden:
            foreign.run(*action, other_street)
        unknown = CaseDriver(make_district())
        with pytest.raises(CaseUnknown) as absent:
            unknown.run(*action, other_street)
        assert hidden.value.text("zh") == absent.value.text("zh")


def test_a_decision_about_an_unknown_or_decided_case_is_refused() -> None:
    with pytest.raises(CaseUnknown):
        CaseDriver(make_district()).run(decide_by_hand, "roads", (), "", STREET_DISPATCHER)
    with pytest.raises(CaseUnknown):
        CaseDriver(make_district()).run(escalate, STREET_DISPATCHER)
    with pytest.raises(NothingToDecide):
        CaseDriver(make_district(*TWO_CANDIDATES)).apply(filed()).run(escalate, STREET_DISPATCHER)


def refusal_of(driver: CaseDriver, step: Any, *args: Any) -> tuple[list[str], list[str], str]:
    """Return what the refusal contains: the caller's own actions, actions of others, and the English title."""
    with pytest.raises(Problem) as problem:
        driver.run(step, *args)
    members = problem.value.members
    return members["possible"], members.get("elsewhere", []), problem.value.text("en")


def test_a_refusal_lists_what_is_possible_instead() -> None:
    """While the case waits it lists the caller's own decisions, otherwise how others can make it wait again."""
    to_roads = (decide_by_hand, "roads", (), "", COUNTY_DISPATCHER)
    led = CaseDriver(make_district(*TWO_CANDIDATES)).apply(filed())
    assert refusal_of(led, *to_roads)[:2] == ([], ["request-return"]), "the dispatch is not created yet"
    own_actions, others, title = refusal_of(led.dispatch_all(), *to_roads)
    assert (own_actions, others, title) == (
        [],
        ["request-return"],
        "This case waits for no decision. Its lead is greens office. To assign another unit: request a return.",
    )
    assert refusal_of(led.sign("greens"), *to_roads)[:2] == ([], ["request-return"])
    assert refusal_of(CaseDriver(make_district()).apply(filed(centre_id="county")), escalate, COUNTY_DISPATCHER)[0] == [
        "decide",
        "send-back",
    ]
    again = waiting_case().run(escalate, STREET_DISPATCHER).run(decide_by_hand, "roads", (), "", COUNTY_DISPATCHER)
    again.dispatch_all().accept_return("roads")
    assert refusal_of(again, escalate, STREET_DISPATCHER)[0] == ["decide", "send-back"]


@pytest.mark.parametrize(
    ("ended", "can"),
    [
        (CaseVoided(note="", decided_by=CLERK), []),
        (CaseClosed(outcome="solved", closing_condition_met=True, closed_by=CLERK), ["reopen"]),
        (CaseAttached(host_case_id=CASE, host_case_number="LJ-9", rule="merged", decided_by=CLERK), ["detach"]),
    ],
    ids=["voided", "closed", "attached"],
)
def test_the_refusal_about_an_ended_case_lists_only_what_reopens_it(ended: Event, can: list[str]) -> None:
    driver = CaseDriver(make_district(*TWO_CANDIDATES)).apply(filed(), ended)
    assert refusal_of(driver, decide_by_hand, "roads", (), "", COUNTY_DISPATCHER)[:2] == ([], can)
    assert refusal_of(driver, hand_over, "fire", "joint", "", None, COUNTY_DISPATCHER)[:2] == ([], can)


def test_a_leading_emergency_service_can_refuse_the_hand_over_instead_of_returning_it() -> None:
    driver = CaseDriver(make_district(*TWO_CANDIDATES)).apply(filed()).dispatch_all()
    (order,) = driver.state.dispatches.values()
    order.handover = HandoverTarget(agency="119")
    assert actions_elsewhere(driver.state) == ["refuse-handover"]
