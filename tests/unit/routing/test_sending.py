"""先行处置 by hand: who may be sent to make it safe, beside whoever works on it."""

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
from tests.unit.routing.desk import CLERK, COUNTY_DISPATCHER, STREET_DISPATCHER, Desk, filed
from tests.unit.routing.town import COMMUNITY, PLAN_PERSON, SAFE, entry, town
from tests.unit.routing.town import unit as named

FIRE = {"fire": named("fire", agency="119")}
SECRET = {"code": "15002", "confidential": True, "community": COMMUNITY}


def desk(**fields: object) -> Desk:
    return Desk(town(PLAN_PERSON, entry("a", lead="greens"), entry("p", code="15002", lead="greens"), units=FIRE)).say(
        filed(**fields)
    )


def test_a_mobile_team_is_sent_beside_whoever_works_on_it_with_the_first_milestone_as_its_own() -> None:
    """The decision has a rule of its own and says why; sent twice it is sent once, and it can be called off."""
    found = desk().dispatch_all()
    found.do(send_ahead, "mobile", "先设围挡", "紧邻学校", STREET_DISPATCHER)
    found.do(send_ahead, "mobile", "先设围挡", "紧邻学校", STREET_DISPATCHER).dispatch_all()  # before its order was out
    found.do(send_ahead, "mobile", "先设围挡", "紧邻学校", STREET_DISPATCHER)
    said = [each for each in found.said if isinstance(each, CaseRouted)]
    assert [(each.rule, each.round) for each in said] == [("responsibility_list", 1), ("first_response", 2)]
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
    found.do(cancel, found.order("mobile"), "已围挡", STREET_DISPATCHER)
    assert (found.routed.rule, found.routed.withdrawn) == ("first_response", (found.order("mobile"),))


def test_who_has_been_there_may_be_sent_again_and_is_not_called_off_any_more() -> None:
    found = desk().dispatch_all().do(send_ahead, "mobile", "", "x", COUNTY_DISPATCHER).dispatch_all()
    first = found.order("mobile")
    done = WorkCompleted(
        dispatch_id=first, unit_id="mobile", role="first_response", outcome="solved", note="", completed_by=CLERK
    )
    found.say(done)
    with pytest.raises(NothingToCancel):
        found.do(cancel, first, "x", COUNTY_DISPATCHER)
    found.do(send_ahead, "mobile", "", "again", COUNTY_DISPATCHER).dispatch_all()
    assert found.order("mobile") != first
    assert found.state.has_lead


def test_it_is_sent_before_anybody_is_found_and_the_question_stays_open() -> None:
    found = Desk(town()).say(filed())
    assert found.state.waiting is not None
    found.do(send_ahead, "mobile", "", "路面塌陷", COUNTY_DISPATCHER)
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
def test_who_may_not_be_sent_is_refused_with_who_may(unit: str, why: str) -> None:
    with pytest.raises(UnitCannotBeSent) as refused:
        desk().dispatch_all().do(send_ahead, unit, "", "x", COUNTY_DISPATCHER)
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
def test_it_is_the_areas_dispatchers_who_send_and_only_while_the_case_is_open(
    caller: Caller, problem: type[Problem]
) -> None:
    found = desk().dispatch_all()
    if problem is CaseOver:
        found.say(CaseVoided(note="", decided_by=CLERK))
    with pytest.raises(problem):
        found.do(send_ahead, "mobile", "", "x", caller)


def test_of_a_confidential_case_only_whom_its_plan_names_is_sent_and_without_words() -> None:
    found = desk(**SECRET).dispatch_all()
    with pytest.raises(UnitCannotBeSent):
        found.do(send_ahead, "roads", "", "老人独居", COUNTY_DISPATCHER)
    found.do(send_ahead, "mobile", "敲门找老人", "老人独居", COUNTY_DISPATCHER)
    assert "老人" not in found.routed.model_dump_json()
