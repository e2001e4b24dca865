"""A draft is tried on what was asked before; what was decided can be decided again."""

from __future__ import annotations

from contracts.places import Actor
from services.routing.domain.by_hand import decide_by_hand
from services.routing.domain.index import ListIndex
from services.routing.domain.trying import Again, ask_again, compare, drafted
from tests.unit.routing.desk import COUNTY_DISPATCHER, Desk, filed
from tests.unit.routing.town import COMMUNITY, GRID, PLAN_GAS, ask, entry, town

LIST = (entry("a", lead="greens"), entry("b", code="06011", lead="roads"), PLAN_GAS)


def elsewhere(**changes: object) -> list[tuple[int, str | None, str | None]]:
    """Place of the question, lead before and after."""
    district = town(*LIST)
    questions = [ask(), ask("06011"), ask("07001"), ask("05001")]
    found = compare(ListIndex(district), drafted(district, changes), questions)  # type: ignore[arg-type]
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


def again(desk: Desk) -> Again | None:
    assert desk.state.question is not None
    return ask_again(ListIndex(desk.district), desk.state.question, desk.said[-1])  # type: ignore[arg-type]


def test_every_decision_of_the_list_is_made_again_alike() -> None:
    two = (entry("near", area=GRID, lead="greens", co=("water",)), entry("far", lead="roads", co=("water",)))
    desk = Desk(town(*two, PLAN_GAS)).say(filed())
    assert again(desk) == Again(again(desk).decision, same=True)  # type: ignore[union-attr]
    desk.dispatch_all().sign("greens").give_back("greens")
    assert [each.unit_id for each in desk.routed.assignments] == ["roads"], "the co-unit keeps the order it has"
    found = again(desk)
    assert found is not None
    assert found.same


def test_a_question_that_the_list_could_not_answer_is_made_again_alike() -> None:
    found = again(Desk(town()).say(filed()))
    assert found is not None
    assert found.same
    assert found.decision.gap


def test_under_another_list_it_is_not_the_same() -> None:
    desk = Desk(town(entry("a", lead="greens"))).say(filed())
    assert desk.state.question is not None
    found = ask_again(ListIndex(town(entry("a", lead="roads"))), desk.state.question, desk.routed)
    assert found is not None
    assert not found.same


def test_what_a_person_decided_no_machine_makes_again() -> None:
    desk = Desk(town()).say(filed()).do(decide_by_hand, "roads", (), "", COUNTY_DISPATCHER)
    assert isinstance(desk.routed.decided_by, Actor)
    assert again(desk) is None
