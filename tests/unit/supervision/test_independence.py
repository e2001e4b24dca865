"""People who worked on a case do not confirm that it is solved, from no other desk, account or post.

A small centre has fourteen posts and seven people, so one account may hold several roles; this rule holds
nevertheless.
"""

from __future__ import annotations

from typing import Any

import pytest

from contracts.common import Actor, Place
from contracts.events.acceptance import ReportJoined, ReportLeft
from contracts.events.handling import ProgressReported
from contracts.events.supervision import AttentionNeeded, CaseClosed, RecheckPassedOn, RecheckRecorded, ReviewRecorded
from services.chassis.auth import SYSTEM, Caller
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain import problems
from services.supervision.domain.actions import case_actions, task_actions
from services.supervision.domain.policies.recheck import Finding
from services.supervision.workers.rechecks import Unassigned, plan_assignments
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import AFTER, CaseDriver
from tests.unit.supervision.sample_district import HOME, at, in_the_field, person
from tests.unit.supervision.sample_events import CASE, LEAD, SECOND_REPORT

SMALL_CENTRE = frozenset({"intake_clerk", "dispatcher", "shift_lead", "assessor", "leader"})
"""All roles of a centre."""


def caller_with_all_roles(account: str, **more: Any) -> Caller:
    return Caller(kind="account", id=account, roles=SMALL_CENTRE, **more)


def completed_by(
    by: Actor, outcome: str = "solved", *, district: RegistrySnapshot | None = None, **filed: Any
) -> CaseDriver:
    """Return a case that this person completed, or recorded as completed for the unit."""
    driver = CaseDriver(district or sample_district.make_district())
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00"), **filed), at=at("03-11 09:00")
    )
    driver.apply(sample_events.dispatched(at("03-11 09:00")), sample_events.signed())
    work = sample_events.completed(outcome).model_copy(update={"completed_by": by})
    driver.apply(work, sample_events.all_completed(outcome), at=at("03-11 11:00"))
    return driver


@pytest.mark.parametrize("mode", ["callback", "document"])
def test_one_account_may_hold_every_role(mode: str) -> None:
    """It may recheck as long as another person did the work."""
    driver = completed_by(Actor(kind="key", id="unit-key", unit_id="sanitation"), recheck_mode=mode)
    driver.answer(caller_with_all_roles("seven-in-one"), passed=True)
    assert driver.events_of(CaseClosed)[0].outcome == "solved"


def test_an_account_with_every_role_is_recorded_in_the_role_that_authorised_it() -> None:
    """Otherwise all would be recorded as the assessor's, the first role in the alphabet."""
    driver = completed_by(Actor(kind="key", id="unit-key", unit_id="sanitation"), "not_solvable")
    driver.answer(caller_with_all_roles("seven-in-one"), passed=True, kind="review")
    assert driver.events_of(ReviewRecorded)[0].decided_by.role == "leader"
    called = completed_by(Actor(kind="key", id="unit-key", unit_id="sanitation"), recheck_mode="callback")
    called.answer(caller_with_all_roles("seven-in-one"), passed=True)
    assert called.events_of(RecheckRecorded)[0].recorded_by.role == "intake_clerk"


UNIT_KEY = Actor(kind="key", id="unit-key", unit_id="sanitation")


def report_joined(officer_id: str = "ann") -> ReportJoined:
    return ReportJoined(
        report_id=SECOND_REPORT,
        attached_case_id=CASE,
        attached_case_number="LJ-2",
        channel="grid_terminal",
        reporter_officer_id=officer_id,
        reported_at=at("03-11 10:00"),
    )


def recheck_officers(driver: CaseDriver) -> tuple[str | None, str | None]:
    """Return the officer of the recheck and of its clock."""
    return driver.task("recheck")[1].officer_id, driver.clock("recheck").officer_id


@pytest.mark.parametrize("joins", ["before the work was done", "while it waits"])
def test_the_reporter_of_an_attached_report_does_not_recheck_the_host(joins: str) -> None:
    driver, unit = CaseDriver(sample_district.make_district()), UNIT_KEY
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00")), at=at("03-11 09:00")
    )
    early = [report_joined()] if joins == "before the work was done" else []
    driver.apply(sample_events.dispatched(at("03-11 09:00")), sample_events.signed(), *early)
    work = sample_events.completed("solved").model_copy(update={"completed_by": unit})
    driver.apply(work, sample_events.all_completed("solved"), at=at("03-11 11:00"))
    if not early:
        driver.apply(report_joined())
    with pytest.raises(problems.NotIndependent):
        driver.answer(in_the_field("ann"), passed=True)


@pytest.mark.parametrize("begun", [False, True])
def test_an_officer_who_turns_out_to_be_a_reporter_loses_the_recheck(*, begun: bool) -> None:
    """The task is passed on with the reason, even if the officer had begun."""
    driver = completed_by(UNIT_KEY)
    driver.assign("ann")
    if begun:
        driver.run(task_actions.claim, driver.task("recheck")[0], in_the_field("ann"))
    driver.apply(report_joined())
    passed_on = [(event.officer_id, event.reason, event.passed_on_by) for event in driver.events_of(RecheckPassedOn)]
    assert passed_on == [("ann", "reported", SYSTEM)]
    assert (driver.status, recheck_officers(driver)) == ("awaiting_recheck", (None, None))
    task_id, task = driver.task("recheck")
    waiting = [Unassigned(task_id, CASE, HOME, (*task.excluded, *task.declined))]
    assert plan_assignments(driver.district, waiting, {}, driver.now) == {task_id: "dan"}
    with pytest.raises(problems.NotIndependent):
        driver.answer(in_the_field("ann"), passed=True)
    driver.assign("dan")
    driver.answer(in_the_field("dan"), passed=True)
    assert (driver.count("rechecked", "dan"), driver.count("recheck_due", "ann")) == (1, 0)


def test_after_detaching_the_officer_may_recheck_again() -> None:
    driver = completed_by(UNIT_KEY)
    driver.assign("ann")
    driver.apply(report_joined(), ReportLeft(report_id=SECOND_REPORT, attached_case_id=CASE))
    driver.assign("ann")
    driver.answer(in_the_field("ann"), passed=True)
    assert driver.events_of(CaseClosed)


def test_a_report_of_another_officer_does_not_change_the_recheck() -> None:
    driver = completed_by(UNIT_KEY)
    driver.assign("ann")
    driver.apply(report_joined("cai"))
    assert (driver.events_of(RecheckPassedOn), recheck_officers(driver)) == ([], ("ann", "ann"))
    assert driver.task("recheck")[1].excluded == ["cai"]


def test_an_officer_who_works_on_the_case_loses_its_recheck() -> None:
    """A first responder may still work when lead and co-units have completed."""
    driver = completed_by(UNIT_KEY)
    driver.assign("ann")
    helper = Actor(kind="account", id="account-ann", officer_id="ann")
    driver.apply(ProgressReported(dispatch_id=sample_events.CO, unit_id="housing", note="已围挡", reported_by=helper))
    assert [(event.officer_id, event.reason) for event in driver.events_of(RecheckPassedOn)] == [("ann", "handled")]


def test_an_overdue_recheck_counts_for_the_officer_who_had_it() -> None:
    driver = completed_by(UNIT_KEY)
    driver.assign("ann")
    driver.advance_to(at("03-11 12:10"))
    driver.apply(report_joined())
    assert recheck_officers(driver) == (None, "ann")
    driver.answer(in_the_field("bo"), passed=True)
    assert (driver.count("recheck_due", "ann"), driver.count("recheck_on_time", "ann")) == (1, 0)


@pytest.mark.parametrize(("bo_comes", "due", "asked"), [("14:00", "03-11 15:00", []), (None, None, ["nobody_on_duty"])])
def test_without_another_officer_on_duty_the_recheck_counts_from_the_next_shift(
    bo_comes: str | None, due: str | None, asked: list[str]
) -> None:
    """Without a shift within a week a person is asked. The same holds when an officer passes the task on."""
    shifts = {"day-ann": ("08:00", "18:00"), **({"day-bo": (bo_comes, "18:00")} if bo_comes else {})}
    for taken in (True, False):
        driver = completed_by(UNIT_KEY, district=district_with_shifts(shifts))
        driver.assign("ann")
        if taken:
            driver.apply(report_joined())
        else:
            driver.run(task_actions.pass_on, driver.task("recheck")[0], "车坏了", in_the_field("ann"))
        expected = at(due) if due else None
        assert [event.due_at for event in driver.events_of(RecheckPassedOn)] == [expected]
        assert [event.reason for event in driver.events_of(AttentionNeeded)] == asked
        due_at = expected or at("03-11 12:00")
        assert (driver.task("recheck")[1].due_at, driver.clock("recheck").due_at) == (due_at, due_at)
        if due:
            driver.advance_to(at("03-11 14:30"))
            driver.answer(in_the_field("bo"), passed=True)
            assert (driver.count("recheck_on_time", "bo"), driver.count("recheck_due", "ann")) == (1, 0)


def test_a_correction_of_place_or_mode_renews_the_recheck() -> None:
    """Other corrections do not change the task."""
    driver = completed_by(UNIT_KEY)
    driver.assign("ann")
    before = driver.task("recheck")[0]
    driver.apply(sample_events.corrected(sample_district.DESK, severity=3))
    assert (driver.task("recheck")[0], recheck_officers(driver)) == (before, ("ann", "ann"))
    driver.apply(sample_events.corrected(sample_district.DESK, place=Place(grid_code=sample_district.FAR)))
    task_id, task = driver.task("recheck")
    assert task_id != before
    assert (task.grid_code, task.officer_id, driver.status) == (sample_district.FAR, None, "awaiting_recheck")
    with pytest.raises(problems.TaskCancelled):
        driver.run(task_actions.answer, before, Finding(passed=True, photos=(AFTER,)), in_the_field("ann"))
    plan = plan_assignments(driver.district, [Unassigned(task_id, CASE, task.grid_code, ())], {}, driver.now)
    assert plan == {task_id: "cai"}
    driver.apply(sample_events.corrected(sample_district.DESK, recheck_mode="document"))
    assert driver.task("recheck")[1].queue == "desk"


def district_with_shifts(hours: dict[str, tuple[str, str]]) -> RegistrySnapshot:
    """Return the district with only these shifts."""
    records = {kind: dict(found) for kind, found in sample_district.make_district().records.items()}
    records["shift"] = {
        key: each.model_copy(update={"starts": hours[key][0], "ends": hours[key][1]})
        for key, each in records["shift"].items()
        if key in hours
    }
    return RegistrySnapshot.from_records(1, records)


@pytest.mark.parametrize("mode", ["callback", "document"])
def test_whoever_recorded_the_work_does_not_recheck_it(mode: str) -> None:
    driver = completed_by(Actor(kind="account", id="seven-in-one"), recheck_mode=mode)
    with pytest.raises(problems.NotIndependent):
        driver.answer(caller_with_all_roles("seven-in-one"), passed=True)
    driver.answer(caller_with_all_roles("a colleague"), passed=True)
    assert driver.status != "awaiting_recheck"


def test_whoever_recorded_the_work_does_not_close_the_case() -> None:
    """Closing by hand confirms the closing condition, like a recheck."""
    driver = completed_by(Actor(kind="account", id="seven-in-one"))
    with pytest.raises(problems.NotIndependent):
        driver.run(case_actions.close, "已完成", caller_with_all_roles("seven-in-one"))
    driver.run(case_actions.close, "已完成", caller_with_all_roles("a colleague"))
    assert driver.events_of(CaseClosed)


def test_whoever_recorded_the_explanation_does_not_review_it() -> None:
    driver = completed_by(Actor(kind="account", id="seven-in-one"), "explained")
    with pytest.raises(problems.NotIndependent):
        driver.answer(caller_with_all_roles("seven-in-one"), passed=True, kind="review")
    driver.answer(caller_with_all_roles("a colleague"), passed=True, kind="review")
    assert driver.events_of(CaseClosed)[0].outcome == "explained"


def test_a_second_account_of_an_officer_is_the_same_person() -> None:
    """An officer handled it under one account; the other account of that post rechecks nothing, and is given
    nothing.
    """
    driver = completed_by(Actor(kind="account", id="first", officer_id="ann"))
    assert "ann" in driver.task("recheck")[1].excluded
    with pytest.raises(problems.NotIndependent):
        driver.answer(person("officer", "second", officer_id="ann"), passed=True)


def test_nobody_of_a_unit_that_worked_on_the_case_rechecks_it() -> None:
    """This includes officers of a co-unit who did nothing themselves."""
    driver = completed_by(Actor(kind="key", id="unit-key", unit_id="sanitation"))
    with pytest.raises(problems.NotIndependent):
        driver.answer(person("officer", "bo-of-the-unit", officer_id="bo", unit_id="sanitation"), passed=True)


def test_reporting_progress_counts_as_work() -> None:
    driver = CaseDriver(sample_district.make_district())
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00"), recheck_mode="document")
    )
    driver.apply(sample_events.dispatched(at("03-11 09:00")), at=at("03-11 09:00"))
    helper = Actor(kind="account", id="helping-hand")
    driver.apply(ProgressReported(dispatch_id=LEAD, unit_id="sanitation", note="已围挡", reported_by=helper))
    driver.apply(sample_events.completed(), sample_events.all_completed(), at=at("03-11 11:00"))
    with pytest.raises(problems.NotIndependent):
        driver.answer(caller_with_all_roles("helping-hand"), passed=True)
