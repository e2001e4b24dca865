"""Assignment of verifications: who gets a task and from when its time counts."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest

from contracts.events.acceptance import (
    VerificationAssigned,
    VerificationPassedOn,
)
from contracts.registry import Shift
from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain import verification, verifiers
from services.intake.domain.case import AttachedReport, IntakeCase
from services.intake.domain.problems import (
    NotYourTask,
    OfficerUnsuitable,
    TaskUnknown,
)
from services.intake.store.rows import report_row
from tests.unit.intake.sample_cases import event_names, last_event
from tests.unit.intake.sample_district import CLERK, GRID, NIGHT, NOON, RESIDENT, SHIFT_LEAD, lijin
from tests.unit.intake.verifying_cases import (
    liaison_officer,
    officer_of,
    reply,
    verifying_case,
)


def nearest_officer(busy: dict[str, int], *not_these: str, now: datetime = NOON) -> str | None:
    """Return the officer who gets a task in 津城05."""
    return verifiers.nearest_free(GRID, now, lijin(), lambda officer_id: busy.get(officer_id, 0), not_these)


def test_the_nearest_free_officer_gets_the_task() -> None:
    """The grid's own officer comes first; an officer with four open tasks is not free while a neighbour is."""
    own = "officer-jincheng-05"
    assert nearest_officer({}) == own
    next_door = nearest_officer({own: 4})
    assert next_door is not None
    assert next_door != own
    assert lijin().officers[next_door].primary_grid in lijin().neighbours_of(GRID, NOON.date())
    assert nearest_officer({own: 4}, next_door) not in (own, next_door)
    everybody = dict.fromkeys(lijin().officers, 9)
    assert nearest_officer(everybody) == own
    assert nearest_officer({**everybody, next_door: 5}) == next_door


def test_an_excluded_officer_does_not_get_the_task() -> None:
    assert nearest_officer({}, "officer-jincheng-05") != "officer-jincheng-05"
    assert nearest_officer({}, *lijin().officers) is None


def assignments(case: Case[IntakeCase]) -> list[tuple[str, str]]:
    """Return officer and assigner of each assignment."""
    events = [each.event for each in case.emitted]
    return [(each.officer_id, each.assigned_by.id) for each in events if isinstance(each, VerificationAssigned)]


def unassigned_case() -> Case[IntakeCase]:
    """Return a case in 津城05 whose task has no officer."""
    case = verifying_case()
    assert case.state.task is not None
    case.state.task.officer_id = None
    return case


def test_a_waiting_task_is_assigned_to_the_next_officer_on_duty() -> None:
    case = unassigned_case()
    assert verification.assign_waiting(case, {}) == "officer-jincheng-05"
    assert assignments(case) == [("officer-jincheng-05", "gridloop")]
    assert verification.assign_waiting(case, {}) is None, "the task is assigned"


def test_tasks_of_exercises_do_not_count_for_actual_cases() -> None:
    """Tasks of exercises count among exercises."""
    own = "officer-jincheng-05"
    assert verification.assign_waiting(unassigned_case(), {("exercise", own): 4}) == own
    assert verification.assign_waiting(unassigned_case(), {("actual", own): 4}) not in (own, None)


def district_with_shifts(**hours: tuple[str, str]) -> RegistrySnapshot:
    """Return the sample district with only these shifts in 津城05: `five`, `six` (officers), `lane` (a lane lead)."""
    who = {"five": "officer-jincheng-05", "six": "officer-jincheng-06", "lane": "lane-fengyi-05-02"}
    records = {kind: dict(found) for kind, found in lijin().records.items()}
    records["shift"] = {
        name: Shift(id=name, officer=who[name], areas=(GRID,), starts=starts, ends=ends)
        for name, (starts, ends) in hours.items()
    }
    return RegistrySnapshot.from_records(1, records)


@pytest.mark.parametrize(
    ("reporter", "hours", "due"),
    [
        (RESIDENT, {"five": ("08:00", "18:00"), "lane": ("05:00", "12:00")}, 8),
        (liaison_officer("p", "officer-jincheng-05"), {"five": ("08:00", "18:00"), "six": ("14:00", "22:00")}, 14),
    ],
    ids=["shift of a lane lead", "shift of the reporter"],
)
def test_the_deadline_counts_from_the_next_shift_of_a_possible_verifier(
    reporter: Caller, hours: dict[str, tuple[str, str]], due: int
) -> None:
    """Requested at three in the morning. Shifts of a lane lead or of the reporter do not count."""
    case = verifying_case(reporter, channel=min(reporter.channels), now=NIGHT, district=district_with_shifts(**hours))
    assert last_event(case).officer_id is None
    assert last_event(case).due_at.astimezone(lijin().zone).strftime("%H:%M") == f"{due:02}:30"
    assert not last_event(case).nobody_on_duty


def test_a_person_is_asked_if_no_possible_verifier_is_on_duty_within_a_week() -> None:
    case = verifying_case(now=NIGHT, district=district_with_shifts(lane=("05:00", "12:00")))
    assert (last_event(case).nobody_on_duty, (last_event(case).due_at - NIGHT).total_seconds()) == (True, 30 * 60)


def test_a_task_passed_on_without_another_officer_counts_from_the_next_shift() -> None:
    """Passed on at 11:00. The next shift begins at 14:00 or never, or the task is already late."""
    for hours, late, moved, nobody_on_duty in (
        ({"six": ("14:00", "22:00")}, False, "14:30", False),
        ({}, False, None, True),
        ({"six": ("14:00", "22:00")}, True, None, False),
        ({"six": ("08:00", "22:00")}, False, None, False),
    ):
        case = verifying_case(district=district_with_shifts(five=("08:00", "18:00"), **hours))
        task, officer = case.state.task, officer_of(case)
        assert task is not None
        assert task.officer_id == "officer-jincheng-05"
        if late:
            task.due_at = NOON
        verification.pass_on(case, task.task_id, "车坏了", officer, {})
        event = next(each.event for each in case.emitted if isinstance(each.event, VerificationPassedOn))
        shown = event.due_at and event.due_at.astimezone(lijin().zone).strftime("%H:%M")
        assert (shown, bool(event.nobody_on_duty)) == (moved, nobody_on_duty)
        assert case.state.task is not None
        assert case.state.task.due_at == case.state.due_at == (event.due_at or task.due_at)


def test_a_task_taken_from_its_reporter_counts_from_the_next_shift() -> None:
    """Without a shift within a week, a person is asked."""
    for hours, moved, nobody_on_duty in (({"six": ("14:00", "22:00")}, "14:30", False), ({}, None, True)):
        case = verifying_case(district=district_with_shifts(five=("08:00", "18:00"), **hours))
        report = case.state.received_report.reported_by.model_copy(update={"officer_id": officer_of(case).officer_id})
        joined = AttachedReport(case_id=uuid4(), report_id=uuid4(), channel="grid_terminal", reported_by=report)
        case.state.joined.append(joined)
        verification.unassign_reporter(case)
        event = last_event(case)
        assert isinstance(event, VerificationPassedOn)
        shown = event.due_at and event.due_at.astimezone(lijin().zone).strftime("%H:%M")
        assert (shown, bool(event.nobody_on_duty)) == (moved, nobody_on_duty)
        assert verification.assign_waiting(case, {}) is None


def test_a_task_passed_on_goes_to_another_officer() -> None:
    case = verifying_case()
    task, officer = case.state.task, officer_of(case)
    assert task is not None
    for _ in range(2):  # the second time changes nothing
        verification.pass_on(case, task.task_id, "在另一处现场", officer, {})
    assert event_names(case).count("VerificationPassedOn") == 1
    assert assignments(case) == [(nearest_officer({}, officer.officer_id or ""), "gridloop")]
    with pytest.raises(NotYourTask):
        verification.pass_on(case, task.task_id, "没空", Caller(kind="account", id="z"), {})


def test_the_shift_lead_or_the_grid_lead_of_the_place_assigns_an_officer() -> None:
    lead = Caller(kind="account", id="l", roles=frozenset({"grid_lead"}), officer_id="lead-jincheng")
    elsewhere = Caller(kind="account", id="e", roles=frozenset({"grid_lead"}), officer_id="lead-licheng")
    case = verifying_case()
    assert case.state.task is not None
    task_id = case.state.task.task_id
    verification.assign(case, task_id, "officer-jincheng-06", SHIFT_LEAD)
    verification.assign(case, task_id, "officer-jincheng-06", SHIFT_LEAD)
    verification.assign(case, task_id, "officer-jincheng-07", lead)
    assert assignments(case) == [("officer-jincheng-06", "lead"), ("officer-jincheng-07", "l")]
    with pytest.raises(TaskUnknown):
        verification.assign(case, task_id, "officer-jincheng-05", elsewhere)


@pytest.mark.parametrize("unsuitable", ["nobody", "lane-fengyi-05-02", "instructor-lijin"])
def test_only_officers_and_leads_are_assigned(unsuitable: str) -> None:
    case = verifying_case()
    assert case.state.task is not None
    with pytest.raises(OfficerUnsuitable):
        verification.assign(case, case.state.task.task_id, unsuitable, SHIFT_LEAD)


def test_an_escalated_task_may_be_answered_by_the_lead_then_by_the_desk() -> None:
    """Supervision escalates it; the officer keeps it."""
    case = verifying_case()
    task = case.state.task
    assert task is not None
    verification.record_escalation(case, uuid4(), "lead-jincheng")
    assert case.state.task == task, "the escalation of another task changes nothing"
    verification.record_escalation(case, task.task_id, "lead-jincheng")
    assert report_row(case)["task_lead"] == "lead-jincheng"
    with pytest.raises(NotYourTask):
        reply(case, "confirmed", CLERK)
    verification.record_escalation(case, task.task_id, None)
    assert report_row(case)["desk"] == "verification"
    reply(case, "confirmed", CLERK)
