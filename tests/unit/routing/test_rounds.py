"""Rounds of routing: returns, surveys, merges and reopenings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts.events.acceptance import CaseVoided
from contracts.events.command import CaseRouted, CaseSentBack, DecisionDueMoved, DecisionNeeded, DispatchWithdrawn
from contracts.events.handling import CoUnitReleased, ReturnRequested
from contracts.events.supervision import CaseClosed, CaseReopened
from contracts.masking import WITHHELD
from contracts.registry import CalendarDay, DistrictSettings, Entity
from services.chassis.auth import Caller
from services.chassis.registry_snapshot import RegistrySnapshot
from services.routing.api.views import routing_view
from services.routing.domain.access import may_see
from services.routing.domain.index import INDEXES
from services.routing.domain.manual_decision import decide_by_hand, escalate
from services.routing.domain.rounds import recompute_deadline
from tests.unit.routing.case_driver import (
    COUNTY_DISPATCHER,
    STREET_DISPATCHER,
    CaseDriver,
    roles_by_unit,
    withdrawn_by_merge,
)
from tests.unit.routing.sample_district import (
    COUNTY_TEAM,
    NOON,
    PLAN_GAS,
    PLAN_GENERAL,
    STREET_TEAM,
    THREE_CANDIDATES,
    entry,
    major,
    make_district,
)
from tests.unit.routing.sample_events import CASE, CLERK, MERGED, UNDONE, filed

UNIT_CLERK = frozenset({"unit_clerk"})
TEAMS = (STREET_TEAM, COUNTY_TEAM)


def test_a_filing_starts_the_first_round() -> None:
    driver = CaseDriver(make_district(*THREE_CANDIDATES, release=7)).apply(filed())
    assert roles_by_unit(driver.routed) == {"greens": "lead", "homes": "co", "water": "co"}
    assert (driver.routed.round, driver.routed.list_version, driver.routed.withdrawn) == (1, 7, ())
    assert driver.routed.decided_by.kind == "system"


def test_a_repeated_filing_changes_nothing() -> None:
    driver = CaseDriver(make_district(*THREE_CANDIDATES)).apply(filed(), filed())
    assert len(driver.events) == 1


def test_an_accepted_return_goes_to_the_next_candidate_and_the_first_receiver_stays_until_it_signs() -> None:
    driver = (
        CaseDriver(make_district(*THREE_CANDIDATES))
        .apply(filed())
        .dispatch_all()
        .sign("greens")
        .accept_return("greens")
    )
    assert driver.routed.rule == "next_candidate"
    assert driver.routed.round == 2
    assert driver.dispatch_id("greens", 1) in driver.routed.withdrawn
    assert driver.state.first_receiver == "greens"
    assert driver.dispatch_all().state.first_receiver == "greens"
    assert driver.sign("roads").state.first_receiver is None


def test_the_first_receiver_is_the_first_unit_with_a_dispatch_signed_or_not() -> None:
    """A later unit that returns the case unsigned does not become the first receiver."""
    driver = CaseDriver(make_district(*THREE_CANDIDATES)).apply(filed()).dispatch_all().accept_return("greens")
    assert driver.state.first_receiver == "greens"
    assert driver.dispatch_id("greens", 1) in driver.routed.withdrawn
    driver.dispatch_all().accept_return("roads")
    assert driver.state.first_receiver == "greens"
    before = len(driver.events)
    driver.apply(MERGED, *withdrawn_by_merge(driver, "greens"), UNDONE)
    assert not [
        each for each in driver.events[before:] if isinstance(each, CaseRouted) and "greens" in roles_by_unit(each)
    ]


def test_an_emergency_does_not_start_its_plan_twice() -> None:
    driver = CaseDriver(
        make_district(PLAN_GENERAL, entry("a", lead="greens"), entry("b", match=major("06"), lead="roads"))
    )
    driver.apply(filed(emergency=True)).dispatch_all().accept_return("mobile", "first_response").accept_return("greens")
    assert roles_by_unit(driver.routed) == {"roads": "lead"}


def test_a_co_unit_named_again_keeps_its_dispatch_and_others_are_withdrawn() -> None:
    driver = (
        CaseDriver(make_district(*THREE_CANDIDATES))
        .apply(filed())
        .dispatch_all()
        .sign("greens")
        .accept_return("greens")
    )
    assert roles_by_unit(driver.routed) == {"roads": "lead"}
    assert set(driver.routed.withdrawn) == {driver.dispatch_id("greens", 1), driver.dispatch_id("water", 1)}


def test_a_return_by_a_co_unit_releases_only_its_own_part() -> None:
    driver = CaseDriver(make_district(*THREE_CANDIDATES)).apply(filed()).dispatch_all().accept_return("homes", "co")
    assert len(driver.events) == 1
    assert driver.state.returned_as_lead == ()


def test_a_co_unit_that_returned_its_part_may_lead_the_next_round() -> None:
    driver = CaseDriver(
        make_district(entry("a", area="370522001001", lead="greens", co=("roads",)), entry("b", lead="roads"))
    )
    driver.apply(filed()).dispatch_all().accept_return("roads", "co").accept_return("greens")
    assert roles_by_unit(driver.routed) == {"roads": "lead"}
    driver.accept_return("greens")
    assert roles_by_unit(driver.routed) == {"roads": "lead"}


def test_a_second_accepted_return_calls_the_joint_team_one_level_up() -> None:
    """乡呼县应: a dispute about responsibility is surveyed within one work day, in the county's queue."""
    driver = (
        CaseDriver(make_district(*THREE_CANDIDATES, STREET_TEAM, COUNTY_TEAM))
        .apply(filed())
        .dispatch_all()
        .sign("greens")
    )
    driver.accept_return("greens").dispatch_all().accept_return("roads")
    needed = driver.needed
    assert (needed.reason, needed.queue, needed.team_id, needed.round) == ("joint_survey", "county", "joint-0", 3)
    assert needed.due_at == NOON + timedelta(days=1)
    assert driver.events[-1] is needed
    assert driver.state.first_receiver == "greens"


@pytest.mark.parametrize(("reason", "asked"), [("duplicate", "reported_duplicate"), ("untrue", "reported_untrue")])
def test_a_return_as_duplicate_or_untrue_goes_to_a_person_and_to_no_other_unit(reason: str, asked: str) -> None:
    """It is no dispute about responsibility: the centre may send the case back or name the same unit again."""
    driver = (
        CaseDriver(make_district(*THREE_CANDIDATES, STREET_TEAM, COUNTY_TEAM))
        .apply(filed())
        .dispatch_all()
        .sign("greens")
    )
    driver.accept_return("greens", reason=reason)
    needed = driver.needed
    assert (needed.reason, needed.queue, needed.round, needed.gap) == (asked, "centre-one", 2, False)
    assert needed.explanation_en.startswith(INDEXES.of(driver.district).name("greens").en)
    assert driver.state.first_receiver == "greens"
    driver.run(decide_by_hand, "greens", (), "已核实", STREET_DISPATCHER).dispatch_all().accept_return("greens")
    assert roles_by_unit(driver.routed) == {"roads": "lead", "homes": "co"}, "only one unit has denied responsibility"


def test_only_returns_that_deny_responsibility_count_towards_the_survey() -> None:
    driver = (
        CaseDriver(make_district(*THREE_CANDIDATES, STREET_TEAM, COUNTY_TEAM))
        .apply(filed())
        .dispatch_all()
        .accept_return("greens", reason="untrue")
    )
    driver.run(decide_by_hand, "greens", (), "属实", STREET_DISPATCHER).dispatch_all()
    driver.accept_return("greens", reason="wrong_area").dispatch_all()
    assert roles_by_unit(driver.routed) == {"roads": "lead", "homes": "co"}
    assert driver.accept_return("roads", reason="ownership_unclear").needed.reason == "joint_survey"


def test_a_return_for_missing_filing_conditions_goes_to_the_desk() -> None:
    """The dispatcher accepted the return, so the desk sees its text. After a new filing the unit is asked again."""
    driver = (
        CaseDriver(make_district(*THREE_CANDIDATES, STREET_TEAM, COUNTY_TEAM))
        .apply(filed())
        .dispatch_all()
        .sign("greens")
    )
    asked = {"dispatch_id": driver.dispatch_id("greens"), "unit_id": "greens", "reason": "conditions_missing"}
    driver.apply(ReturnRequested.model_validate({**asked, "note": "树未倒伏", "requested_by": CLERK}))
    before = len(driver.events)
    driver.accept_return("greens", reason="conditions_missing")
    (back,) = driver.events[before:]
    assert isinstance(back, CaseSentBack)
    assert (back.reason, back.note, back.round, back.decided_by) == ("conditions_missing", "树未倒伏", 1, CLERK)
    assert (driver.state.waiting, driver.state.first_receiver) == (None, "greens")
    assert roles_by_unit(driver.apply(filed()).routed) == {"greens": "lead"}


def test_the_text_of_a_confidential_return_is_not_passed_on() -> None:
    driver = (
        CaseDriver(make_district(entry("p", code="15001", lead="greens")))
        .apply(filed("15001", confidential=True))
        .dispatch_all()
    )
    about = {"dispatch_id": driver.dispatch_id("greens"), "unit_id": "greens", "reason": "conditions_missing"}
    driver.apply(ReturnRequested.model_validate({**about, "note": "举报人张某", "requested_by": CLERK}))
    assert driver.accept_return("greens", reason="conditions_missing").last(CaseSentBack).note == WITHHELD


def test_a_confidential_case_with_two_returns_goes_to_its_own_centre_and_to_no_team() -> None:
    """The convenor of a team sees the cases of its surveys and must not learn of this one."""
    secret = {"code": "15001", "lead": "police"}, {"code": "15001", "area": "370522001", "lead": "greens"}
    driver = CaseDriver(
        make_district(
            entry("a", **secret[0]), entry("b", **secret[1]), entry("c", match=major("15"), lead="roads"), *TEAMS
        )
    )
    driver.apply(filed("15001", confidential=True)).dispatch_all().accept_return("greens").dispatch_all().accept_return(
        "police"
    )
    needed = driver.needed
    assert driver.events[-1] is needed
    assert (needed.queue, needed.team_id, needed.candidates) == ("centre-one", None, ())
    assert needed.reason != "joint_survey"
    assert needed.due_at == NOON + timedelta(minutes=15)
    assert not may_see(
        INDEXES.of(driver.district), driver.state, (), Caller(kind="account", id="f", roles=UNIT_CLERK, unit_id="fire")
    )
    driver.run(decide_by_hand, "police", (), "", STREET_DISPATCHER)
    assert driver.routed.rule == "dispatcher", "the decision does not count as a survey"


def test_without_a_team_above_the_widest_local_team_meets() -> None:
    driver = CaseDriver(make_district(*THREE_CANDIDATES, STREET_TEAM)).apply(filed()).dispatch_all()
    assert driver.accept_return("greens").dispatch_all().accept_return("roads").needed.team_id == "joint-one"


def test_an_emergency_is_surveyed_within_thirty_minutes() -> None:
    driver = CaseDriver(make_district(*THREE_CANDIDATES, PLAN_GENERAL)).apply(filed(emergency=True)).dispatch_all()
    driver.accept_return("greens").dispatch_all().accept_return("roads")
    assert driver.needed.due_at == NOON + timedelta(minutes=30)


def test_first_responders_stay_when_the_lead_changes() -> None:
    lead = (entry("a", code="05001", lead="roads"), entry("b", match=major("05"), lead="water"))
    driver = CaseDriver(make_district(*lead, PLAN_GAS)).apply(filed("05001", emergency=True)).dispatch_all()
    driver.sign("roads").accept_return("roads")
    assert roles_by_unit(driver.routed) == {"water": "lead"}
    assert driver.routed.withdrawn == (driver.dispatch_id("roads", 1),)


def test_a_case_without_remaining_candidates_goes_to_the_street_centre() -> None:
    driver = CaseDriver(make_district(entry("a", lead="greens"))).apply(filed()).dispatch_all().accept_return("greens")
    assert (driver.needed.reason, driver.needed.queue, driver.needed.gap) == ("no_candidate_left", "centre-one", False)


def test_a_case_without_a_match_goes_to_the_street_centre_and_is_a_gap() -> None:
    driver = CaseDriver(make_district()).apply(filed())
    assert (driver.needed.reason, driver.needed.queue, driver.needed.gap) == ("no_match", "centre-one", True)
    assert driver.needed.due_at == NOON + timedelta(minutes=15)


def test_an_emergency_without_a_lead_starts_its_plan_and_asks_a_person() -> None:
    driver = CaseDriver(make_district(PLAN_GENERAL)).apply(filed(emergency=True))
    assert [type(each) for each in driver.events] == [CaseRouted, DecisionNeeded]
    assert roles_by_unit(driver.routed) == {"mobile": "first_response"}


def test_a_released_co_unit_is_not_withdrawn_again() -> None:
    driver = CaseDriver(make_district(*THREE_CANDIDATES)).apply(filed()).dispatch_all()
    driver.apply(CoUnitReleased(dispatch_id=driver.dispatch_id("water"), unit_id="water", note="", released_by=CLERK))
    assert driver.dispatch_id("water", 1) not in driver.accept_return("greens").routed.withdrawn


def test_an_ended_case_is_not_routed() -> None:
    voided = CaseVoided(note="", decided_by=CLERK)
    driver = (
        CaseDriver(make_district(*THREE_CANDIDATES)).apply(filed()).dispatch_all().apply(voided).accept_return("greens")
    )
    assert len(driver.events) == 1
    assert CaseDriver(make_district()).apply(filed(), voided).state.waiting is None
    assert CaseDriver(make_district(*THREE_CANDIDATES)).apply(voided, filed()).events == []


def year_announced(*entities: Entity) -> RegistrySnapshot:
    """Return the district with an announced calendar in which Monday 4 January 2027 is a holiday."""
    settings = DistrictSettings(
        id="370522", name="利津县", name_en="Lijin County", case_prefix="LJ", announced_years=(2027,)
    )
    return make_district(*entities, settings, CalendarDay(id="2027-01-04", working=False), release=2)


NEW_YEARS_EVE = datetime(2026, 12, 31, 3, tzinfo=UTC)
"""11:00 of a Thursday in Shanghai."""
SURVEYED = (*THREE_CANDIDATES, STREET_TEAM, COUNTY_TEAM)


def surveyed_at_new_year() -> CaseDriver:
    """Return a case with two returns on New Year's Eve; the survey is due after one working day, in the new year."""
    driver = CaseDriver(make_district(*SURVEYED), NEW_YEARS_EVE).apply(filed()).dispatch_all().sign("greens")
    return driver.accept_return("greens").dispatch_all().accept_return("roads")


def test_the_deadline_of_a_decision_moves_once_when_the_calendar_is_announced() -> None:
    """It is computed again from the original instant and limit."""
    driver = surveyed_at_new_year()
    assert (driver.needed.due_at, driver.needed.provisional) == (NEW_YEARS_EVE + timedelta(days=4), True)
    assert driver.state.provisional
    driver.district = year_announced(*SURVEYED)
    driver.run(recompute_deadline)
    moved = driver.last(DecisionDueMoved)
    assert (moved.round, moved.queue, moved.provisional) == (3, "county", False)
    assert moved.due_at == NEW_YEARS_EVE + timedelta(days=5)
    shown = routing_view(INDEXES.of(driver.district), CASE, 1, driver.state).waiting
    assert shown is not None
    assert (shown.due_at, shown.provisional) == (moved.due_at, False)
    before = len(driver.events)
    driver.district = make_district(*SURVEYED, release=3)
    assert len(driver.run(recompute_deadline).events) == before, "a final deadline does not move"
    assert not driver.state.provisional


def test_the_deadline_of_an_escalated_decision_counts_from_the_escalation() -> None:
    driver = CaseDriver(make_district(), NEW_YEARS_EVE).apply(filed())
    assert not driver.needed.provisional, "fifteen minutes run through holidays"
    driver.now += timedelta(hours=1)
    driver.run(escalate, STREET_DISPATCHER)
    assert (driver.needed.due_at, driver.needed.provisional) == (driver.now + timedelta(days=4), True)
    called_at = driver.now
    driver.now += timedelta(hours=3)
    driver.district = year_announced()
    driver.run(recompute_deadline)
    assert driver.last(DecisionDueMoved).due_at == called_at + timedelta(days=5)


def test_a_decided_or_ended_case_has_no_deadline_to_move() -> None:
    driver = surveyed_at_new_year().run(decide_by_hand, "greens", (), "会商", COUNTY_DISPATCHER)
    voided = surveyed_at_new_year().apply(CaseVoided(note="", decided_by=CLERK))
    for each in (driver, voided):
        assert (each.state.provisional, each.state.was_provisional) == (False, True)
        each.district = year_announced(*SURVEYED)
        before = len(each.events)
        assert len(each.run(recompute_deadline).events) == before


def test_undoing_a_merge_assigns_the_same_units_again() -> None:
    """This includes units that a person named and no list would name."""
    driver = (
        CaseDriver(make_district())
        .apply(filed())
        .run(decide_by_hand, "roads", ("homes",), "熟悉情况", COUNTY_DISPATCHER)
        .dispatch_all()
    )
    driver.apply(MERGED, *withdrawn_by_merge(driver, "roads", "homes"), UNDONE)
    assert (driver.routed.round, driver.routed.rule, driver.routed.withdrawn) == (2, "dispatcher", ())
    assert roles_by_unit(driver.routed) == {"roads": "lead", "homes": "co"}
    assert {each.unit_id: each.milestones for each in driver.routed.assignments} == {"roads": (), "homes": ()}
    assert len(driver.events) == 3, "asked, decided, assigned again: no new question"


def test_undoing_a_merge_does_not_repeat_completed_work() -> None:
    """The lead had completed, so only the co-unit's dispatch was withdrawn and is assigned again."""
    driver = CaseDriver(make_district(*THREE_CANDIDATES)).apply(filed()).dispatch_all()
    driver.apply(MERGED, *withdrawn_by_merge(driver, "homes"), UNDONE)
    assert roles_by_unit(driver.routed) == {"homes": "co"}


def test_a_merge_undone_before_its_withdrawals_arrive_has_the_same_result() -> None:
    """Events of two services may arrive in any order."""
    driver = CaseDriver(make_district(*THREE_CANDIDATES)).apply(filed()).dispatch_all()
    given = [each for unit in ("greens", "homes", "water") for each in withdrawn_by_merge(driver, unit)]
    driver.apply(MERGED, UNDONE)
    assert len(driver.events) == 1
    driver.apply(*given)
    assert {unit for each in driver.events[1:] if isinstance(each, CaseRouted) for unit in roles_by_unit(each)} == {
        "greens",
        "homes",
        "water",
    }


def test_a_case_that_waited_for_a_decision_before_its_merge_waits_again() -> None:
    driver = CaseDriver(make_district()).apply(filed(), MERGED)
    assert driver.state.waiting is None
    assert driver.apply(UNDONE).needed.round == 2


def test_an_order_taken_back_by_hand_waits_for_the_person_who_took_it() -> None:
    driver = CaseDriver(make_district(*THREE_CANDIDATES)).apply(filed()).dispatch_all()
    driver.apply(DispatchWithdrawn(dispatch_id=driver.dispatch_id("greens"), unit_id="greens", reason="by_hand"))
    assert (driver.needed.reason, driver.needed.round) == ("no_candidate_left", 2)


def test_a_forced_close_ends_the_question_and_reopening_asks_it_again() -> None:
    closed = CaseClosed(outcome="forced", closing_condition_met=False, forced=True, closed_by=CLERK)
    reopened = CaseReopened(reason="by_hand", reopened_by=CLERK)
    driver = CaseDriver(make_district()).apply(filed(), closed)
    assert (driver.state.waiting, driver.state.question_outcome) == (None, "closed")
    assert driver.apply(reopened).needed.round == 2
    assert driver.state.question_outcome == "open"
    driver = CaseDriver(make_district(*THREE_CANDIDATES)).apply(filed()).dispatch_all().apply(closed, reopened)
    assert len(driver.events) == 1
