"""What was filed is put right: sent back to the desk by a dispatcher, or corrected while it goes on."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.events.acceptance import CaseCorrected
from contracts.events.command import CaseRouted, CaseSentBack
from contracts.events.handling import ReturnAccepted, WorkCompleted
from contracts.events.supervision import ReworkOrdered
from contracts.registry import Team
from services.chassis.problems import Problem
from services.routing.domain.manual_decision import AlreadyHandled, decide_by_hand, escalate, send_back
from tests.unit.routing.desk import CLERK, COUNTY_DISPATCHER, STREET_DISPATCHER, Desk, filed
from tests.unit.routing.town import FIXED, PLAN_GAS, SAFE, entry, town

TEAM = Team(id="joint", kind="joint", name="联合队", name_en="Joint", convenor="street-one", areas=("370522001",))
LISTED = (entry("e1", code="06011", lead="greens", co=("roads",)), entry("e2", code="07001", lead="water"))


def corrected(code: str, **fields: Any) -> CaseCorrected:
    return CaseCorrected.model_validate({**dict(filed(code, **fields)), "note": "类别有误", "corrected_by": CLERK})


def names(desk: Desk) -> list[str]:
    return [each.unit_id for each in desk.routed.assignments]


def refused(desk: Desk, *args: Any) -> str:
    with pytest.raises(Problem) as problem:
        desk.do(send_back, *args)
    return type(problem.value).__name__


def completed(desk: Desk, unit: str) -> WorkCompleted:
    return WorkCompleted(
        dispatch_id=desk.order(unit), unit_id=unit, role="lead", outcome="solved", note="", completed_by=CLERK
    )


def test_sent_back_nobody_is_asked_until_it_is_filed_anew() -> None:
    """退回受理: then the list is asked about what it is now. Saying it twice changes nothing."""
    desk = Desk(town(*LISTED)).say(filed())
    assert desk.needed.reason == "no_match"
    for _ in range(2):
        desk.do(send_back, "wrong_category", "应为绿化", STREET_DISPATCHER)
    assert [type(each) for each in desk.said[1:]] == [CaseSentBack]
    assert desk.last(CaseSentBack).note == "应为绿化"
    assert desk.state.waiting is None
    with pytest.raises(Problem):
        desk.do(decide_by_hand, "roads", (), "", STREET_DISPATCHER)
    desk.say(filed("06011"))
    assert [each.unit_id for each in desk.routed.assignments] == ["greens", "roads"]
    assert desk.routed.round == 2


def test_only_what_waits_for_the_caller_and_is_led_by_nobody_goes_back() -> None:
    about = ("unclear", "看不清")
    assert refused(Desk(town(*LISTED)).say(filed("07001")), *about, STREET_DISPATCHER) == "NothingToDecide"
    county = Desk(town()).say(filed(centre_id="county"))
    assert refused(county, *about, STREET_DISPATCHER) == "NotYoursToDecide"
    led = Desk(town(*LISTED)).say(filed("07001")).dispatch_all().say(corrected("06010"))
    assert led.needed.reason == "no_match", "the lead goes on while a person is asked"
    assert refused(led, *about, COUNTY_DISPATCHER) == "AlreadyLed"


def test_who_gave_back_another_matter_may_be_asked_again() -> None:
    desk = Desk(town(*LISTED, TEAM)).say(filed("07001")).dispatch_all().give_back("water")
    assert desk.needed.reason == "no_candidate_left"
    again = desk.do(send_back, "untrue", "请核实", STREET_DISPATCHER).say(filed("07001"))
    assert again.needed.reason == "no_candidate_left", "the same matter: what the unit said of it stands"
    other = again.do(send_back, "wrong_place", "在路东", STREET_DISPATCHER).say(filed("07001", component_id="x"))
    assert [each.unit_id for each in other.routed.assignments] == ["water"]


def test_corrected_to_what_the_same_units_do_in_the_same_time_nothing_changes() -> None:
    desk = Desk(town(*LISTED, entry("e3", code="06010", lead="greens", co=("roads",))))
    desk.say(filed("06011")).dispatch_all()
    before = len(desk.said)
    desk.say(corrected("06010"))
    assert len(desk.said) == before
    assert desk.state.question_at(desk.at).category_id == "GB/matter/06010", "the next question is about what it is now"


def test_corrected_to_anothers_work_the_order_goes_there_and_the_former_ones_are_taken_back() -> None:
    desk = Desk(town(*LISTED)).say(filed("06011")).dispatch_all().sign("greens")
    former = {desk.order("greens"), desk.order("roads")}
    desk.say(corrected("07001"))
    assert [each.unit_id for each in desk.routed.assignments] == ["water"]
    assert set(desk.routed.withdrawn) == former


def test_corrected_while_orders_are_on_their_way_the_list_is_asked_when_they_are_there() -> None:
    """None can be taken back before; however often it is corrected meanwhile, it is asked once, of what it is
    by then.
    """
    desk = Desk(town(*LISTED, entry("e3", code="06010", lead="greens", co=("roads",)))).say(filed("06011"))
    first = desk.routed
    desk.say(corrected("07001"), corrected("07001", severity=3))
    assert desk.said == [first]
    desk.dispatch_all()
    assert [each.unit_id for each in desk.routed.assignments] == ["water"]
    assert (desk.routed.round, set(desk.routed.withdrawn)) == (2, {desk.order("greens"), desk.order("roads")})
    desk.say(corrected("06011"))
    assert desk.routed.round == 2, "the former lead's order is there, but the new one's is on its way"
    water = desk.order("water")
    desk.dispatch_all()
    assert (desk.routed.round, names(desk)) == (3, ["greens", "roads"])
    assert {water, desk.order("greens", 1)} <= set(desk.routed.withdrawn)
    back = Desk(desk.district).say(filed("06011"), corrected("07001"), corrected("06010"))
    assert len(back.dispatch_all().said) == 1, "what the same units do after all"


def test_a_former_lead_who_gives_it_back_while_another_has_it_asks_nobody_anew() -> None:
    desk = Desk(town(*LISTED)).say(filed("06011")).dispatch_all().sign("greens").say(corrected("07001"))
    for there in (False, True):
        if there:
            desk.dispatch_all()
        before = len(desk.said)
        desk.say(
            ReturnAccepted(
                dispatch_id=desk.order("greens", 1),
                unit_id="greens",
                role="lead",
                reason="not_our_function",
                decided_by=CLERK,
            )
        )
        assert len(desk.said) == before


def test_with_other_limits_the_same_units_get_orders_with_these() -> None:
    desk = Desk(town(*LISTED)).say(filed("06011")).dispatch_all()
    former = {desk.order("greens"), desk.order("roads")}
    longer = FIXED.model_copy(update={"amount": 9})
    desk.say(corrected("06011", milestones=(SAFE, longer)))
    assert [each.unit_id for each in desk.routed.assignments] == ["greens", "roads"]
    assert set(desk.routed.withdrawn) == former
    assert desk.state.question_at(desk.at).milestones == (SAFE, longer)


def test_what_turns_out_to_be_an_emergency_starts_its_plan() -> None:
    desk = Desk(town(*LISTED, PLAN_GAS, entry("e9", code="05001", lead="gas"))).say(filed("07001")).dispatch_all()
    desk.say(corrected("05001", emergency=True))
    assert {each.unit_id: each.role for each in desk.routed.assignments} == {
        "gas": "lead",
        "mobile": "first_response",
        "fire": "first_response",
    }


def test_once_the_lead_has_done_it_a_correction_sends_nobody_out_unless_it_is_to_be_done_again() -> None:
    desk = Desk(town(*LISTED)).say(filed("06011")).dispatch_all()
    desk.say(completed(desk, "greens"))
    rounds = len([each for each in desk.said if isinstance(each, CaseRouted)])
    desk.say(corrected("07001"))
    assert len([each for each in desk.said if isinstance(each, CaseRouted)]) == rounds
    desk.say(
        ReworkOrdered(
            dispatch_id=desk.order("greens"),
            unit_id="greens",
            round=1,
            reason="recheck_failed",
            note="",
            milestones=(),
        )
    )
    assert desk.say(corrected("07001", severity=3)).routed.assignments[0].unit_id == "water"


def test_an_order_that_came_too_late_to_be_made_holds_up_no_later_correction() -> None:
    """Dispatch makes no order of it: what was done is rechecked. To be done again, the list is asked of what it is by
    then.
    """
    desk = Desk(town(*LISTED)).say(filed("06011")).dispatch_all().say(corrected("06010"))
    lead = completed(desk, "greens")
    desk.do(decide_by_hand, "roads", (), "", STREET_DISPATCHER).say(lead)
    again = {"dispatch_id": lead.dispatch_id, "unit_id": "greens", "round": 1, "reason": "recheck_failed"}
    desk.say(ReworkOrdered.model_validate({**again, "note": "", "milestones": ()}))
    assert names(desk.say(corrected("07001"))) == ["water"]


def test_once_the_lead_has_completed_nobody_else_is_chosen_and_the_refusal_says_what_can_be_done() -> None:
    """The question that a correction had raised is over, also for what became of it; saying the former decision again
    is no use.
    """
    desk = Desk(town(*LISTED)).say(filed("06011")).dispatch_all().say(corrected("06010"))
    assert desk.state.waiting is not None
    desk.say(completed(desk, "greens"))
    assert (desk.state.waiting, desk.state.question_outcome) == (None, "handled")
    for act, about in (
        (decide_by_hand, ("roads", (), "")),
        (decide_by_hand, ("greens", ("roads",), "")),
        (escalate, ()),
    ):
        with pytest.raises(AlreadyHandled) as refused:
            desk.do(act, *about, STREET_DISPATCHER)
        assert refused.value.members["elsewhere"] == ["attach", "void", "correct", "claim", "close", "force-close"]


def test_a_late_word_about_the_round_before_a_rework_finishes_nothing() -> None:
    desk = Desk(town(*LISTED)).say(filed("06011")).dispatch_all()
    late = completed(desk, "greens")
    again = {"dispatch_id": late.dispatch_id, "unit_id": "greens", "round": 1, "reason": "by_hand"}
    desk.say(ReworkOrdered.model_validate({**again, "note": "", "milestones": ()}), late)
    assert not desk.state.handled
    assert desk.say(late.model_copy(update={"rework_round": 1})).state.handled


def test_a_plan_that_was_started_calls_nobody_in_twice() -> None:
    """Corrected to something else and back: who was called in at first has that order still."""
    desk = Desk(town(*LISTED, PLAN_GAS, entry("e9", code="05001", lead="gas"))).say(filed("05001", emergency=True))
    desk.dispatch_all().say(corrected("07001")).dispatch_all().say(corrected("05001", emergency=True))
    assert names(desk) == ["gas"]


def test_filed_a_second_time_without_having_been_sent_back_is_heard_once() -> None:
    """A replay says nothing new."""
    desk = Desk(town(*LISTED)).say(filed("07001"))
    said = list(desk.said)
    assert desk.say(filed("06011")).said == said
