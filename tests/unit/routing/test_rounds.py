"""Returns, surveys, merges: what routing says from round to round."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts.events.acceptance import CaseAttached, CaseDetached, CaseVoided
from contracts.events.command import CaseRouted, CaseSentBack, DecisionDueMoved, DecisionNeeded, DispatchWithdrawn
from contracts.events.handling import CoUnitReleased, ReturnRequested
from contracts.events.supervision import CaseClosed, CaseReopened
from contracts.masking import WITHHELD
from contracts.registry import CalendarDay, DistrictSettings, Entity, Team
from services.chassis.auth import Caller
from services.chassis.registry_snapshot import RegistrySnapshot
from services.routing.api.views import routing_view
from services.routing.domain.access import may_see
from services.routing.domain.index import INDEXES
from services.routing.domain.manual_decision import decide_by_hand, escalate
from services.routing.domain.rounds import recompute_deadline
from tests.unit.routing.desk import CASE, CLERK, COUNTY_DISPATCHER, STREET_DISPATCHER, Desk, filed
from tests.unit.routing.town import NOON, PLAN_GAS, PLAN_GENERAL, entry, major, town

LIST = (
    entry("a", area="370522001001", lead="greens", co=("homes", "water")),
    entry("b", area="370522001", lead="roads", co=("homes",)),
    entry("c", match=major("06"), lead="police"),
)
STREET_TEAM = Team(id="joint-one", kind="joint", name="队", name_en="team", convenor="street-one", areas=("370522001",))
CONVENES = frozenset({"unit_clerk"})
COUNTY_TEAM = Team(id="joint-0", kind="joint", name="队", name_en="team", convenor="fire", areas=("370522",))
TEAMS = (STREET_TEAM, COUNTY_TEAM)


def names(event: CaseRouted) -> dict[str, str]:
    return {each.unit_id: each.role for each in event.assignments}


def test_filing_is_answered_with_the_first_round() -> None:
    desk = Desk(town(*LIST, release=7)).say(filed())
    assert names(desk.routed) == {"greens": "lead", "homes": "co", "water": "co"}
    assert (desk.routed.round, desk.routed.list_version, desk.routed.withdrawn) == (1, 7, ())
    assert desk.routed.decided_by.kind == "system"


def test_a_repeated_filing_changes_nothing() -> None:
    desk = Desk(town(*LIST)).say(filed(), filed())
    assert len(desk.said) == 1


def test_an_accepted_return_goes_to_the_next_candidate_and_the_first_receiver_keeps_it_safe_until_that_one_signs() -> (
    None
):
    desk = Desk(town(*LIST)).say(filed()).dispatch_all().sign("greens").give_back("greens")
    assert desk.routed.rule == "next_candidate"
    assert desk.routed.round == 2
    assert desk.order("greens", 1) in desk.routed.withdrawn
    assert desk.state.first_receiver == "greens"
    assert desk.dispatch_all().state.first_receiver == "greens"
    assert desk.sign("roads").state.first_receiver is None


def test_the_first_receiver_is_who_had_the_order_first_signed_or_not() -> None:
    """Nor does the second that gives it back unsigned take that over; taken back with a merge, it is given to neither
    again.
    """
    desk = Desk(town(*LIST)).say(filed()).dispatch_all().give_back("greens")
    assert desk.state.first_receiver == "greens"
    assert desk.order("greens", 1) in desk.routed.withdrawn
    desk.dispatch_all().give_back("roads")
    assert desk.state.first_receiver == "greens"
    told = len(desk.said)
    desk.say(MERGED, *taken_back(desk, "greens"), UNDONE)
    assert not [each for each in desk.said[told:] if isinstance(each, CaseRouted) and "greens" in names(each)]


def test_an_emergency_whose_orders_all_came_back_does_not_start_its_plan_twice() -> None:
    desk = Desk(town(PLAN_GENERAL, entry("a", lead="greens"), entry("b", match=major("06"), lead="roads")))
    desk.say(filed(emergency=True)).dispatch_all().give_back("mobile", "first_response").give_back("greens")
    assert names(desk.routed) == {"roads": "lead"}


def test_a_co_unit_named_again_keeps_its_order_and_the_others_are_taken_back() -> None:
    desk = Desk(town(*LIST)).say(filed()).dispatch_all().sign("greens").give_back("greens")
    assert names(desk.routed) == {"roads": "lead"}
    assert set(desk.routed.withdrawn) == {desk.order("greens", 1), desk.order("water", 1)}


def test_a_co_units_return_releases_only_its_own_part() -> None:
    desk = Desk(town(*LIST)).say(filed()).dispatch_all().give_back("homes", "co")
    assert len(desk.said) == 1
    assert desk.state.returned_as_lead == ()


def test_a_co_unit_that_returned_its_own_part_may_lead_the_next_round() -> None:
    desk = Desk(town(entry("a", area="370522001001", lead="greens", co=("roads",)), entry("b", lead="roads")))
    desk.say(filed()).dispatch_all().give_back("roads", "co").give_back("greens")
    assert names(desk.routed) == {"roads": "lead"}
    desk.give_back("greens")
    assert names(desk.routed) == {"roads": "lead"}


def test_a_second_accepted_return_by_another_unit_calls_the_team_one_level_up() -> None:
    """乡呼县应: a dispute about responsibility is surveyed within one work day, from the county's queue."""
    desk = Desk(town(*LIST, STREET_TEAM, COUNTY_TEAM)).say(filed()).dispatch_all().sign("greens")
    desk.give_back("greens").dispatch_all().give_back("roads")
    needed = desk.needed
    assert (needed.reason, needed.queue, needed.team_id, needed.round) == ("joint_survey", "county", "joint-0", 3)
    assert needed.due_at == NOON + timedelta(days=1)
    assert desk.said[-1] is needed
    assert desk.state.first_receiver == "greens"


@pytest.mark.parametrize(("reason", "asked"), [("duplicate", "reported_duplicate"), ("untrue", "reported_untrue")])
def test_who_says_that_there_is_nothing_to_do_sends_it_to_no_other_unit_but_before_a_person(
    reason: str, asked: str
) -> None:
    """It disputes no responsibility: its own centre looks, and may send it back to the desk or name that unit again."""
    desk = Desk(town(*LIST, STREET_TEAM, COUNTY_TEAM)).say(filed()).dispatch_all().sign("greens")
    desk.give_back("greens", reason=reason)
    needed = desk.needed
    assert (needed.reason, needed.queue, needed.round, needed.gap) == (asked, "centre-one", 2, False)
    assert needed.explanation_en.startswith(INDEXES.of(desk.district).name("greens").en)
    assert desk.state.first_receiver == "greens"
    desk.do(decide_by_hand, "greens", (), "已核实", STREET_DISPATCHER).dispatch_all().give_back("greens")
    assert names(desk.routed) == {"roads": "lead", "homes": "co"}, "one unit has said that it is not theirs"


def test_only_returns_that_say_not_ours_count_towards_the_survey() -> None:
    desk = Desk(town(*LIST, STREET_TEAM, COUNTY_TEAM)).say(filed()).dispatch_all().give_back("greens", reason="untrue")
    desk.do(decide_by_hand, "greens", (), "属实", STREET_DISPATCHER).dispatch_all()
    desk.give_back("greens", reason="wrong_area").dispatch_all()
    assert names(desk.routed) == {"roads": "lead", "homes": "co"}
    assert desk.give_back("roads", reason="ownership_unclear").needed.reason == "joint_survey"


def test_who_says_that_the_filing_condition_is_not_met_sends_it_to_the_desk_and_to_no_other_unit() -> None:
    """The dispatcher has agreed by accepting. The desk reads what the unit said; filed anew, that unit is asked
    again.
    """
    desk = Desk(town(*LIST, STREET_TEAM, COUNTY_TEAM)).say(filed()).dispatch_all().sign("greens")
    asked = {"dispatch_id": desk.order("greens"), "unit_id": "greens", "reason": "conditions_missing"}
    desk.say(ReturnRequested.model_validate({**asked, "note": "树未倒伏", "requested_by": CLERK}))
    before = len(desk.said)
    desk.give_back("greens", reason="conditions_missing")
    (back,) = desk.said[before:]
    assert isinstance(back, CaseSentBack)
    assert (back.reason, back.note, back.round, back.decided_by) == ("conditions_missing", "树未倒伏", 1, CLERK)
    assert (desk.state.waiting, desk.state.first_receiver) == (None, "greens")
    assert names(desk.say(filed()).routed) == {"greens": "lead"}


def test_nor_are_the_words_of_a_unit_about_a_confidential_matter_passed_on() -> None:
    desk = Desk(town(entry("p", code="15001", lead="greens"))).say(filed("15001", confidential=True)).dispatch_all()
    about = {"dispatch_id": desk.order("greens"), "unit_id": "greens", "reason": "conditions_missing"}
    desk.say(ReturnRequested.model_validate({**about, "note": "举报人张某", "requested_by": CLERK}))
    assert desk.give_back("greens", reason="conditions_missing").last(CaseSentBack).note == WITHHELD


def test_a_confidential_case_that_two_units_give_back_goes_before_no_team_but_its_own_centre() -> None:
    """Who meets on site would learn of it: the convenor of a team sees the cases of its surveys."""
    secret = {"code": "15001", "lead": "police"}, {"code": "15001", "area": "370522001", "lead": "greens"}
    desk = Desk(
        town(entry("a", **secret[0]), entry("b", **secret[1]), entry("c", match=major("15"), lead="roads"), *TEAMS)
    )
    desk.say(filed("15001", confidential=True)).dispatch_all().give_back("greens").dispatch_all().give_back("police")
    needed = desk.needed
    assert desk.said[-1] is needed
    assert (needed.queue, needed.team_id, needed.candidates) == ("centre-one", None, ())
    assert needed.reason != "joint_survey"
    assert needed.due_at == NOON + timedelta(minutes=15)
    assert not may_see(
        INDEXES.of(desk.district), desk.state, (), Caller(kind="account", id="f", roles=CONVENES, unit_id="fire")
    )
    desk.do(decide_by_hand, "police", (), "", STREET_DISPATCHER)
    assert desk.routed.rule == "dispatcher", "and no finding about the list follows from it"


def test_without_a_team_above_the_widest_one_here_meets() -> None:
    desk = Desk(town(*LIST, STREET_TEAM)).say(filed()).dispatch_all()
    assert desk.give_back("greens").dispatch_all().give_back("roads").needed.team_id == "joint-one"


def test_an_emergency_is_surveyed_within_thirty_minutes() -> None:
    desk = Desk(town(*LIST, PLAN_GENERAL)).say(filed(emergency=True)).dispatch_all()
    desk.give_back("greens").dispatch_all().give_back("roads")
    assert desk.needed.due_at == NOON + timedelta(minutes=30)


def test_the_plans_orders_stay_when_the_lead_changes() -> None:
    lead = (entry("a", code="05001", lead="roads"), entry("b", match=major("05"), lead="water"))
    desk = Desk(town(*lead, PLAN_GAS)).say(filed("05001", emergency=True)).dispatch_all()
    desk.sign("roads").give_back("roads")
    assert names(desk.routed) == {"water": "lead"}
    assert desk.routed.withdrawn == (desk.order("roads", 1),)


def test_nobody_left_is_the_street_centres_question() -> None:
    desk = Desk(town(entry("a", lead="greens"))).say(filed()).dispatch_all().give_back("greens")
    assert (desk.needed.reason, desk.needed.queue, desk.needed.gap) == ("no_candidate_left", "centre-one", False)


def test_nothing_matching_is_the_street_centres_question_and_a_gap() -> None:
    desk = Desk(town()).say(filed())
    assert (desk.needed.reason, desk.needed.queue, desk.needed.gap) == ("no_match", "centre-one", True)
    assert desk.needed.due_at == NOON + timedelta(minutes=15)


def test_an_emergency_without_a_lead_moves_its_plan_and_asks_a_person_at_once() -> None:
    desk = Desk(town(PLAN_GENERAL)).say(filed(emergency=True))
    assert [type(each) for each in desk.said] == [CaseRouted, DecisionNeeded]
    assert names(desk.routed) == {"mobile": "first_response"}


def test_a_released_co_unit_is_not_taken_back_again() -> None:
    desk = Desk(town(*LIST)).say(filed()).dispatch_all()
    desk.say(CoUnitReleased(dispatch_id=desk.order("water"), unit_id="water", note="", released_by=CLERK))
    assert desk.order("water", 1) not in desk.give_back("greens").routed.withdrawn


def test_a_case_that_ended_is_not_routed_any_more() -> None:
    voided = CaseVoided(note="", decided_by=CLERK)
    desk = Desk(town(*LIST)).say(filed()).dispatch_all().say(voided).give_back("greens")
    assert len(desk.said) == 1
    assert Desk(town()).say(filed(), voided).state.waiting is None
    assert Desk(town(*LIST)).say(voided, filed()).said == []


def year_announced(*entities: Entity) -> RegistrySnapshot:
    """The town with a table in which Monday 4 January 2027 is a holiday."""
    settings = DistrictSettings(
        id="370522", name="利津县", name_en="Lijin County", case_prefix="LJ", announced_years=(2027,)
    )
    return town(*entities, settings, CalendarDay(id="2027-01-04", working=False), release=2)


NEW_YEARS_EVE = datetime(2026, 12, 31, 3, tzinfo=UTC)
"""11:00 of a Thursday in Shanghai."""
SURVEYED = (*LIST, STREET_TEAM, COUNTY_TEAM)


def surveyed() -> Desk:
    """Returned twice on New Year's Eve: the teams meet within one working day, which is one of the new year."""
    desk = Desk(town(*SURVEYED), NEW_YEARS_EVE).say(filed()).dispatch_all().sign("greens")
    return desk.give_back("greens").dispatch_all().give_back("roads")


def test_until_when_a_person_decides_moves_when_the_calendar_of_a_year_is_announced() -> None:
    """From the instant of the question and its limit anew; said once, shown in queue and case, and then it stands."""
    desk = surveyed()
    assert (desk.needed.due_at, desk.needed.provisional) == (NEW_YEARS_EVE + timedelta(days=4), True)
    assert desk.state.provisional
    desk.district = year_announced(*SURVEYED)
    desk.do(recompute_deadline)
    moved = desk.last(DecisionDueMoved)
    assert (moved.round, moved.queue, moved.provisional) == (3, "county", False)
    assert moved.due_at == NEW_YEARS_EVE + timedelta(days=5)
    shown = routing_view(INDEXES.of(desk.district), CASE, 1, desk.state).waiting
    assert shown is not None
    assert (shown.due_at, shown.provisional) == (moved.due_at, False)
    said = len(desk.said)
    desk.district = town(*SURVEYED, release=3)
    assert len(desk.do(recompute_deadline).said) == said, "what was promised for good is moved by nothing"
    assert not desk.state.provisional


def test_what_was_called_up_to_the_county_follows_from_the_call() -> None:
    desk = Desk(town(), NEW_YEARS_EVE).say(filed())
    assert not desk.needed.provisional, "fifteen minutes run through holidays"
    desk.at += timedelta(hours=1)
    desk.do(escalate, STREET_DISPATCHER)
    assert (desk.needed.due_at, desk.needed.provisional) == (desk.at + timedelta(days=4), True)
    called_at = desk.at
    desk.at += timedelta(hours=3)
    desk.district = year_announced()
    desk.do(recompute_deadline)
    assert desk.last(DecisionDueMoved).due_at == called_at + timedelta(days=5)


def test_what_is_decided_or_ended_waits_for_no_calendar() -> None:
    desk = surveyed().do(decide_by_hand, "greens", (), "会商", COUNTY_DISPATCHER)
    voided = surveyed().say(CaseVoided(note="", decided_by=CLERK))
    for each in (desk, voided):
        assert (each.state.provisional, each.state.was_provisional) == (False, True)
        each.district = year_announced(*SURVEYED)
        said = len(each.said)
        assert len(each.do(recompute_deadline).said) == said


MERGED = CaseAttached(host_case_id=CASE, host_case_number="", rule="merged", decided_by=CLERK)
UNDONE = CaseDetached(host_case_id=CASE, decided_by=CLERK)


def taken_back(desk: Desk, *units: str) -> list[DispatchWithdrawn]:
    """What dispatch says when the case is merged."""
    return [DispatchWithdrawn(dispatch_id=desk.order(unit), unit_id=unit, reason="merged") for unit in units]


def test_a_merge_undone_gives_the_same_units_their_orders_again() -> None:
    """Also those that a person named, and that no list would name."""
    desk = (
        Desk(town()).say(filed()).do(decide_by_hand, "roads", ("homes",), "熟悉情况", COUNTY_DISPATCHER).dispatch_all()
    )
    desk.say(MERGED, *taken_back(desk, "roads", "homes"), UNDONE)
    assert (desk.routed.round, desk.routed.rule, desk.routed.withdrawn) == (2, "dispatcher", ())
    assert names(desk.routed) == {"roads": "lead", "homes": "co"}
    assert {each.unit_id: each.milestones for each in desk.routed.assignments} == {"roads": (), "homes": ()}
    assert len(desk.said) == 3, "asked, decided, given again: nothing is asked anew"


def test_what_was_done_before_the_merge_stays_done() -> None:
    """The lead had completed, so only the co-unit's order was taken back, and only that goes out again."""
    desk = Desk(town(*LIST)).say(filed()).dispatch_all()
    desk.say(MERGED, *taken_back(desk, "homes"), UNDONE)
    assert names(desk.routed) == {"homes": "co"}


def test_a_merge_undone_before_its_withdrawals_were_heard_comes_to_the_same() -> None:
    """Facts of two services may cross."""
    desk = Desk(town(*LIST)).say(filed()).dispatch_all()
    given = [each for unit in ("greens", "homes", "water") for each in taken_back(desk, unit)]
    desk.say(MERGED, UNDONE)
    assert len(desk.said) == 1
    desk.say(*given)
    assert {unit for each in desk.said[1:] if isinstance(each, CaseRouted) for unit in names(each)} == {
        "greens",
        "homes",
        "water",
    }


def test_a_case_that_waited_for_a_person_when_it_was_merged_waits_again() -> None:
    desk = Desk(town()).say(filed(), MERGED)
    assert desk.state.waiting is None
    assert desk.say(UNDONE).needed.round == 2


def test_an_order_taken_back_by_hand_waits_for_the_person_who_took_it() -> None:
    desk = Desk(town(*LIST)).say(filed()).dispatch_all()
    desk.say(DispatchWithdrawn(dispatch_id=desk.order("greens"), unit_id="greens", reason="by_hand"))
    assert (desk.needed.reason, desk.needed.round) == ("no_candidate_left", 2)


def test_a_forced_close_ends_the_question_and_reopening_asks_it_again() -> None:
    closed = CaseClosed(outcome="forced", closing_condition_met=False, forced=True, closed_by=CLERK)
    reopened = CaseReopened(reason="by_hand", reopened_by=CLERK)
    desk = Desk(town()).say(filed(), closed)
    assert (desk.state.waiting, desk.state.question_outcome) == (None, "closed")
    assert desk.say(reopened).needed.round == 2
    assert desk.state.question_outcome == "open"
    desk = Desk(town(*LIST)).say(filed()).dispatch_all().say(closed, reopened)
    assert len(desk.said) == 1
