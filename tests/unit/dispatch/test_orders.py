"""Orders go out, are taken and are taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.common import Actor
from contracts.events import acceptance, command, handling, supervision
from contracts.registry import Limit
from contracts.registry.settings import StageLimits
from contracts.transitions import TABLE, Transition
from services.dispatch.domain.dispatches import actions, answers, deadlines
from services.dispatch.domain.dispatches.answers import Responder
from services.dispatch.domain.dispatches.problems import (
    ClerkMustConfirm,
    DispatchNotOpenForThis,
    DispatchUnknown,
    EvidenceMissing,
    ExtensionNotPossible,
    MilestoneUnknown,
    OnlyLeadReleases,
    PhoneEntryNeeded,
    SuspensionNotPossible,
)
from tests.unit.dispatch.kit import (
    AFTER,
    CASE,
    CLERK,
    DESK,
    FIXED,
    MORNING,
    SAFE,
    UNIT,
    House,
    dispatched,
    district,
    filed,
    routed,
    to,
)

SYSTEM = Actor(kind="system", id="gridloop")


def test_each_milestone_runs_from_the_creation_of_the_order_on_its_own_clock() -> None:
    house = dispatched(to("sanitation"))
    said = house.last(command.CaseDispatched)
    assert [each.name for each in said.milestones] == ["围挡", "修复"]
    assert said.milestones[0].due_at == MORNING + timedelta(hours=2)
    # 09:00 + 8 office hours (3 before lunch, 4 after) = 09:00 of the next working day
    assert said.milestones[1].due_at == MORNING + timedelta(days=1)
    assert said.sign_due_at == MORNING + timedelta(hours=2)


def test_an_emergency_is_signed_in_thirty_minutes_and_a_hand_over_acknowledged_in_five() -> None:
    house = dispatched(
        to("sanitation"), to("fire", "first_response", handover=command.HandoverTarget(agency="119")), emergency=True
    )
    assert house.order("sanitation").sign_due_at == MORNING + timedelta(minutes=30)
    assert house.order("fire").sign_due_at == MORNING + timedelta(minutes=5)


def test_an_order_is_never_to_be_signed_after_its_first_milestone() -> None:
    """On Monday at 17:30 two office hours end on Tuesday at 09:30; the first milestone is due at 19:30."""
    house = House().later(hours=8, minutes=30).hear(filed(), routed(to("sanitation")))
    first = house.order("sanitation").milestones[0]
    assert first.due_at == house.at + timedelta(hours=2)
    assert house.last(command.CaseDispatched).sign_due_at == first.due_at
    house.later(minutes=30).ask_return("sanitation").later(hours=12).refuse("sanitation")
    order = house.order("sanitation")
    assert order.sign_due_at == order.milestones[0].due_at == first.due_at + timedelta(hours=12)


def test_a_pause_moves_no_signature_past_the_first_milestone() -> None:
    """Two urgent hours to sign from 11:30, one office hour for the work; both stand still from 11:40 to 15:00."""
    start, calendar = (
        MORNING + timedelta(hours=2, minutes=30),
        district(stage_limits=StageLimits(sign=Limit(amount=2, unit="urgent_hour"))),
    )
    hour = acceptance.Milestone(name="修复", name_en="fixed", amount=1, unit="work_hour")
    milestones = deadlines.due_milestones(start, [hour], calendar)
    due = deadlines.signature_due(start, milestones, calendar, handed_over=False, emergency=False)
    assert (due, milestones[0].due_at) == (start + timedelta(hours=2), start + timedelta(hours=3))
    pause = start + timedelta(minutes=10), start + timedelta(hours=3, minutes=30)
    moved = deadlines.signature_moved_by_pause(due, milestones, *pause, calendar, handed_over=False, emergency=False)
    assert (
        moved
        == deadlines.milestones_moved_by_pause(milestones, *pause, calendar)[0].due_at
        < due + (pause[1] - pause[0])
    )


def test_ordinary_work_of_an_emergency_service_is_signed_like_any_units() -> None:
    assert dispatched(to("fire")).order("fire").sign_due_at == MORNING + timedelta(hours=2)


def test_an_assignment_may_name_milestones_of_its_own() -> None:
    house = dispatched(to("sanitation"), to("fire", "first_response", milestones=(SAFE,)))
    assert [each.name for each in house.order("fire").milestones] == [SAFE.name]


def test_the_same_cause_makes_the_same_ids_so_that_a_replay_says_nothing_new() -> None:
    first, second = dispatched(to("sanitation")), dispatched(to("sanitation"))
    assert first.said == second.said
    assert [each.data.dispatch_id for _, each in first.told] == [each.data.dispatch_id for _, each in second.told]


def test_signing_again_changes_nothing() -> None:
    house = dispatched(to("sanitation")).sign("sanitation").sign("sanitation")
    assert len(house.all(handling.DispatchSigned)) == 1
    assert house.order("sanitation").status == "handling"


def test_a_dispatcher_who_signs_for_a_unit_says_who_took_the_call() -> None:
    house = dispatched(to("sanitation"))
    with pytest.raises(PhoneEntryNeeded):
        house.sign("sanitation", Responder(DESK, for_unit=True))
    entry = handling.PhoneEntry(contact="值班室", at=MORNING)
    house.do("sanitation", lambda on: answers.sign(on, Responder(DESK, for_unit=True), entry))
    assert house.last(handling.DispatchSigned).by_phone == entry


def test_working_on_an_order_takes_it() -> None:
    house = dispatched(to("sanitation"))
    house.do("sanitation", lambda on: answers.report_progress(on, UNIT, "到场", SAFE.name, ()))
    assert [type(each) for each in house.said[-2:]] == [handling.DispatchSigned, handling.ProgressReported]
    assert house.order("sanitation").next_due_at == house.order("sanitation").milestones[1].due_at


def test_a_milestone_that_the_order_does_not_have_is_refused_with_those_it_has() -> None:
    house = dispatched(to("sanitation"))
    with pytest.raises(MilestoneUnknown) as refused:
        house.do("sanitation", lambda on: answers.report_progress(on, UNIT, "到场", "没有", ()))
    assert refused.value.members["possible"] == [SAFE.name, FIXED.name]


def test_completing_needs_the_evidence_of_the_filing_condition() -> None:
    house = dispatched(to("sanitation"))
    with pytest.raises(EvidenceMissing) as refused:
        house.complete("sanitation")
    assert refused.value.members["roles"] == ["after"]
    assert "处置后照片（after）" in refused.value.text("zh")
    assert "Missing: after" in refused.value.text("en")
    house.complete("sanitation", AFTER)
    assert house.last(handling.WorkCompleted).outcome == "solved"


def test_evidence_brought_with_progress_counts() -> None:
    house = dispatched(to("sanitation"))
    house.do("sanitation", lambda on: answers.report_progress(on, UNIT, "清理完", None, (AFTER,)))
    house.complete("sanitation")
    assert house.order("sanitation").status == "completed"


def test_what_cannot_be_photographed_needs_no_photo_because_a_leader_reviews_it() -> None:
    house = dispatched(to("sanitation")).complete("sanitation", outcome="explained")
    assert house.last(handling.HandlingCompleted).outcome == "explained"


def test_completing_again_changes_nothing_and_other_answers_are_refused_with_what_is_possible() -> None:
    house = dispatched(to("sanitation")).complete("sanitation", AFTER).complete("sanitation", AFTER)
    assert len(house.all(handling.WorkCompleted)) == 1
    with pytest.raises(DispatchNotOpenForThis) as refused:
        house.do("sanitation", lambda on: answers.assign_crew(on, UNIT, "一组"))
    assert refused.value.members["possible"] == []


def test_work_handed_on_inside_the_unit_is_confirmed_by_its_clerk() -> None:
    handler = Responder(CLERK, for_unit=False, confirms=False)
    house = dispatched(to("sanitation"))
    house.do("sanitation", lambda on: answers.assign_crew(on, UNIT, "一组"))
    with pytest.raises(ClerkMustConfirm):
        house.complete("sanitation", AFTER, who=handler)
    house.do("sanitation", lambda on: answers.revoke_crew(on, UNIT))
    house.complete("sanitation", AFTER, who=handler)
    assert [each.crew for each in house.all(handling.WorkAssigned)] == ["一组", None]


def test_a_joint_case_is_handled_when_lead_and_every_co_unit_have_completed() -> None:
    house = dispatched(to("sanitation"), to("housing", "co"), to("fire", "first_response"))
    house.complete("sanitation", AFTER)
    assert not house.all(handling.HandlingCompleted)
    house.complete("housing")
    done = house.last(handling.HandlingCompleted)
    assert done.lead_unit_id == "sanitation"
    assert done.units == ("sanitation", "housing")
    assert house.order("fire").open, "first responders do not hold it up"


def test_the_lead_may_let_a_co_unit_go_and_only_the_lead() -> None:
    house = dispatched(to("sanitation"), to("housing", "co"))
    co = house.order("housing")
    with pytest.raises(OnlyLeadReleases):
        house.do("housing", lambda on: answers.release_co_unit(on, UNIT, on.case.state.find(co.id), "无事"))
    house.complete("sanitation", AFTER)
    with pytest.raises(DispatchNotOpenForThis):
        house.do("sanitation", lambda on: answers.release_co_unit(on, UNIT, on.case.state.find(co.id), "无事"))


def test_releasing_the_last_co_unit_completes_the_handling() -> None:
    house = dispatched(to("sanitation"), to("housing", "co"))
    house.do(
        "sanitation",
        lambda on: answers.release_co_unit(on, UNIT, on.case.state.find(house.order("housing").id), "无事"),
    )
    house.complete("sanitation", AFTER)
    assert house.all(handling.HandlingCompleted)
    assert house.messages("housing") == ["dispatch.created", "dispatch.withdrawn"]


def test_a_lead_releases_only_co_units_of_its_own_case() -> None:
    house = dispatched(to("sanitation"), to("housing", "co"))
    with pytest.raises(DispatchUnknown):
        house.do("sanitation", lambda on: answers.release_co_unit(on, UNIT, None, "无事"))


def test_an_extension_is_asked_before_it_is_overdue_and_never_on_an_urgent_limit() -> None:
    urgent = dispatched(to("sanitation", milestones=(SAFE,)))
    with pytest.raises(ExtensionNotPossible) as refused:
        urgent.do("sanitation", lambda on: answers.request_extension(on, UNIT, "雨天"))
    for language, listed in (("zh", "现在可以：签收"), ("en", "Possible now: sign")):
        assert listed in refused.value.text(language), "a person reads words, not the name of a field"
    late = dispatched(to("sanitation")).later(days=3)
    with pytest.raises(ExtensionNotPossible):
        late.do("sanitation", lambda on: answers.request_extension(on, UNIT, "雨天"))
    house = dispatched(to("sanitation"))
    house.do("sanitation", lambda on: answers.request_extension(on, UNIT, "雨天"))
    house.do("sanitation", lambda on: answers.request_extension(on, UNIT, "雨天"))
    assert len(house.all(handling.ExtensionRequested)) == 1


def test_a_granted_extension_moves_the_milestones_and_lets_another_be_asked_for() -> None:
    house = dispatched(to("sanitation"))
    house.do("sanitation", lambda on: answers.request_extension(on, UNIT, "雨天"))
    order = house.order("sanitation")
    moved = tuple(each.model_copy(update={"due_at": each.due_at + timedelta(days=1)}) for each in order.milestones)
    house.hear(
        supervision.ExtensionDecided(
            dispatch_id=order.id, unit_id="sanitation", granted=True, milestones=moved, decided_by=DESK
        )
    )
    assert house.order("sanitation").milestones == moved
    assert house.messages()[-1] == "dispatch.extension_decided"
    assert "request-extension" in actions.possible_actions(
        house.state, house.order("sanitation"), house.at, house.district.settings
    )


def test_what_was_granted_often_enough_is_not_asked_for_again() -> None:
    """Two extensions, one suspension: the unit hears it when it asks, with what it can do instead."""
    house = dispatched(to("sanitation"))
    order = house.order("sanitation")
    granted = supervision.ExtensionDecided(
        dispatch_id=order.id, unit_id="sanitation", granted=True, milestones=order.milestones, decided_by=DESK
    )
    house.hear(granted, granted.model_copy(update={"granted": False}), granted)
    with pytest.raises(ExtensionNotPossible) as refused:
        house.do("sanitation", lambda on: answers.request_extension(on, UNIT, "雨天"))
    assert "complete" in refused.value.members["possible"]
    assert "request-extension" not in refused.value.members["possible"]
    parked = supervision.SuspensionDecided(
        dispatch_id=order.id, unit_id="sanitation", granted=True, until=house.at + timedelta(days=1), decided_by=DESK
    )
    house.hear(
        parked, supervision.SuspensionEnded(dispatch_id=order.id, unit_id="sanitation", milestones=order.milestones)
    )
    with pytest.raises(SuspensionNotPossible) as refused_again:
        house.do("sanitation", lambda on: answers.request_suspension(on, UNIT, house.at + timedelta(days=9), "待春季"))
    assert "request-suspension" not in refused_again.value.members["possible"]


def test_an_order_follows_the_calendar_of_a_year_that_was_announced() -> None:
    """Supervision lays provisional deadlines off again; the unit's inbox shows the instants as they now are."""
    house = dispatched(to("sanitation"))
    order = house.order("sanitation")
    later = house.at + timedelta(days=9)
    moved = supervision.DeadlineMoved(
        clock_id=CASE, name="handle", dispatch_id=order.id, milestone="修复", due_at=later, reason="calendar"
    )
    house.hear(moved, moved.model_copy(update={"name": "sign", "milestone": None}))
    assert [each.due_at == later for each in house.order("sanitation").milestones] == [False, True]
    assert house.order("sanitation").sign_due_at == later


def test_a_case_is_parked_for_a_year_at_most_and_runs_on_by_itself() -> None:
    house = dispatched(to("sanitation"))
    with pytest.raises(SuspensionNotPossible):
        house.do(
            "sanitation", lambda on: answers.request_suspension(on, UNIT, house.at + timedelta(days=366), "待春季")
        )
    until = house.sign("sanitation").at + timedelta(days=100)
    house.do("sanitation", lambda on: answers.request_suspension(on, UNIT, until, "待春季"))
    order = house.order("sanitation")
    house.hear(
        supervision.SuspensionDecided(
            dispatch_id=order.id, unit_id="sanitation", granted=True, until=until, decided_by=DESK
        )
    )
    assert house.order("sanitation").status == "suspended"
    assert house.told[-1][1].data.until == until
    house.hear(supervision.SuspensionEnded(dispatch_id=order.id, unit_id="sanitation", milestones=order.milestones))
    assert house.order("sanitation").status == "handling"


def test_rework_opens_the_same_order_with_a_new_clock_and_asks_for_new_evidence() -> None:
    house = dispatched(to("sanitation")).complete("sanitation", AFTER)
    order = house.order("sanitation")
    half = (order.milestones[1].model_copy(update={"amount": 4, "due_at": house.at + timedelta(hours=6)}),)
    again = supervision.ReworkOrdered(
        dispatch_id=order.id, unit_id="sanitation", round=1, reason="recheck_failed", note="还有", milestones=half
    )
    house.hear(again)
    assert house.order("sanitation").status == "rework"
    assert house.messages()[-1] == "dispatch.rework_ordered"
    with pytest.raises(EvidenceMissing):
        house.complete("sanitation")
    house.complete("sanitation", AFTER)
    assert [each.rework_round for each in house.all(handling.HandlingCompleted)] == [0, 1]
    house.hear(again)
    assert house.order("sanitation").status == "completed", "an order for a round already answered opens nothing"


def test_whoever_had_completed_hears_once_that_the_case_is_open_again() -> None:
    """The lead, with its rework, and the co-unit of which nothing more is asked; not whoever never had it."""
    house = dispatched(to("sanitation"), to("water", "co"), to("fire", "first_response"))
    house.complete("sanitation", AFTER)
    house.sign("water").complete("water", AFTER)
    lead = house.order("sanitation")
    house.hear(supervision.CaseClosed(outcome="solved", closing_condition_met=True, closed_by=SYSTEM))
    woken = len(house.woken)
    house.hear(
        supervision.CaseReopened(
            reason="reporter_not_solved", note="还在", reopened_by=DESK, dispatch_id=lead.id, rework_round=1
        ),
        supervision.ReworkOrdered(
            dispatch_id=lead.id,
            unit_id="sanitation",
            round=1,
            reason="reporter_not_solved",
            note="还在",
            milestones=lead.milestones,
        ),
    )
    assert house.messages("sanitation")[-2:] == ["dispatch.reopened", "dispatch.rework_ordered"]
    assert house.messages("water")[-1] == "dispatch.reopened"
    assert house.messages("fire")[-1] == "dispatch.withdrawn"
    assert [(who, what) for who, what, _ in house.woken[woken:]] == [
        ("unit:sanitation", "case_reopened"),
        ("unit:water", "case_reopened"),
    ]
    assert house.order("sanitation").status == "rework"


def test_closing_tells_who_completed_and_lets_the_others_go() -> None:
    house = dispatched(to("sanitation"), to("fire", "first_response")).complete("sanitation", AFTER)
    house.hear(
        supervision.CaseClosed(outcome="solved", closing_condition_met=True, closed_by=SYSTEM),
    )
    assert house.messages("sanitation")[-1] == "dispatch.closed"
    assert house.messages("fire")[-1] == "dispatch.withdrawn"
    assert house.last(command.DispatchWithdrawn).reason == "case_ended"
    with pytest.raises(DispatchNotOpenForThis):
        house.sign("fire")


def test_a_reopened_case_may_be_reworked() -> None:
    house = dispatched(to("sanitation")).complete("sanitation", AFTER)
    order = house.order("sanitation")
    house.hear(
        supervision.CaseClosed(outcome="solved", closing_condition_met=True, closed_by=SYSTEM),
        supervision.CaseReopened(reason="reporter_not_solved", reopened_by=SYSTEM),
        supervision.ReworkOrdered(
            dispatch_id=order.id,
            unit_id="sanitation",
            round=1,
            reason="reporter_not_solved",
            note="没解决",
            milestones=order.milestones,
        ),
    )
    house.complete("sanitation", AFTER)
    assert house.last(handling.HandlingCompleted).rework_round == 1


def test_voided_beats_everything_and_nothing_goes_out_after_it() -> None:
    house = dispatched(to("sanitation"))
    house.hear(acceptance.CaseVoided(note="误立", decided_by=DESK))
    assert house.order("sanitation").status == "withdrawn"
    before = len(house.said)
    house.hear(routed(to("housing"), round_=2))
    assert len(house.said) == before


def test_merging_takes_the_orders_of_the_merged_case_back() -> None:
    house = dispatched(to("sanitation"))
    house.hear(
        acceptance.CaseAttached(
            host_case_id=REPORT_HOST, host_case_number="LJ-20261123-000009", rule="merged", decided_by=DESK
        )
    )
    assert house.last(command.DispatchWithdrawn).reason == "merged"


def test_urging_reaches_the_unit_or_the_authority_above_a_coordinated_one() -> None:
    house = dispatched(to("property", coordinated=True))
    order = house.order("property")
    house.hear(
        supervision.UnitUrged(dispatch_id=order.id, text="请尽快", urged_by=SYSTEM),
        supervision.UnitUrged(dispatch_id=order.id, unit_id="housing", text="请督促", urged_by=SYSTEM),
    )
    assert house.messages("property")[-1] == "dispatch.urged"
    assert house.told[-1][0] == "housing"
    assert house.told[-1][1].data.addressed_to == "housing"


def test_messages_about_one_order_are_numbered_without_gaps() -> None:
    house = dispatched(to("sanitation"))
    order = house.order("sanitation")
    for _ in range(3):
        house.hear(supervision.UnitUrged(dispatch_id=order.id, text="催", urged_by=SYSTEM))
    assert [each.data.sequence for _, each in house.told] == [1, 2, 3, 4]


def test_an_exercise_is_marked_in_every_message() -> None:
    from contracts.events.discovery import ReportReceived

    house = House()
    house.hear(
        ReportReceived(
            report_id=filed().report_id,
            case_number="LJ-1",
            channel="helper",
            occurred_at=MORNING,
            reported_at=MORNING,
            registered_at=MORNING,
            reported_by=DESK,
            mode="exercise",
        ),
        filed(),
        routed(to("sanitation")),
    )
    assert house.told[0][1].data.mode == "exercise"


REPORT_HOST = filed().report_id


@pytest.mark.parametrize(
    "row", [row for row in TABLE if row.fact.SOURCE == "dispatch" and row.action], ids=lambda row: row.action
)
def test_what_the_table_of_transitions_lets_units_do_dispatch_offers_there(row: Transition) -> None:
    """The lead's order gives the case its status, so an action of the table is one of the order in that status."""
    for status in row.before:
        if row.action != "release-co-unit":
            assert row.action in actions.ACTIONS_BY_STATUS[status]  # type: ignore[index]
