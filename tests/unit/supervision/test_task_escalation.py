"""Tasks in the street: passed on, late, and going up step by step."""

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
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import CASE, HOME, LEAD, at, in_the_field, person


def led(*leads: tuple[str, int, str], **settings: Any) -> RegistrySnapshot:
    """The town with grid leads `(id, level, area)`."""
    district = town.town(**settings)
    records = {kind: dict(found) for kind, found in district.records.items()}
    for key, level, area in leads:
        records["officer"][key] = Officer(
            id=key, role="grid_lead", level=level, name=key, name_en=key, areas=(area,), primary_grid=None
        )
    return RegistrySnapshot.from_records(1, records)


def rechecking(district: RegistrySnapshot) -> Life:
    """A recheck that ann has had since 11:00; it is due at 12:00."""
    life = Life(district)
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    life.hear(town.dispatched(at("03-11 09:05")), at=at("03-11 09:05"))
    life.hear(town.signed(), town.completed(), town.all_completed(), at=at("03-11 11:00"))
    life.assign("ann")
    return life


def steps(life: Life) -> list[tuple[str, str | None]]:
    return [(event.to, event.officer_id) for event in life.told(TaskEscalated)]


def test_a_late_task_goes_to_the_nearest_grid_lead_then_to_the_centre() -> None:
    """At the limit the lead of the grid (level 3 before 2), at half as much again the street's centre; each once."""
    life = rechecking(led(("street", 1, HOME[:9]), ("community", 2, HOME[:12]), ("lead", 3, HOME)))
    life.until(at("03-11 11:59"))
    assert steps(life) == []
    life.until(at("03-11 12:00"))
    assert steps(life) == [("grid_lead", "lead")]
    assert life.task("recheck")[1].lead_id == "lead"
    life.until(at("03-11 18:00"))
    assert steps(life) == [("grid_lead", "lead"), ("centre", None)]
    assert [(event.reason, event.queue) for event in life.told(AttentionNeeded)] == [("task_overdue", "shift_lead")]


def test_nobody_over_the_grid_means_the_centre_only() -> None:
    life = rechecking(led(("elsewhere", 2, "370522002001")))
    life.until(at("03-11 18:00"))
    assert steps(life) == [("centre", None)]


def test_who_had_it_may_still_answer_and_the_centre_has_nothing_to_look_at_any_more() -> None:
    life = rechecking(led(("lead", 3, HOME)))
    life.until(at("03-11 13:00"))
    life.answer(in_the_field("ann"), passed=False, note="没有清理")
    assert [event.reason for event in life.told(AttentionSettled)] == ["task_overdue"]
    assert (life.count("recheck_due", "ann"), life.count("recheck_on_time", "ann")) == (1, 0)


def test_a_lead_who_steps_in_is_not_counted_late_for_somebody_else() -> None:
    life = rechecking(led(("lead", 3, HOME)))
    life.until(at("03-11 12:30"))
    life.answer(person("grid_lead", "account-lead", officer_id="lead", areas=(HOME,)), passed=True)
    assert (life.count("recheck_due", "ann"), life.count("recheck_due", "lead")) == (1, 0)


def test_when_tasks_go_up_is_a_district_setting() -> None:
    life = rechecking(led(("lead", 3, HOME), urge_steps={"task_lead": 0.5, "task_centre": 1.0}))
    life.until(at("03-11 12:00"))
    assert steps(life) == [("grid_lead", "lead"), ("centre", None)]


def test_a_task_passed_on_goes_to_another_officer_and_not_back() -> None:
    life = rechecking(led())
    task_id = life.task("recheck")[0]
    life.act(task_actions.pass_on, task_id, "车坏了", in_the_field("ann"))
    assert [(event.officer_id, event.note) for event in life.told(RecheckPassedOn)] == [("ann", "车坏了")]
    task = life.task("recheck")[1]
    assert (task.officer_id, task.status, life.status) == (None, "open", "awaiting_recheck")
    waiting = [Unassigned(task_id, CASE, HOME, (*task.excluded, *task.declined))]
    assert plan_assignments(life.district, waiting, {}, life.now)[task_id] != "ann"
    said = len(life.said)
    life.act(task_actions.pass_on, task_id, "车坏了", in_the_field("ann"))
    assert len(life.said) == said, "passing on twice is once"


def test_only_who_has_a_task_passes_it_on() -> None:
    life = rechecking(led())
    for other in (in_the_field("bo"), person("shift_lead")):
        with pytest.raises(problems.TaskUnknown):
            life.act(task_actions.pass_on, life.task("recheck")[0], "没空", other)


def test_time_passed_on_in_time_is_not_the_officers_any_more_but_time_run_over_is() -> None:
    early, late = rechecking(led()), rechecking(led())
    early.act(task_actions.pass_on, early.task("recheck")[0], "车坏了", in_the_field("ann"))
    early.until(at("03-11 13:00"))
    late.until(at("03-11 12:30"))
    late.act(task_actions.pass_on, late.task("recheck")[0], "车坏了", in_the_field("ann"))
    assert (early.count("recheck_due", "ann"), late.count("recheck_due", "ann")) == (0, 1)


def verifying(district: RegistrySnapshot, **question: Any) -> Life:
    """Whether it is true was asked at 09:00, to be answered by 09:30."""
    life = Life(district)
    life.hear(town.received(at("03-11 09:00")), at=at("03-11 09:00"))
    asked: dict[str, Any] = {"mode": "site", "grid_code": HOME, "officer_id": "ann", **question}
    life.hear(acceptance.VerificationRequested.model_validate({"task_id": LEAD, "due_at": at("03-11 09:30"), **asked}))
    return life


def test_a_late_verification_goes_the_same_way() -> None:
    life = verifying(led(("lead", 3, HOME)))
    life.until(at("03-11 09:30"))
    assert steps(life) == [("grid_lead", "lead")]
    life.until(at("03-11 10:00"))
    assert [(event.kind, event.to) for event in life.told(TaskEscalated)] == [
        ("verify", "grid_lead"),
        ("verify", "centre"),
    ]
    life.hear(acceptance.FilingAwaited(missing=("decision",), due_at=at("03-11 10:30")))
    assert [event.reason for event in life.told(AttentionSettled)] == ["task_overdue"]


def test_a_lead_who_reported_it_is_passed_over() -> None:
    """Their own report, or one that was attached: they do not verify it, and it would stay with them unseen."""
    for reported_by in ({"reported_by": person("grid_lead", officer_id="lead").actor()}, {}):
        life = Life(led(("lead", 3, HOME), ("community", 2, HOME[:12])))
        life.hear(town.received(at("03-11 09:00"), **reported_by), at=at("03-11 09:00"))
        asked = {"task_id": LEAD, "mode": "site", "grid_code": HOME, "officer_id": "ann", "due_at": at("03-11 09:30")}
        life.hear(acceptance.VerificationRequested.model_validate(asked))
        if not reported_by:
            life.hear(
                acceptance.ReportJoined(
                    report_id=CASE,
                    attached_case_id=CASE,
                    attached_case_number="LJ-2",
                    channel="grid_terminal",
                    reporter_officer_id="lead",
                    reported_at=at("03-11 09:00"),
                )
            )
        life.until(at("03-11 09:30"))
        assert steps(life) == [("grid_lead", "community")]


def test_a_call_that_is_late_is_for_the_centre_only() -> None:
    life = verifying(led(("lead", 3, HOME)), mode="phone", officer_id=None)
    life.until(at("03-11 12:00"))
    assert steps(life) == [("centre", None)]


def test_a_verification_is_the_time_of_whoever_has_it() -> None:
    life = verifying(led())
    life.hear(acceptance.VerificationPassedOn(task_id=LEAD, officer_id="ann", note="在外", passed_on_by=SYSTEM))
    life.hear(
        acceptance.VerificationAssigned(task_id=LEAD, officer_id="bo", due_at=at("03-11 09:30"), assigned_by=SYSTEM)
    )
    life.until(at("03-11 09:40"))
    assert (life.count("verify_due", "ann"), life.count("verify_due", "bo")) == (0, 1)


def test_passed_on_with_nobody_there_the_clock_begins_with_the_next_shift() -> None:
    """It is late for nobody meanwhile; whoever comes then has the whole of its time."""
    life = verifying(led())
    life.hear(passed_on(due_at=at("03-11 14:30")))
    assert (life.clock("verify").started_at, life.clock("verify").due_at) == (at("03-11 14:00"), at("03-11 14:30"))
    life.hear(
        acceptance.VerificationAssigned(task_id=LEAD, officer_id="bo", due_at=at("03-11 14:30"), assigned_by=SYSTEM)
    )
    life.until(at("03-11 14:29"))
    assert (life.count("verify_due", "ann"), life.count("verify_due", "bo"), steps(life)) == (0, 0, [])
    life.until(at("03-11 14:31"))
    assert (life.count("verify_due", "ann"), life.count("verify_due", "bo")) == (0, 1)


def test_a_verification_that_nobody_can_make_comes_before_a_person() -> None:
    """As a recheck does; whoever is sent, or an answer, settles it."""
    life = verifying(led(), officer_id=None, nobody_on_duty=True)
    assert [(event.reason, event.queue) for event in life.told(AttentionNeeded)] == [("nobody_on_duty", "shift_lead")]
    life.hear(
        acceptance.VerificationAssigned(task_id=LEAD, officer_id="bo", due_at=at("03-11 09:30"), assigned_by=SYSTEM)
    )
    assert [event.reason for event in life.told(AttentionSettled)] == ["nobody_on_duty"]
    life.hear(passed_on(officer_id="bo", nobody_on_duty=True))
    assert [event.reason for event in life.told(AttentionNeeded)] == ["nobody_on_duty"] * 2


def passed_on(**fields: Any) -> acceptance.VerificationPassedOn:
    said: dict[str, Any] = {"task_id": LEAD, "officer_id": "ann", "note": "在外", "passed_on_by": SYSTEM, **fields}
    return acceptance.VerificationPassedOn.model_validate(said)
