"""Escalation of tasks in the field: passed on, late, then to the lead and the centre."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.events import acceptance
from contracts.events.supervision import AttentionNeeded, AttentionSettled, RecheckPassedOn, TaskEscalated
from contracts.registry import Officer
from services.chassis.auth import SYSTEM
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain import problems
from services.supervision.domain.actions import task_actions
from services.supervision.workers.rechecks import Unassigned, plan_assignments
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import HOME, at, in_the_field, person
from tests.unit.supervision.sample_events import CASE, LEAD


def district_with_leads(*leads: tuple[str, int, str], **settings: Any) -> RegistrySnapshot:
    """Return the district with grid leads `(id, level, area)`."""
    district = sample_district.make_district(**settings)
    records = {kind: dict(found) for kind, found in district.records.items()}
    for key, level, area in leads:
        records["officer"][key] = Officer(
            id=key, role="grid_lead", level=level, name=key, name_en=key, areas=(area,), primary_grid=None
        )
    return RegistrySnapshot.from_records(1, records)


def case_under_recheck(district: RegistrySnapshot) -> CaseDriver:
    """Return a case whose recheck ann has since 11:00; it is due at 12:00."""
    driver = CaseDriver(district)
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00")), at=at("03-11 09:00")
    )
    driver.apply(sample_events.dispatched(at("03-11 09:05")), at=at("03-11 09:05"))
    driver.apply(sample_events.signed(), sample_events.completed(), sample_events.all_completed(), at=at("03-11 11:00"))
    driver.assign("ann")
    return driver


def escalations(driver: CaseDriver) -> list[tuple[str, str | None]]:
    return [(event.to, event.officer_id) for event in driver.events_of(TaskEscalated)]


def test_a_late_task_goes_to_the_nearest_grid_lead_then_to_the_centre() -> None:
    """At the limit to the lead of the grid (level 3 before 2), at 150 % to the street's centre."""
    driver = case_under_recheck(
        district_with_leads(("street", 1, HOME[:9]), ("community", 2, HOME[:12]), ("lead", 3, HOME))
    )
    driver.advance_to(at("03-11 11:59"))
    assert escalations(driver) == []
    driver.advance_to(at("03-11 12:00"))
    assert escalations(driver) == [("grid_lead", "lead")]
    assert driver.task("recheck")[1].lead_id == "lead"
    driver.advance_to(at("03-11 18:00"))
    assert escalations(driver) == [("grid_lead", "lead"), ("centre", None)]
    assert [(event.reason, event.queue) for event in driver.events_of(AttentionNeeded)] == [
        ("task_overdue", "shift_lead")
    ]


def test_without_a_grid_lead_a_late_task_goes_to_the_centre_only() -> None:
    driver = case_under_recheck(district_with_leads(("elsewhere", 2, "370522002001")))
    driver.advance_to(at("03-11 18:00"))
    assert escalations(driver) == [("centre", None)]


def test_the_officer_may_still_answer_and_the_centres_question_ends() -> None:
    driver = case_under_recheck(district_with_leads(("lead", 3, HOME)))
    driver.advance_to(at("03-11 13:00"))
    driver.answer(in_the_field("ann"), passed=False, note="没有清理")
    assert [event.reason for event in driver.events_of(AttentionSettled)] == ["task_overdue"]
    assert (driver.count("recheck_due", "ann"), driver.count("recheck_on_time", "ann")) == (1, 0)


def test_a_lead_who_answers_is_not_counted_late() -> None:
    driver = case_under_recheck(district_with_leads(("lead", 3, HOME)))
    driver.advance_to(at("03-11 12:30"))
    driver.answer(person("grid_lead", "account-lead", officer_id="lead", areas=(HOME,)), passed=True)
    assert (driver.count("recheck_due", "ann"), driver.count("recheck_due", "lead")) == (1, 0)


def test_the_shares_of_escalation_are_district_settings() -> None:
    driver = case_under_recheck(
        district_with_leads(("lead", 3, HOME), urge_steps={"task_lead": 0.5, "task_centre": 1.0})
    )
    driver.advance_to(at("03-11 12:00"))
    assert escalations(driver) == [("grid_lead", "lead"), ("centre", None)]


def test_a_task_passed_on_goes_to_another_officer() -> None:
    driver = case_under_recheck(district_with_leads())
    task_id = driver.task("recheck")[0]
    driver.run(task_actions.pass_on, task_id, "车坏了", in_the_field("ann"))
    assert [(event.officer_id, event.note) for event in driver.events_of(RecheckPassedOn)] == [("ann", "车坏了")]
    task = driver.task("recheck")[1]
    assert (task.officer_id, task.status, driver.status) == (None, "open", "awaiting_recheck")
    waiting = [Unassigned(task_id, CASE, HOME, (*task.excluded, *task.declined))]
    assert plan_assignments(driver.district, waiting, {}, driver.now)[task_id] != "ann"
    before = len(driver.events)
    driver.run(task_actions.pass_on, task_id, "车坏了", in_the_field("ann"))
    assert len(driver.events) == before, "passing on again changes nothing"


def test_only_the_officer_of_a_task_passes_it_on() -> None:
    driver = case_under_recheck(district_with_leads())
    for other in (in_the_field("bo"), person("shift_lead")):
        with pytest.raises(problems.TaskUnknown):
            driver.run(task_actions.pass_on, driver.task("recheck")[0], "没空", other)


def test_a_task_passed_on_in_time_does_not_count_against_the_officer_but_a_late_one_does() -> None:
    early, late = case_under_recheck(district_with_leads()), case_under_recheck(district_with_leads())
    early.run(task_actions.pass_on, early.task("recheck")[0], "车坏了", in_the_field("ann"))
    early.advance_to(at("03-11 13:00"))
    late.advance_to(at("03-11 12:30"))
    late.run(task_actions.pass_on, late.task("recheck")[0], "车坏了", in_the_field("ann"))
    assert (early.count("recheck_due", "ann"), late.count("recheck_due", "ann")) == (0, 1)


def case_under_verification(district: RegistrySnapshot, **question: Any) -> CaseDriver:
    """Return a case whose verification was requested at 09:00 and is due at 09:30."""
    driver = CaseDriver(district)
    driver.apply(sample_events.received(at("03-11 09:00")), at=at("03-11 09:00"))
    asked: dict[str, Any] = {"mode": "site", "grid_code": HOME, "officer_id": "ann", **question}
    driver.apply(
        acceptance.VerificationRequested.model_validate({"task_id": LEAD, "due_at": at("03-11 09:30"), **asked})
    )
    return driver


def test_a_late_verification_is_escalated_in_the_same_way() -> None:
    driver = case_under_verification(district_with_leads(("lead", 3, HOME)))
    driver.advance_to(at("03-11 09:30"))
    assert escalations(driver) == [("grid_lead", "lead")]
    driver.advance_to(at("03-11 10:00"))
    assert [(event.kind, event.to) for event in driver.events_of(TaskEscalated)] == [
        ("verify", "grid_lead"),
        ("verify", "centre"),
    ]
    driver.apply(acceptance.FilingAwaited(missing=("decision",), due_at=at("03-11 10:30")))
    assert [event.reason for event in driver.events_of(AttentionSettled)] == ["task_overdue"]


def test_a_lead_who_reported_the_case_is_skipped() -> None:
    """This includes attached reports of the lead."""
    for reported_by in ({"reported_by": person("grid_lead", officer_id="lead").actor()}, {}):
        driver = CaseDriver(district_with_leads(("lead", 3, HOME), ("community", 2, HOME[:12])))
        driver.apply(sample_events.received(at("03-11 09:00"), **reported_by), at=at("03-11 09:00"))
        asked = {"task_id": LEAD, "mode": "site", "grid_code": HOME, "officer_id": "ann", "due_at": at("03-11 09:30")}
        driver.apply(acceptance.VerificationRequested.model_validate(asked))
        if not reported_by:
            driver.apply(
                acceptance.ReportJoined(
                    report_id=CASE,
                    attached_case_id=CASE,
                    attached_case_number="LJ-2",
                    channel="grid_terminal",
                    reporter_officer_id="lead",
                    reported_at=at("03-11 09:00"),
                )
            )
        driver.advance_to(at("03-11 09:30"))
        assert escalations(driver) == [("grid_lead", "community")]


def test_a_late_phone_verification_goes_to_the_centre_only() -> None:
    driver = case_under_verification(district_with_leads(("lead", 3, HOME)), mode="phone", officer_id=None)
    driver.advance_to(at("03-11 12:00"))
    assert escalations(driver) == [("centre", None)]


def test_a_verification_counts_for_its_present_officer() -> None:
    driver = case_under_verification(district_with_leads())
    driver.apply(acceptance.VerificationPassedOn(task_id=LEAD, officer_id="ann", note="在外", passed_on_by=SYSTEM))
    driver.apply(
        acceptance.VerificationAssigned(task_id=LEAD, officer_id="bo", due_at=at("03-11 09:30"), assigned_by=SYSTEM)
    )
    driver.advance_to(at("03-11 09:40"))
    assert (driver.count("verify_due", "ann"), driver.count("verify_due", "bo")) == (0, 1)


def test_a_task_passed_on_without_an_officer_on_duty_counts_from_the_next_shift() -> None:
    """It is late for nobody meanwhile."""
    driver = case_under_verification(district_with_leads())
    driver.apply(verification_passed_on(due_at=at("03-11 14:30")))
    assert (driver.clock("verify").started_at, driver.clock("verify").due_at) == (at("03-11 14:00"), at("03-11 14:30"))
    driver.apply(
        acceptance.VerificationAssigned(task_id=LEAD, officer_id="bo", due_at=at("03-11 14:30"), assigned_by=SYSTEM)
    )
    driver.advance_to(at("03-11 14:29"))
    assert (driver.count("verify_due", "ann"), driver.count("verify_due", "bo"), escalations(driver)) == (0, 0, [])
    driver.advance_to(at("03-11 14:31"))
    assert (driver.count("verify_due", "ann"), driver.count("verify_due", "bo")) == (0, 1)


def test_a_verification_without_a_possible_officer_goes_to_the_shift_lead() -> None:
    """An assignment or an answer settles the question."""
    driver = case_under_verification(district_with_leads(), officer_id=None, nobody_on_duty=True)
    assert [(event.reason, event.queue) for event in driver.events_of(AttentionNeeded)] == [
        ("nobody_on_duty", "shift_lead")
    ]
    driver.apply(
        acceptance.VerificationAssigned(task_id=LEAD, officer_id="bo", due_at=at("03-11 09:30"), assigned_by=SYSTEM)
    )
    assert [event.reason for event in driver.events_of(AttentionSettled)] == ["nobody_on_duty"]
    driver.apply(verification_passed_on(officer_id="bo", nobody_on_duty=True))
    assert [event.reason for event in driver.events_of(AttentionNeeded)] == ["nobody_on_duty"] * 2


def verification_passed_on(**fields: Any) -> acceptance.VerificationPassedOn:
    before: dict[str, Any] = {"task_id": LEAD, "officer_id": "ann", "note": "在外", "passed_on_by": SYSTEM, **fields}
    return acceptance.VerificationPassedOn.model_validate(before)
