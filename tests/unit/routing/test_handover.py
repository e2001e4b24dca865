"""移交: who is handed a case by a plan and by people, and what a refusal means for who must act."""

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
from tests.unit.routing.desk import CLERK, COUNTY_DISPATCHER, Desk, filed
from tests.unit.routing.town import COMMUNITY, NOON, PLAN_GAS, entry, town
from tests.unit.routing.town import ask as question
from tests.unit.routing.town import unit as named

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


def desk(*entries: Any, **fields: Any) -> Desk:
    found = Desk(town(entry("a", lead="greens"), *entries, units=SERVICES))
    return found.say(filed(**fields)).dispatch_all()


def handovers(routed: CaseRouted) -> dict[str, HandoverTarget | None]:
    return {each.unit_id: each.handover for each in routed.assignments}


def test_a_plan_hands_over_to_its_agencies_whatever_their_part() -> None:
    """The fire brigade is handed it as first responder, and also where the list makes it the lead."""
    for lead in ("roads", "fire"):
        index = ListIndex(town(PLAN_GAS, entry("a", code="05001", lead=lead), units=SERVICES))
        found = {each.unit_id: each.handover for each in decide(index, question("05001")).assignments}
        assert found["fire"] == HandoverTarget(agency="119")
        assert found["mobile"] is None
        assert found["gas"] is None


def test_ordinary_work_of_an_emergency_service_is_no_hand_over() -> None:
    index = ListIndex(town(entry("a", lead="fire"), units=SERVICES))
    assert decide(index, question()).assignments[0].handover is None


def test_a_person_calls_in_an_emergency_service_beside_who_works_on_it() -> None:
    found = desk().do(hand_over, "fire", "transfer", "请接处", CALL, COUNTY_DISPATCHER)
    routed = found.routed
    assert (routed.rule, routed.round, routed.withdrawn) == ("handover", 2, ())
    assert handovers(routed) == {"fire": HandoverTarget(agency="119", mode="transfer", by_phone=CALL)}
    assert routed.assignments[0].role == "first_response"
    assert found.state.chosen_units is not None
    assert found.state.chosen_units.lead == "greens"


def test_repeating_a_hand_over_changes_nothing() -> None:
    found = desk().do(hand_over, "fire", "joint", "", None, COUNTY_DISPATCHER)
    (assignment,) = found.routed.assignments
    found.say(
        CaseDispatched(
            dispatch_id=found.order("fire"),
            unit_id="fire",
            role="first_response",
            round=2,
            milestones=(),
            sign_due_at=NOON,
            handover=assignment.handover,
        )
    )
    said = len(found.said)
    found.do(hand_over, "fire", "joint", "", None, COUNTY_DISPATCHER)
    assert len(found.said) == said


def test_nor_while_its_order_is_on_its_way() -> None:
    """Two dispatchers at once, or one who asks again because nothing is to be seen yet; another way of asking is
    another.
    """
    found = desk().do(hand_over, "fire", "joint", "", None, COUNTY_DISPATCHER)
    said = len(found.said)
    found.do(hand_over, "fire", "joint", "请接处", None, COUNTY_DISPATCHER)
    assert len(found.said) == said
    found.do(hand_over, "fire", "transfer", "", CALL, COUNTY_DISPATCHER)
    assert len(found.said) == said + 1


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
def test_what_may_not_be_handed_over_is_refused(
    unit: str, by_phone: PhoneEntry | None, caller: Caller, problem: type[Problem]
) -> None:
    with pytest.raises(problem):
        desk().do(hand_over, unit, "joint", "", by_phone, caller)


def test_an_ended_case_is_not_handed_over() -> None:
    from contracts.events.acceptance import CaseVoided

    found = desk().say(CaseVoided(note="", decided_by=CLERK))
    with pytest.raises(CaseOver):
        found.do(hand_over, "fire", "joint", "", None, COUNTY_DISPATCHER)


def test_a_confidential_case_goes_only_to_the_services_its_plan_names_and_without_words() -> None:
    secret = {
        "code": "15002",
        "confidential": True,
        "emergency": False,
        "community": COMMUNITY,
    }
    found = desk(PERSON, entry("p", code="15002", lead="greens"), **secret)
    with pytest.raises(ConfidentialHandover):
        found.do(hand_over, "fire", "joint", "老人独居", None, COUNTY_DISPATCHER)
    found.do(hand_over, "police", "joint", "老人独居", None, COUNTY_DISPATCHER)
    assert "老人" not in found.routed.model_dump_json()


def test_a_refused_hand_over_stays_ours_and_is_not_asked_again() -> None:
    found = desk().do(hand_over, "fire", "joint", "", None, COUNTY_DISPATCHER).dispatch_all()
    said = len(found.said)
    found.say(
        HandoverRefused(
            dispatch_id=found.order("fire"), unit_id="fire", role="first_response", note="", refused_by=CLERK
        )
    )
    assert len(found.said) == said
    assert "fire" in found.state.returned
    assert found.state.has_lead


def test_an_agency_that_leads_and_refuses_is_followed_by_the_next_candidate() -> None:
    found = Desk(
        town(
            PLAN_GAS,
            entry("a", code="05001", area=COMMUNITY, lead="fire"),
            entry("b", code="05001", lead="roads"),
            units=SERVICES,
        )
    )
    found.say(filed("05001", emergency=True)).dispatch_all()
    found.say(HandoverRefused(dispatch_id=found.order("fire"), unit_id="fire", role="lead", note="", refused_by=CLERK))
    assert (found.routed.rule, found.routed.round) == ("next_candidate", 2)
    assert [each.unit_id for each in found.routed.assignments] == ["roads"]


def called_in(found: Desk, unit: str) -> UUID:
    """The order of a unit that was called in, as dispatch sent it."""
    (assignment,) = [each for each in found.routed.assignments if each.unit_id == unit]
    found.say(
        CaseDispatched(
            dispatch_id=found.order(unit),
            unit_id=unit,
            role=assignment.role,
            round=found.routed.round,
            milestones=(),
            sign_due_at=NOON,
            handover=assignment.handover,
        )
    )
    return found.order(unit)


def test_who_was_called_in_is_called_off_with_a_reason_and_nobody_else() -> None:
    """A false alarm: the fire brigade turns round, and whoever leads goes on. Said twice, it is said once."""
    found = desk().do(hand_over, "fire", "joint", "", None, COUNTY_DISPATCHER)
    order = called_in(found, "fire")
    for _ in range(2):
        found.do(cancel, order, "误报", COUNTY_DISPATCHER)
    said = [each for each in found.said if isinstance(each, CaseRouted)]
    assert [(each.assignments, each.withdrawn) for each in said[2:]] == [((), (order,))]
    assert "误报" in said[-1].explanation
    assert found.state.has_lead
    with pytest.raises(NothingToCancel):
        found.do(cancel, found.order("greens"), "误报", COUNTY_DISPATCHER)
    with pytest.raises(NotYoursToHandOver):
        found.do(cancel, order, "误报", Caller(kind="account", id="l", roles=frozenset({"leader"}), areas=("370522",)))
    plan = Desk(town(PLAN_GAS, entry("a", code="05001", lead="roads"), units=SERVICES)).say(
        filed("05001", emergency=True)
    )
    plan.dispatch_all().do(cancel, plan.order("mobile"), "已控制", COUNTY_DISPATCHER)
    assert plan.routed.withdrawn == (plan.order("mobile"),)


def test_why_a_confidential_hand_over_is_called_off_stays_out_of_it() -> None:
    found = desk(PERSON, entry("p", code="15002", lead="greens"), code="15002", confidential=True, community=COMMUNITY)
    order = called_in(found.do(hand_over, "police", "joint", "", None, COUNTY_DISPATCHER), "police")
    found.do(cancel, order, "老人已回家", COUNTY_DISPATCHER)
    assert "老人" not in found.routed.model_dump_json()
