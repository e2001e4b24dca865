"""What people may decide, and what even they may not."""

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
from tests.unit.routing.desk import CASE, CLERK, CONVENOR, COUNTY_DISPATCHER, STREET_DISPATCHER, Desk, filed
from tests.unit.routing.town import entry, major, town

BAN = entry("never", match=major("06"), excluded_kinds=("property_company",), excluded=("street-one",))
TEAM = Team(id="joint-one", kind="joint", name="队", name_en="team", convenor="street-one", areas=("370522001",))
TWO = (entry("a", area="370522001001", lead="greens"), entry("b", lead="roads"))


def waiting(**fields: object) -> Desk:
    """A case that the list could not place."""
    return Desk(town(BAN, TEAM)).say(filed(**fields))


def disputed() -> Desk:
    """A case that two units have given back."""
    desk = Desk(town(*TWO, TEAM)).say(filed()).dispatch_all().sign("greens").give_back("greens")
    return desk.dispatch_all().sign("roads").give_back("roads")


def test_the_dispatcher_names_lead_and_co_units_and_the_gap_stays_noted() -> None:
    desk = waiting().do(decide_by_hand, "roads", ("homes", "homes", "roads"), "归道路养护", STREET_DISPATCHER)
    routed = desk.routed
    assert {each.unit_id: each.role for each in routed.assignments} == {"roads": "lead", "homes": "co"}
    assert (routed.rule, routed.gap, routed.round) == ("dispatcher", True, 1)
    assert routed.decided_by.id == "d1"
    assert "归道路养护" in routed.explanation
    assert desk.state.waiting is None


def test_repeating_a_decision_changes_nothing_and_another_is_refused() -> None:
    desk = waiting().do(decide_by_hand, "roads", (), "", STREET_DISPATCHER)
    said = len(desk.said)
    assert len(desk.do(decide_by_hand, "roads", (), "", STREET_DISPATCHER).said) == said
    with pytest.raises(NothingToDecide):
        desk.do(decide_by_hand, "greens", (), "", STREET_DISPATCHER)


@pytest.mark.parametrize("lead", ["homes", "street-one", "street-two", "officer-7"])
def test_negative_entries_and_areas_bind_people_too(lead: str) -> None:
    """The refusal names units that may, and none of those that it binds."""
    with pytest.raises(UnitMayNotLead) as refused:
        waiting().do(decide_by_hand, lead, (), "", STREET_DISPATCHER)
    may = refused.value.members["possible"].split(", ")
    assert "roads" in may
    assert not {"homes", "street-one", "street-two", "officer-7"} & set(may)


@pytest.mark.parametrize(("unit", "role"), [("homes", "lead"), ("street-two", "co")])
def test_a_negative_entry_and_an_area_bind_also_after_a_return(unit: str, role: str) -> None:
    """That it gave something back once is no way around the list: people go over that, and over nothing else."""
    desk = waiting()
    desk.state.returned = desk.state.returned_as_lead = (unit, "greens")
    lead, co = (unit, ()) if role == "lead" else ("roads", (unit,))
    with pytest.raises(UnitMayNotLead if role == "lead" else UnitMayNotJoin):
        desk.do(decide_by_hand, lead, co, "", STREET_DISPATCHER)
    desk.do(decide_by_hand, "greens", (), "", STREET_DISPATCHER)
    assert desk.routed.assignments[0].unit_id == "greens"


def test_a_unit_that_works_elsewhere_cannot_join() -> None:
    with pytest.raises(UnitMayNotJoin) as refused:
        waiting().do(decide_by_hand, "roads", ("street-two",), "", STREET_DISPATCHER)
    may = refused.value.members["possible"].split(", ")
    assert "greens" in may
    assert not {"roads", "street-two"} & set(may)


def test_a_confidential_case_is_given_to_one_unit_and_keeps_the_persons_words_to_itself() -> None:
    desk = Desk(town()).say(filed("15001", confidential=True))
    with pytest.raises(UnitMayNotJoin):
        desk.do(decide_by_hand, "police", ("greens",), "", STREET_DISPATCHER)
    desk.do(decide_by_hand, "police", (), "某某家中", STREET_DISPATCHER)
    assert "某某" not in desk.routed.to_bytes().decode()


def test_a_street_decides_its_own_queue_and_calls_the_county_once() -> None:
    desk = waiting()
    with pytest.raises(NotYoursToDecide):
        Desk(town()).say(filed(centre_id="centre-two")).do(decide_by_hand, "roads", (), "", STREET_DISPATCHER)
    desk.do(escalate, STREET_DISPATCHER)
    assert (desk.needed.queue, desk.needed.reason, desk.needed.gap) == ("county", "no_match", True)
    said = len(desk.said)
    assert len(desk.do(escalate, STREET_DISPATCHER).said) == said
    with pytest.raises(NotYoursToDecide):
        desk.do(decide_by_hand, "roads", (), "", STREET_DISPATCHER)
    assert desk.do(decide_by_hand, "roads", (), "", COUNTY_DISPATCHER).routed.gap


def test_a_later_question_of_the_same_case_cannot_call_the_county_again() -> None:
    desk = waiting().do(escalate, STREET_DISPATCHER).do(decide_by_hand, "roads", (), "", COUNTY_DISPATCHER)
    desk.dispatch_all().give_back("roads")
    with pytest.raises(CountyAlreadyCalled):
        desk.do(escalate, STREET_DISPATCHER)


def test_there_is_nobody_above_the_county() -> None:
    with pytest.raises(NoCentreAbove):
        Desk(town()).say(filed(centre_id="county")).do(escalate, COUNTY_DISPATCHER)


def test_the_survey_names_the_lead_there_by_the_convenor_or_the_dispatcher() -> None:
    """The convenor may decide a survey and nothing else; returned units may be named: people may know better."""
    desk = disputed().do(decide_by_hand, "greens", (), "现场确认", CONVENOR)
    assert desk.routed.rule == "joint_survey"
    assert set(desk.routed.withdrawn) == {desk.order("greens", 1), desk.order("roads", 2)}
    assert disputed().do(decide_by_hand, "water", (), "", COUNTY_DISPATCHER).routed.rule == "joint_survey"
    with pytest.raises(CaseUnknown):
        waiting().do(decide_by_hand, "roads", (), "", CONVENOR)


@pytest.mark.parametrize("act", [(decide_by_hand, "roads", (), ""), (escalate,), (send_back, "unclear", "看不清")])
def test_a_decision_about_a_foreign_case_answers_like_one_about_an_unknown_case(act: tuple[Any, ...]) -> None:
    """Not that it is decided already, nor by whom, nor whose queue it is in."""
    stranger = replace(STREET_DISPATCHER, areas=("370522002",))
    for foreign in (waiting(), Desk(town(*TWO)).say(filed())):
        with pytest.raises(CaseUnknown) as hidden:
            foreign.do(*act, stranger)
        unknown = Desk(town())
        with pytest.raises(CaseUnknown) as absent:
            unknown.do(*act, stranger)
        assert hidden.value.text("zh") == absent.value.text("zh")


def test_what_routing_does_not_know_or_nobody_asks_is_refused() -> None:
    with pytest.raises(CaseUnknown):
        Desk(town()).do(decide_by_hand, "roads", (), "", STREET_DISPATCHER)
    with pytest.raises(CaseUnknown):
        Desk(town()).do(escalate, STREET_DISPATCHER)
    with pytest.raises(NothingToDecide):
        Desk(town(*TWO)).say(filed()).do(escalate, STREET_DISPATCHER)


@pytest.mark.parametrize(
    "kind",
    [
        CaseUnknown,
        CountyAlreadyCalled,
        NoCentreAbove,
        NothingToDecide,
        NotYoursToDecide,
        UnitMayNotJoin,
        UnitMayNotLead,
    ],
)
def test_every_refusal_speaks_both_languages(kind: type[Problem]) -> None:
    assert kind().text("zh") != kind().text("en")


def refused(desk: Desk, step: Any, *args: Any) -> tuple[list[str], list[str], str]:
    """What the refusal says: what the caller could do, what others, and the title in English."""
    with pytest.raises(Problem) as problem:
        desk.do(step, *args)
    members = problem.value.members
    return members["possible"], members.get("elsewhere", []), problem.value.text("en")


def test_a_refusal_says_what_the_table_of_transitions_allows_instead() -> None:
    """With its words: the caller's own decisions while the case waits, else how others bring it before a person
    again.
    """
    to_roads = (decide_by_hand, "roads", (), "", COUNTY_DISPATCHER)
    led = Desk(town(*TWO)).say(filed())
    assert refused(led, *to_roads)[:2] == ([], ["request-return"]), "the order is on its way"
    can, others, told = refused(led.dispatch_all(), *to_roads)
    assert (can, others, told) == (
        [],
        ["request-return"],
        "This case waits for no decision. Its lead is greens office. To assign another unit: request a return.",
    )
    assert refused(led.sign("greens"), *to_roads)[:2] == ([], ["request-return"])
    assert refused(Desk(town()).say(filed(centre_id="county")), escalate, COUNTY_DISPATCHER)[0] == [
        "decide",
        "send-back",
    ]
    again = waiting().do(escalate, STREET_DISPATCHER).do(decide_by_hand, "roads", (), "", COUNTY_DISPATCHER)
    again.dispatch_all().give_back("roads")
    assert refused(again, escalate, STREET_DISPATCHER)[0] == ["decide", "send-back"]


@pytest.mark.parametrize(
    ("ended", "can"),
    [
        (CaseVoided(note="", decided_by=CLERK), []),
        (CaseClosed(outcome="solved", closing_condition_met=True, closed_by=CLERK), ["reopen"]),
        (CaseAttached(host_case_id=CASE, host_case_number="LJ-9", rule="merged", decided_by=CLERK), ["detach"]),
    ],
    ids=["voided", "closed", "attached"],
)
def test_of_a_case_that_has_ended_only_what_opens_it_again(ended: Event, can: list[str]) -> None:
    desk = Desk(town(*TWO)).say(filed(), ended)
    assert refused(desk, decide_by_hand, "roads", (), "", COUNTY_DISPATCHER)[:2] == ([], can)
    assert refused(desk, hand_over, "fire", "joint", "", None, COUNTY_DISPATCHER)[:2] == ([], can)


def test_an_emergency_service_that_leads_refuses_rather_than_returns() -> None:
    desk = Desk(town(*TWO)).say(filed()).dispatch_all()
    (order,) = desk.state.dispatches.values()
    order.handover = HandoverTarget(agency="119")
    assert actions_elsewhere(desk.state) == ["refuse-handover"]
