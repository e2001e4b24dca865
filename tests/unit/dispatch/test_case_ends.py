"""Dispatches of a case that is closed, reopened, voided or merged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.events import acceptance, command, handling, supervision
from services.dispatch.domain.dispatches.problems import (
    DispatchNotOpenForThis,
    EvidenceMissing,
)
from tests.unit.dispatch.case_driver import dispatched
from tests.unit.dispatch.sample_events import AFTER, DESK, SYSTEM, assignment, filed, routed


def test_rework_reopens_the_dispatch_with_a_new_limit_and_needs_new_evidence() -> None:
    driver = dispatched(assignment("sanitation")).complete("sanitation", AFTER)
    dispatch = driver.dispatch_of("sanitation")
    half = (dispatch.milestones[1].model_copy(update={"amount": 4, "due_at": driver.now + timedelta(hours=6)}),)
    again = supervision.ReworkOrdered(
        dispatch_id=dispatch.id, unit_id="sanitation", round=1, reason="recheck_failed", note="还有", milestones=half
    )
    driver.apply(again)
    assert driver.dispatch_of("sanitation").status == "rework"
    assert driver.webhook_types()[-1] == "dispatch.rework_ordered"
    with pytest.raises(EvidenceMissing):
        driver.complete("sanitation")
    driver.complete("sanitation", AFTER)
    assert [each.rework_round for each in driver.events_of(handling.HandlingCompleted)] == [0, 1]
    driver.apply(again)
    assert driver.dispatch_of("sanitation").status == "completed", "a rework of a completed round changes nothing"


def test_units_that_completed_are_told_once_that_the_case_is_reopened() -> None:
    """The lead with its rework and the co-unit without; not a unit that never completed."""
    driver = dispatched(assignment("sanitation"), assignment("water", "co"), assignment("fire", "first_response"))
    driver.complete("sanitation", AFTER)
    driver.sign("water").complete("water", AFTER)
    lead = driver.dispatch_of("sanitation")
    driver.apply(supervision.CaseClosed(outcome="solved", closing_condition_met=True, closed_by=SYSTEM))
    notices = len(driver.notice_keys)
    driver.apply(
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
    assert driver.webhook_types("sanitation")[-2:] == ["dispatch.reopened", "dispatch.rework_ordered"]
    assert driver.webhook_types("water")[-1] == "dispatch.reopened"
    assert driver.webhook_types("fire")[-1] == "dispatch.withdrawn"
    assert [(who, what) for who, what, _ in driver.notice_keys[notices:]] == [
        ("unit:sanitation", "case_reopened"),
        ("unit:water", "case_reopened"),
    ]
    assert driver.dispatch_of("sanitation").status == "rework"


def test_closing_notifies_units_that_completed_and_withdraws_the_others() -> None:
    driver = dispatched(assignment("sanitation"), assignment("fire", "first_response")).complete("sanitation", AFTER)
    driver.apply(
        supervision.CaseClosed(outcome="solved", closing_condition_met=True, closed_by=SYSTEM),
    )
    assert driver.webhook_types("sanitation")[-1] == "dispatch.closed"
    assert driver.webhook_types("fire")[-1] == "dispatch.withdrawn"
    assert driver.last(command.DispatchWithdrawn).reason == "case_ended"
    with pytest.raises(DispatchNotOpenForThis):
        driver.sign("fire")


def test_a_reopened_case_may_be_reworked() -> None:
    driver = dispatched(assignment("sanitation")).complete("sanitation", AFTER)
    dispatch = driver.dispatch_of("sanitation")
    driver.apply(
        supervision.CaseClosed(outcome="solved", closing_condition_met=True, closed_by=SYSTEM),
        supervision.CaseReopened(reason="reporter_not_solved", reopened_by=SYSTEM),
        supervision.ReworkOrdered(
            dispatch_id=dispatch.id,
            unit_id="sanitation",
            round=1,
            reason="reporter_not_solved",
            note="没解决",
            milestones=dispatch.milestones,
        ),
    )
    driver.complete("sanitation", AFTER)
    assert driver.last(handling.HandlingCompleted).rework_round == 1


def test_a_voided_case_is_not_dispatched_again() -> None:
    driver = dispatched(assignment("sanitation"))
    driver.apply(acceptance.CaseVoided(note="误立", decided_by=DESK))
    assert driver.dispatch_of("sanitation").status == "withdrawn"
    before = len(driver.events)
    driver.apply(routed(assignment("housing"), round_=2))
    assert len(driver.events) == before


def test_merging_withdraws_the_dispatches_of_the_merged_case() -> None:
    driver = dispatched(assignment("sanitation"))
    driver.apply(
        acceptance.CaseAttached(
            host_case_id=REPORT_HOST, host_case_number="LJ-20261123-000009", rule="merged", decided_by=DESK
        )
    )
    assert driver.last(command.DispatchWithdrawn).reason == "merged"


REPORT_HOST = filed().report_id
