"""Trials of a list draft on earlier questions, and repetition of recorded decisions."""

from __future__ import annotations

from contracts.common import Actor
from contracts.envelope import Envelope
from contracts.events.command import CaseRouted, DecisionNeeded, DispatchWithdrawn
from services.routing.domain.index import ListIndex
from services.routing.domain.list_trial import RepeatedDecision, differences, index_with_changes, repeat_decision
from services.routing.domain.manual_decision import decide_by_hand, escalate
from services.routing.events import on_case_corrected, on_case_filed
from tests.unit.routing.case_driver import COUNTY_DISPATCHER, STREET_DISPATCHER, CaseDriver, withdrawn_by_merge
from tests.unit.routing.sample_district import COMMUNITY, GRID, NOON, PLAN_GAS, entry, make_district, make_question
from tests.unit.routing.sample_events import CASE, MERGED, UNDONE, corrected, filed

SMALL_LIST = (entry("a", lead="greens"), entry("b", code="06011", lead="roads"), PLAN_GAS)
META = Envelope(CASE, "intake", 1, "", NOON)


def changed_leads(**changes: object) -> list[tuple[int, str | None, str | None]]:
    """Return for each changed question its index and the lead before and after."""
    district = make_district(*SMALL_LIST)
    questions = [make_question(), make_question("06011"), make_question("07001"), make_question("05001")]
    found = differences(ListIndex(district), index_with_changes(district, changes), questions)  # type: ignore[arg-type]
    return [(each.place, each.before.lead, each.after.lead) for each in found]


def test_a_draft_adds_replaces_and_removes_entries() -> None:
    assert changed_leads(a=entry("a", lead="water")) == [(0, "greens", "water")]
    assert changed_leads(new=entry("new", code="07001", lead="police")) == [(2, None, "police")]
    assert changed_leads(b=None) == [(1, "roads", None)]


def test_a_change_without_effect_is_not_shown() -> None:
    assert changed_leads(c=entry("c", area=COMMUNITY, code="06012", lead="water")) == []
    assert changed_leads(a=entry("a", lead="greens", note="另注")) == []


def test_another_co_unit_is_a_difference() -> None:
    assert changed_leads(a=entry("a", lead="greens", co=("water",))) == [(0, "greens", "greens")]


def repeat(driver: CaseDriver, place: int = -1) -> RepeatedDecision | None:
    """Repeat a decision from its recorded question; return None if the list was not asked."""
    place %= len(driver.events)
    asked, event = driver.recorded_questions[place], driver.events[place]
    assert isinstance(event, CaseRouted | DecisionNeeded)
    return repeat_decision(ListIndex(driver.district), asked.question, event) if asked.by_list else None


def repeated_alike(driver: CaseDriver) -> list[bool | None]:
    """Return for every decision whether its repetition is the same."""
    return [found.same if (found := repeat(driver, place)) else None for place in sorted(driver.recorded_questions)]


def test_every_decision_of_the_list_is_repeated_alike() -> None:
    two = (entry("near", area=GRID, lead="greens", co=("water",)), entry("far", lead="roads", co=("water",)))
    driver = CaseDriver(make_district(*two, PLAN_GAS)).apply(filed())
    assert repeated_alike(driver) == [True]
    driver.dispatch_all().sign("greens").accept_return("greens")
    assert [each.unit_id for each in driver.routed.assignments] == ["roads"], "the co-unit keeps its dispatch"
    assert repeated_alike(driver) == [True, True]


def test_each_decision_of_one_transaction_is_recorded_with_its_own_question() -> None:
    """Filed and corrected before routing applied either: the first decision was about the original category."""
    driver = CaseDriver(make_district(*SMALL_LIST))
    case = driver.case()
    on_case_filed(case, filed("07001"), META)
    on_case_corrected(case, corrected("06011"), META)
    driver.record(case)
    assert [asked.question.category_id[-5:] for asked in driver.recorded_questions.values()] == ["07001", "06011"]
    assert repeated_alike(driver) == [True, True]


def test_an_emergency_without_a_lead_is_one_question_with_two_decisions() -> None:
    driver = CaseDriver(make_district(PLAN_GAS)).apply(filed("05001", emergency=True))
    assert repeated_alike(driver) == [True, True]
    assert driver.recorded_questions[0] == driver.recorded_questions[1]


def test_a_question_without_a_match_is_repeated_alike() -> None:
    found = repeat(CaseDriver(make_district()).apply(filed()))
    assert found is not None
    assert found.same
    assert found.decision.gap


def test_another_list_gives_another_decision() -> None:
    driver = CaseDriver(make_district(entry("a", lead="greens"))).apply(filed())
    assert not repeat_decision(
        ListIndex(make_district(entry("a", lead="roads"))), driver.recorded_questions[0].question, driver.routed
    ).same


def test_a_manual_decision_is_not_repeated() -> None:
    driver = CaseDriver(make_district()).apply(filed()).run(decide_by_hand, "roads", (), "", COUNTY_DISPATCHER)
    assert isinstance(driver.routed.decided_by, Actor)
    assert repeat(driver) is None


def test_an_assignment_or_question_that_was_only_renewed_is_not_repeated() -> None:
    """This covers assignments after a merge, renewed questions, escalations and manual withdrawals."""
    merged = CaseDriver(make_district(*SMALL_LIST)).apply(filed()).dispatch_all()
    merged.apply(MERGED, *withdrawn_by_merge(merged, "greens"), UNDONE)
    pending = CaseDriver(make_district()).apply(filed(), MERGED, UNDONE)
    escalated = CaseDriver(make_district()).apply(filed()).run(escalate, STREET_DISPATCHER)
    by_hand = CaseDriver(make_district(*SMALL_LIST)).apply(filed()).dispatch_all()
    by_hand.apply(DispatchWithdrawn(dispatch_id=by_hand.dispatch_id("greens"), unit_id="greens", reason="by_hand"))
    for driver in (merged, pending, escalated, by_hand):
        assert repeated_alike(driver) == [True, None]
