"""A draft is tried on what was asked before; what was decided can be decided again."""

from __future__ import annotations

from contracts.common import Actor
from contracts.envelope import Envelope
from contracts.events.command import CaseRouted, DecisionNeeded, DispatchWithdrawn
from services.routing.domain.index import ListIndex
from services.routing.domain.list_trial import RepeatedDecision, differences, index_with_changes, repeat_decision
from services.routing.domain.manual_decision import decide_by_hand, escalate
from services.routing.events import on_case_corrected, on_case_filed
from tests.unit.routing.desk import CASE, COUNTY_DISPATCHER, STREET_DISPATCHER, Desk, filed
from tests.unit.routing.test_put_right import corrected
from tests.unit.routing.test_rounds import MERGED, UNDONE, taken_back
from tests.unit.routing.town import COMMUNITY, GRID, NOON, PLAN_GAS, ask, entry, town

LIST = (entry("a", lead="greens"), entry("b", code="06011", lead="roads"), PLAN_GAS)
META = Envelope(CASE, "intake", 1, "", NOON)


def elsewhere(**changes: object) -> list[tuple[int, str | None, str | None]]:
    """Place of the question, lead before and after."""
    district = town(*LIST)
    questions = [ask(), ask("06011"), ask("07001"), ask("05001")]
    found = differences(ListIndex(district), index_with_changes(district, changes), questions)  # type: ignore[arg-type]
    return [(each.place, each.before.lead, each.after.lead) for each in found]


def test_a_draft_adds_replaces_and_removes() -> None:
    assert elsewhere(a=entry("a", lead="water")) == [(0, "greens", "water")]
    assert elsewhere(new=entry("new", code="07001", lead="police")) == [(2, None, "police")]
    assert elsewhere(b=None) == [(1, "roads", None)]


def test_what_changes_nothing_is_not_shown() -> None:
    assert elsewhere(c=entry("c", area=COMMUNITY, code="06012", lead="water")) == []
    assert elsewhere(a=entry("a", lead="greens", note="另注")) == []


def test_another_co_unit_is_a_difference() -> None:
    assert elsewhere(a=entry("a", lead="greens", co=("water",))) == [(0, "greens", "greens")]


def again(desk: Desk, place: int = -1) -> RepeatedDecision | None:
    """A decision made once more from what is recorded with it; none where the list was not asked."""
    place %= len(desk.said)
    asked, event = desk.asked[place], desk.said[place]
    assert isinstance(event, CaseRouted | DecisionNeeded)
    return repeat_decision(ListIndex(desk.district), asked.question, event) if asked.by_list else None


def same(desk: Desk) -> list[bool | None]:
    """Of every decision: whether it is made again alike."""
    return [found.same if (found := again(desk, place)) else None for place in sorted(desk.asked)]


def test_every_decision_of_the_list_is_made_again_alike() -> None:
    two = (entry("near", area=GRID, lead="greens", co=("water",)), entry("far", lead="roads", co=("water",)))
    desk = Desk(town(*two, PLAN_GAS)).say(filed())
    assert same(desk) == [True]
    desk.dispatch_all().sign("greens").give_back("greens")
    assert [each.unit_id for each in desk.routed.assignments] == ["roads"], "the co-unit keeps the order it has"
    assert same(desk) == [True, True]


def test_each_decision_of_one_transaction_is_recorded_with_its_own_question() -> None:
    """Filed and corrected before routing came to hear of either: the first was about what was filed, which
    nobody does.
    """
    desk = Desk(town(*LIST))
    case = desk.case()
    on_case_filed(case, filed("07001"), META)
    on_case_corrected(case, corrected("06011"), META)
    desk.take(case)
    assert [asked.question.category_id[-5:] for asked in desk.asked.values()] == ["07001", "06011"]
    assert same(desk) == [True, True]


def test_an_emergency_that_nobody_leads_is_one_question_with_two_answers() -> None:
    desk = Desk(town(PLAN_GAS)).say(filed("05001", emergency=True))
    assert same(desk) == [True, True]
    assert desk.asked[0] == desk.asked[1]


def test_a_question_that_the_list_could_not_answer_is_made_again_alike() -> None:
    found = again(Desk(town()).say(filed()))
    assert found is not None
    assert found.same
    assert found.decision.gap


def test_under_another_list_it_is_not_the_same() -> None:
    desk = Desk(town(entry("a", lead="greens"))).say(filed())
    assert not repeat_decision(ListIndex(town(entry("a", lead="roads"))), desk.asked[0].question, desk.routed).same


def test_what_a_person_decided_no_machine_makes_again() -> None:
    desk = Desk(town()).say(filed()).do(decide_by_hand, "roads", (), "", COUNTY_DISPATCHER)
    assert isinstance(desk.routed.decided_by, Actor)
    assert again(desk) is None


def test_nor_what_was_only_given_or_asked_once_more() -> None:
    """Orders given again after a merge, a question put again or to the county, an order taken back by hand."""
    merged = Desk(town(*LIST)).say(filed()).dispatch_all()
    merged.say(MERGED, *taken_back(merged, "greens"), UNDONE)
    still_asked = Desk(town()).say(filed(), MERGED, UNDONE)
    called = Desk(town()).say(filed()).do(escalate, STREET_DISPATCHER)
    by_hand = Desk(town(*LIST)).say(filed()).dispatch_all()
    by_hand.say(DispatchWithdrawn(dispatch_id=by_hand.order("greens"), unit_id="greens", reason="by_hand"))
    for desk in (merged, still_asked, called, by_hand):
        assert same(desk) == [True, None]
