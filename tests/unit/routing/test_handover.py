"""Hand-overs 移交 by a plan or by a person, and what a refusal means for the case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.events.command import CaseDispatched, CaseRouted, HandoverTarget
from contracts.events.handling import HandoverRefused, PhoneEntry
from contracts.registry import Plan
from services.chassis.auth import Caller
from services.chassis.problems import Problem
from services.routing.domain.decide import decide
from services.routing.domain.handover import (
    CaseOver,
    ConfidentialHandover,
    NoEmergencyService,
    NothingToCancel,
    NotYoursToHandOver,
    PhoneCallInFuture,
    cancel,
    hand_over,
)
from services.routing.domain.index import ListIndex
from services.routing.domain.manual_decision import CaseUnknown
from tests.unit.routing.case_driver import COUNTY_DISPATCHER, CaseDriver
from tests.unit.routing.sample_district import COMMUNITY, NOON, PLAN_GAS, entry, make_district, make_question
from tests.unit.routing.sample_district import unit as named
from tests.unit.routing.sample_events import CLERK, filed

SERVICES = {"fire": named("fire", agency="119"), "police": named("police", agency="110")}
CALL = PhoneEntry(contact="119 指挥中心 07 席", at=NOON)
PERSON = Plan(
    id="plan-person",
    name="人身安全预案",
    name_en="Person in danger",
    categories=("GB/matter/15002",),
    first_response="mobile-team",
    agencies=("police",),
)


def driver_with_services(*entries: Any, **fields: Any) -> CaseDriver:
    found = CaseDriver(make_district(entry("a", lead="greens"), *entries, units=SERVICES))
    return found.apply(filed(**fields)).dispatch_all()


def handovers(routed: CaseRouted) -> dict[str, HandoverTarget | None]:
    return {each.unit_id: each.handover for each in routed.assignments}


def test_a_plan_hands_over_to_its_agencies_whatever_their_role() -> None:
    """The fire brigade gets a hand-over as first responder and as lead."""
    for lead in ("roads", "fire"):
        index = ListIndex(make_district(PLAN_GAS, entry("a", code="05001", lead=lead), units=SERVICES))
        found = {each.unit_id: each.handover for each in decide(index, make_question("05001")).assignments}
        assert found["fire"] == HandoverTarget(agency="119")
        assert found["mobile"] is None
        assert found["gas"] is None


def test_an_ordinary_dispatch_to_an_emergency_service_is_not_a_hand_over() -> None:
    index = ListIndex(make_district(entry("a", lead="fire"), units=SERVICES))
    assert decide(index, make_question()).assignments[0].handover is None


def test_a_person_hands_over_to_an_emergency_service_beside_the_lead() -> None:
    found = driver_with_services().run(hand_over, "fire", "transfer", "请接处", CALL, COUNTY_DISPATCHER)
    routed = found.routed
    assert (routed.rule, routed.round, routed.withdrawn) == ("handover", 2, ())
    assert handovers(routed) == {"fire": HandoverTarget(agency="119", mode="transfer", by_phone=CALL)}
    assert routed.assignments[0].role == "first_response"
    assert found.state.chosen_units is not None
    assert found.state.chosen_units.lead == "greens"


def test_repeating_a_hand_over_changes_nothing() -> None:
    found = driver_with_services().run(hand_over, "fire", "joint", "", None, COUNTY_DISPATCHER)
    (assignment,) = found.routed.assignments
    found.apply(
        CaseDispatched(
            dispatch_id=found.dispatch_id("fire"),
            unit_id="fire",
            role="first_response",
            round=2,
            milestones=(),
            sign_due_at=NOON,
            handover=assignment.handover,
        )
    )
    before = len(found.events)
    found.run(hand_over, "fire", "joint", "", None, COUNTY_DISPATCHER)
    assert len(found.events) == before


def test_repeating_a_hand_over_before_its_dispatch_exists_changes_nothing() -> None:
    """Another mode of hand-over is a new one."""
    found = driver_with_services().run(hand_over, "fire", "joint", "", None, COUNTY_DISPATCHER)
    before = len(found.events)
    found.run(hand_over, "fire", "joint", "请接处", None, COUNTY_DISPATCHER)
    assert len(found.events) == before
    found.run(hand_over, "fire", "transfer", "", CALL, COUNTY_DISPATCHER)
    assert len(found.events) == before + 1


@pytest.mark.parametrize(
    ("unit", "by_phone", "caller", "problem"),
    [
        ("greens", None, COUNTY_DISPATCHER, NoEmergencyService),
        ("nobody", None, COUNTY_DISPATCHER, NoEmergencyService),
        ("fire", PhoneEntry(contact="07 席", at=NOON + timedelta(minutes=5)), COUNTY_DISPATCHER, PhoneCallInFuture),
        (
            "fire",
            None,
            Caller(kind="account", id="d", roles=frozenset({"dispatcher"}), areas=("370522002",)),
            CaseUnknown,
        ),
        ("fire", None, Caller(kind="account", id="c", roles=frozenset({"unit_clerk"})), NotYoursToHandOver),
    ],
)
def test_an_impossible_hand_over_is_refused(
    unit: str, by_phone: PhoneEntry | None, caller: Caller, problem: type[Problem]
) -> None:
    with pytest.raises(problem):
        driver_with_services().run(hand_over, unit, "joint", "", by_phone, caller)


def test_an_ended_case_is_not_handed_over() -> None:
    from contracts.events.acceptance import CaseVoided

    found = driver_with_services().apply(CaseVoided(note="", decided_by=CLERK))
    with pytest.raises(CaseOver):
        found.run(hand_over, "fire", "joint", "", None, COUNTY_DISPATCHER)


def test_a_confidential_case_is_handed_over_only_to_services_of_its_plan_and_without_text() -> None:
    secret = {
        "code": "15002",
        "confidential": True,
        "emergency": False,
        "community": COMMUNITY,
    }
    found = driver_with_services(PERSON, entry("p", code="15002", lead="greens"), **secret)
    with pytest.raises(ConfidentialHandover):
        found.run(hand_over, "fire", "joint", "老人独居", None, COUNTY_DISPATCHER)
    found.run(hand_over, "police", "joint", "老人独居", None, COUNTY_DISPATCHER)
    assert "老人" not in found.routed.model_dump_json()


def test_a_refused_hand_over_leaves_the_lead_and_is_not_repeated() -> None:
    found = driver_with_services().run(hand_over, "fire", "joint", "", None, COUNTY_DISPATCHER).dispatch_all()
    before = len(found.events)
    found.apply(
        HandoverRefused(
            dispatch_id=found.dispatch_id("fire"), unit_id="fire", role="first_response", note="", refused_by=CLERK
        )
    )
    assert len(found.events) == before
    assert "fire" in found.state.returned
    assert found.state.has_lead


def test_a_leading_agency_that_refuses_is_replaced_by_the_next_candidate() -> None:
    found = CaseDriver(
        make_district(
            PLAN_GAS,
            entry("a", code="05001", area=COMMUNITY, lead="fire"),
            entry("b", code="05001", lead="roads"),
            units=SERVICES,
        )
    )
    found.apply(filed("05001", emergency=True)).dispatch_all()
    found.apply(
        HandoverRefused(dispatch_id=found.dispatch_id("fire"), unit_id="fire", role="lead", note="", refused_by=CLERK)
    )
    assert (found.routed.rule, found.routed.round) == ("next_candidate", 2)
    assert [each.unit_id for each in found.routed.assignments] == ["roads"]


def called_in(found: CaseDriver, unit: str) -> UUID:
    """Create the dispatch of a unit that was called in; return its id."""
    (assignment,) = [each for each in found.routed.assignments if each.unit_id == unit]
    found.apply(
        CaseDispatched(
            dispatch_id=found.dispatch_id(unit),
            unit_id=unit,
            role=assignment.role,
            round=found.routed.round,
            milestones=(),
            sign_due_at=NOON,
            handover=assignment.handover,
        )
    )
    return found.dispatch_id(unit)


def test_a_hand_over_can_be_cancelled_with_a_reason_but_no_other_dispatch() -> None:
    """A false alarm: the fire brigade turns round and the lead goes on. Repeating it changes nothing."""
    found = driver_with_services().run(hand_over, "fire", "joint", "", None, COUNTY_DISPATCHER)
    order = called_in(found, "fire")
    for _ in range(2):
        found.run(cancel, order, "误报", COUNTY_DISPATCHER)
    routed = [each for each in found.events if isinstance(each, CaseRouted)]
    assert [(each.assignments, each.withdrawn) for each in routed[2:]] == [((), (order,))]
    assert "误报" in routed[-1].explanation
    assert found.state.has_lead
    with pytest.raises(NothingToCancel):
        found.run(cancel, found.dispatch_id("greens"), "误报", COUNTY_DISPATCHER)
    with pytest.raises(NotYoursToHandOver):
        found.run(cancel, order, "误报", Caller(kind="account", id="l", roles=frozenset({"leader"}), areas=("370522",)))
    plan = CaseDriver(make_district(PLAN_GAS, entry("a", code="05001", lead="roads"), units=SERVICES)).apply(
        filed("05001", emergency=True)
    )
    plan.dispatch_all().run(cancel, plan.dispatch_id("mobile"), "已控制", COUNTY_DISPATCHER)
    assert plan.routed.withdrawn == (plan.dispatch_id("mobile"),)


def test_the_reason_of_a_cancelled_confidential_hand_over_stays_out_of_the_event() -> None:
    found = driver_with_services(
        PERSON, entry("p", code="15002", lead="greens"), code="15002", confidential=True, community=COMMUNITY
    )
    order = called_in(found.run(hand_over, "police", "joint", "", None, COUNTY_DISPATCHER), "police")
    found.run(cancel, order, "老人已回家", COUNTY_DISPATCHER)
    assert "老人" not in found.routed.model_dump_json()
