"""Answers of units to a dispatch: sign, report progress, assign a crew, complete, release a co-unit."""

from __future__ import annotations

import pytest

from contracts.events import handling, supervision
from contracts.transitions import TABLE, Transition
from services.dispatch.domain.dispatches import actions, answers
from services.dispatch.domain.dispatches.answers import Responder
from services.dispatch.domain.dispatches.problems import (
    ClerkMustConfirm,
    DispatchNotOpenForThis,
    DispatchUnknown,
    EvidenceMissing,
    MilestoneUnknown,
    OnlyLeadReleases,
    PhoneEntryNeeded,
)
from tests.unit.dispatch.case_driver import UNIT, CaseDriver, dispatched
from tests.unit.dispatch.sample_district import MORNING
from tests.unit.dispatch.sample_events import AFTER, CLERK, DESK, FIXED, SAFE, SYSTEM, assignment, filed, routed


def test_a_replay_creates_the_same_ids() -> None:
    first, second = dispatched(assignment("sanitation")), dispatched(assignment("sanitation"))
    assert first.events == second.events
    assert [each.data.dispatch_id for _, each in first.webhooks] == [
        each.data.dispatch_id for _, each in second.webhooks
    ]


def test_signing_again_changes_nothing() -> None:
    driver = dispatched(assignment("sanitation")).sign("sanitation").sign("sanitation")
    assert len(driver.events_of(handling.DispatchSigned)) == 1
    assert driver.dispatch_of("sanitation").status == "handling"


def test_a_dispatcher_who_signs_for_a_unit_records_the_phone_call() -> None:
    driver = dispatched(assignment("sanitation"))
    with pytest.raises(PhoneEntryNeeded):
        driver.sign("sanitation", Responder(DESK, for_unit=True))
    entry = handling.PhoneEntry(contact="值班室", at=MORNING)
    driver.run("sanitation", lambda on: answers.sign(on, Responder(DESK, for_unit=True), entry))
    assert driver.last(handling.DispatchSigned).by_phone == entry


def test_reporting_progress_signs_the_dispatch() -> None:
    driver = dispatched(assignment("sanitation"))
    driver.run("sanitation", lambda on: answers.report_progress(on, UNIT, "到场", SAFE.name, ()))
    assert [type(each) for each in driver.events[-2:]] == [handling.DispatchSigned, handling.ProgressReported]
    assert driver.dispatch_of("sanitation").next_due_at == driver.dispatch_of("sanitation").milestones[1].due_at


def test_an_unknown_milestone_is_refused_with_the_known_ones() -> None:
    driver = dispatched(assignment("sanitation"))
    with pytest.raises(MilestoneUnknown) as refused:
        driver.run("sanitation", lambda on: answers.report_progress(on, UNIT, "到场", "没有", ()))
    assert refused.value.members["possible"] == [SAFE.name, FIXED.name]


def test_completion_needs_the_evidence_of_the_filing_condition() -> None:
    driver = dispatched(assignment("sanitation"))
    with pytest.raises(EvidenceMissing) as refused:
        driver.complete("sanitation")
    assert refused.value.members["roles"] == ["after"]
    assert "处置后照片（after）" in refused.value.text("zh")
    assert "Missing: after" in refused.value.text("en")
    driver.complete("sanitation", AFTER)
    assert driver.last(handling.WorkCompleted).outcome == "solved"


def test_evidence_sent_with_progress_counts() -> None:
    driver = dispatched(assignment("sanitation"))
    driver.run("sanitation", lambda on: answers.report_progress(on, UNIT, "清理完", None, (AFTER,)))
    driver.complete("sanitation")
    assert driver.dispatch_of("sanitation").status == "completed"


def test_an_explained_case_needs_no_photo() -> None:
    """A leader reviews it instead."""
    driver = dispatched(assignment("sanitation")).complete("sanitation", outcome="explained")
    assert driver.last(handling.HandlingCompleted).outcome == "explained"


def test_completing_again_changes_nothing_and_other_actions_are_refused() -> None:
    driver = dispatched(assignment("sanitation")).complete("sanitation", AFTER).complete("sanitation", AFTER)
    assert len(driver.events_of(handling.WorkCompleted)) == 1
    with pytest.raises(DispatchNotOpenForThis) as refused:
        driver.run("sanitation", lambda on: answers.assign_crew(on, UNIT, "一组"))
    assert refused.value.members["possible"] == []


def test_work_of_a_crew_is_confirmed_by_the_clerk() -> None:
    handler = Responder(CLERK, for_unit=False, confirms=False)
    driver = dispatched(assignment("sanitation"))
    driver.run("sanitation", lambda on: answers.assign_crew(on, UNIT, "一组"))
    with pytest.raises(ClerkMustConfirm):
        driver.complete("sanitation", AFTER, who=handler)
    driver.run("sanitation", lambda on: answers.revoke_crew(on, UNIT))
    driver.complete("sanitation", AFTER, who=handler)
    assert [each.crew for each in driver.events_of(handling.WorkAssigned)] == ["一组", None]


def test_a_joint_case_is_handled_when_the_lead_and_every_co_unit_have_completed() -> None:
    driver = dispatched(assignment("sanitation"), assignment("housing", "co"), assignment("fire", "first_response"))
    driver.complete("sanitation", AFTER)
    assert not driver.events_of(handling.HandlingCompleted)
    driver.complete("housing")
    done = driver.last(handling.HandlingCompleted)
    assert done.lead_unit_id == "sanitation"
    assert done.units == ("sanitation", "housing")
    assert driver.dispatch_of("fire").open, "first responders do not count"


def test_only_the_lead_releases_a_co_unit_and_only_before_completion() -> None:
    driver = dispatched(assignment("sanitation"), assignment("housing", "co"))
    co = driver.dispatch_of("housing")
    with pytest.raises(OnlyLeadReleases):
        driver.run("housing", lambda on: answers.release_co_unit(on, UNIT, on.case.state.find(co.id), "无事"))
    driver.complete("sanitation", AFTER)
    with pytest.raises(DispatchNotOpenForThis):
        driver.run("sanitation", lambda on: answers.release_co_unit(on, UNIT, on.case.state.find(co.id), "无事"))


def test_releasing_the_last_co_unit_completes_the_handling() -> None:
    driver = dispatched(assignment("sanitation"), assignment("housing", "co"))
    driver.run(
        "sanitation",
        lambda on: answers.release_co_unit(on, UNIT, on.case.state.find(driver.dispatch_of("housing").id), "无事"),
    )
    driver.complete("sanitation", AFTER)
    assert driver.events_of(handling.HandlingCompleted)
    assert driver.webhook_types("housing") == ["dispatch.created", "dispatch.withdrawn"]


def test_a_lead_releases_only_co_units_of_its_own_case() -> None:
    driver = dispatched(assignment("sanitation"), assignment("housing", "co"))
    with pytest.raises(DispatchUnknown):
        driver.run("sanitation", lambda on: answers.release_co_unit(on, UNIT, None, "无事"))


def test_a_reminder_reaches_the_unit_or_the_authority_above_a_coordinated_unit() -> None:
    driver = dispatched(assignment("property", coordinated=True))
    dispatch = driver.dispatch_of("property")
    driver.apply(
        supervision.UnitUrged(dispatch_id=dispatch.id, text="请尽快", urged_by=SYSTEM),
        supervision.UnitUrged(dispatch_id=dispatch.id, unit_id="housing", text="请督促", urged_by=SYSTEM),
    )
    assert driver.webhook_types("property")[-1] == "dispatch.urged"
    assert driver.webhooks[-1][0] == "housing"
    assert driver.webhooks[-1][1].data.addressed_to == "housing"


def test_messages_about_one_dispatch_are_numbered_without_gaps() -> None:
    driver = dispatched(assignment("sanitation"))
    dispatch = driver.dispatch_of("sanitation")
    for _ in range(3):
        driver.apply(supervision.UnitUrged(dispatch_id=dispatch.id, text="催", urged_by=SYSTEM))
    assert [each.data.sequence for _, each in driver.webhooks] == [1, 2, 3, 4]


def test_an_exercise_is_marked_in_every_message() -> None:
    from contracts.events.discovery import ReportReceived

    driver = CaseDriver()
    driver.apply(
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
        routed(assignment("sanitation")),
    )
    assert driver.webhooks[0][1].data.mode == "exercise"


@pytest.mark.parametrize(
    "row",
    [row for row in TABLE if row.fact.SOURCE == "dispatch" and row.action not in {"", "release-co-unit"}],
    ids=lambda row: row.action,
)
def test_dispatch_offers_the_actions_of_the_table_of_transitions(row: Transition) -> None:
    """Releasing a co-unit is no action of the lead."""
    assert row.before
    for status in row.before:
        assert row.action in actions.ACTIONS_BY_STATUS[status]  # type: ignore[index]
