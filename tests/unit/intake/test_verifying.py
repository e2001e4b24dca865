"""Rules of verification: who may answer, and what follows from each answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.common import Photo, Place
from contracts.events.acceptance import (
    CaseFiled,
    CaseNotFiled,
    FilingAwaited,
    VerificationAssigned,
    VerificationPassedOn,
    VerificationRecorded,
    VerificationRequested,
)
from contracts.registry import Officer, Shift
from contracts.registry.people import OfficerRole
from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain import verification, verifiers
from services.intake.domain.case import AttachedReport, IntakeCase
from services.intake.domain.problems import (
    NotYourTask,
    OfficerUnsuitable,
    ReportedByYou,
    TaskUnknown,
)
from services.intake.domain.required_photos import AbsenceNotShown, ReportPhotosNeeded, SitePhotosNeeded, VisitNotMade
from services.intake.store.rows import report_row
from tests.unit.intake.kit import CLERK, GRID, NIGHT, NOON, OFFICER, RESIDENT, SHIFT_LEAD, last, lijin, told, triaged

CONDITION = "06010-1"
NEAR, FAR = Photo(sha256="e" * 64, role="near"), Photo(sha256="f" * 64, role="far")
SITE = (NEAR, FAR)
"""What who looked on site brings."""
OTHER_GRID = "370522001008001"


def verifying_case(caller: Caller = RESIDENT, **fields: Any) -> Case[IntakeCase]:
    case = triaged(caller, **{"condition_id": CONDITION, **fields})
    assert case.state.task is not None
    return case


def officer_of(case: Case[IntakeCase]) -> Caller:
    task = case.state.task
    assert task is not None
    return Caller(kind="account", id="x", roles=frozenset({"officer"}), officer_id=task.officer_id)


def reply(case: Case[IntakeCase], result: verification.Result, caller: Caller | None = None, **more: Any) -> None:
    task = case.state.task
    assert task is not None
    more.setdefault("photos", SITE)
    verification.record_answer(case, task.task_id, result, caller or officer_of(case), open_tasks={}, **more)


def test_confirmed_and_fully_known_is_filed_at_once() -> None:
    case = verifying_case()
    reply(case, "confirmed")
    assert told(case)[-2:] == ["VerificationRecorded", "CaseFiled"]
    assert set(SITE) <= set(last(case).photos)
    assert last(case).filed_by.officer_id is not None


def test_confirmed_without_a_condition_waits_for_the_desk() -> None:
    several = next(
        each
        for each in lijin().categories.values()
        if len(lijin().conditions_of(each.id)) > 1
        and lijin().conditions_of(each.id)[0].verify_mode == "site"
        and not each.emergency
    )
    case = verifying_case(category_id=several.id, condition_id=None)
    reply(case, "confirmed")
    assert isinstance(last(case), FilingAwaited)
    assert last(case).missing == ("condition",)


def test_not_found_on_site_is_not_filed_and_says_so() -> None:
    case = verifying_case()
    reply(case, "not_found", note="已离开")
    assert isinstance(last(case), CaseNotFiled)
    assert (last(case).reason, case.state.status) == ("not_found_on_site", "not_filed")


def test_not_found_by_phone_is_for_a_person_to_judge() -> None:
    case = verifying_case(category_id="LOCAL-370522/matter/12003", condition_id=None)
    reply(case, "not_found", CLERK)
    assert isinstance(last(case), FilingAwaited)
    assert "decision" in last(case).missing


def test_situation_22_a_task_in_the_wrong_grid_goes_to_the_right_one_before_filing() -> None:
    case = verifying_case()
    first = case.state.task
    reply(case, "wrong_place", place=Place(grid_code=OTHER_GRID))
    assert isinstance(last(case), VerificationRequested)
    assert first is not None
    assert last(case).task_id != first.task_id
    assert last(case).grid_code == OTHER_GRID
    assert last(case).officer_id in {each.id for each in lijin().officers_on_duty(OTHER_GRID, NOON)}
    reply(case, "confirmed")
    assert isinstance(last(case), CaseFiled)
    assert last(case).place.grid_code == OTHER_GRID


def test_a_wrong_place_without_a_right_one_waits_for_its_place() -> None:
    case = verifying_case()
    reply(case, "wrong_place")
    assert last(case).missing == ("place",)


def test_confirmed_with_a_better_point_corrects_the_place() -> None:
    case = verifying_case()
    reply(case, "confirmed", place=Place(grid_code=OTHER_GRID, longitude=118.27, latitude=37.49))
    assert last(case).place.longitude == 118.27


def test_somebody_elses_task_is_refused() -> None:
    case = verifying_case()
    with pytest.raises(NotYourTask) as refused:
        reply(case, "confirmed", CLERK)
    assert case.state.task is not None
    assert f"it is assigned to {case.state.task.officer_id}" in refused.value.text("en")


@pytest.mark.parametrize(
    "caller",
    [
        Caller(kind="account", id="y", officer_id="officer-licheng-07"),
        replace(CLERK, areas=("370522002",)),
        replace(SHIFT_LEAD, areas=("370522002",)),
    ],
    ids=["officer", "clerk", "shift lead"],
)
def test_a_task_elsewhere_answers_like_one_that_does_not_exist(caller: Caller) -> None:
    """It does not say who has it."""
    case = verifying_case()
    with pytest.raises(TaskUnknown) as hidden:
        reply(case, "confirmed", caller)
    assert case.state.task is not None
    assert hidden.value.members == {"task": str(case.state.task.task_id)}


def in_field(account: str, officer_id: str) -> Caller:
    """Somebody of the field who reports as a member of a liaison team."""
    return Caller(kind="account", id=account, officer_id=officer_id, channels=frozenset({"public_liaison"}))


@pytest.mark.parametrize(
    ("reporter", "caller"),
    [
        (in_field("p", "officer-jincheng-05"), in_field("q", "officer-jincheng-05")),
        (in_field("l", "lead-jincheng"), in_field("l", "lead-jincheng")),
        (CLERK, Caller(kind="account", id="clerk", roles=frozenset({"shift_lead"}))),
    ],
    ids=["by post", "grid lead", "by account"],
)
def test_nobody_verifies_what_they_reported(reporter: Caller, caller: Caller) -> None:
    case = verifying_case(caller=reporter, channel="public_liaison")
    assert case.state.task is not None
    assert case.state.task.officer_id not in (None, reporter.officer_id)
    case.state.task.escalated_to_centre = True
    with pytest.raises(ReportedByYou):
        reply(case, "confirmed", caller, note="属实")
    assert not verifiers.is_listed_for(case.state, caller, lijin())
    reply(case, "confirmed")


def test_who_wrote_a_call_down_calls_back() -> None:
    case = verifying_case(CLERK, channel="hotline", category_id="LOCAL-370522/matter/12003", condition_id=None)
    assert verifiers.is_listed_for(case.state, CLERK, lijin())
    reply(case, "confirmed", CLERK)


@pytest.mark.parametrize("role", ["lane_lead", "helper"])
def test_lane_leads_and_helpers_report_and_do_not_judge(role: OfficerRole) -> None:
    """Their grid makes them no judges; who is an officer besides is one."""
    post = Officer(id="post", role=role, name="岗", name_en="Post", primary_grid=GRID, grids=(GRID,))
    caller = Caller(kind="account", id="z", roles=frozenset({role}), officer_id=post.id)
    case = verifying_case(district=with_post(post))
    with pytest.raises(NotYourTask):
        reply(case, "confirmed", caller)
    assert not verifiers.is_listed_for(case.state, caller, case.district)
    case = verifying_case(district=with_post(post.model_copy(update={"other_roles": ("officer",)})))
    assert verifiers.is_listed_for(case.state, caller, case.district)
    reply(case, "confirmed", caller)


def with_post(officer: Officer) -> RegistrySnapshot:
    """The sample district with one more post in the field."""
    records = {kind: dict(found) for kind, found in lijin().records.items()}
    records["officer"][officer.id] = officer
    return RegistrySnapshot.from_records(1, records)


def test_the_shift_lead_may_answer_any() -> None:
    reply(verifying_case(), "confirmed", SHIFT_LEAD)


def test_phone_tasks_are_the_desks() -> None:
    case = verifying_case(category_id="LOCAL-370522/matter/12003", condition_id=None)
    with pytest.raises(NotYourTask):
        reply(case, "confirmed", OFFICER)
    reply(case, "confirmed", CLERK)


def test_what_nobody_on_duty_has_the_desk_may_answer() -> None:
    """By night, with somebody who is there."""
    case = verifying_case()
    assert case.state.task is not None
    case.state.task.officer_id = None
    reply(case, "confirmed", CLERK)


def test_an_answered_task_cannot_be_answered_again() -> None:
    case = verifying_case()
    task = case.state.task
    assert task is not None
    officer = officer_of(case)
    reply(case, "confirmed")
    for task_id in (task.task_id, uuid4()):
        with pytest.raises(TaskUnknown):
            verification.record_answer(case, task_id, "confirmed", officer, open_tasks={})


def nearest(busy: dict[str, int], *not_these: str, now: datetime = NOON) -> str | None:
    """Who gets a task in 津城05."""
    return verifiers.nearest_free(GRID, now, lijin(), lambda officer_id: busy.get(officer_id, 0), not_these)


def test_the_nearest_free_officer_gets_it() -> None:
    """The grid's own officer first; one with four open tasks is not free while somebody next door is."""
    own = "officer-jincheng-05"
    assert nearest({}) == own
    next_door = nearest({own: 4})
    assert next_door is not None
    assert next_door != own
    assert lijin().officers[next_door].primary_grid in lijin().neighbours_of(GRID, NOON.date())
    assert nearest({own: 4}, next_door) not in (own, next_door)
    everybody = dict.fromkeys(lijin().officers, 9)
    assert nearest(everybody) == own
    assert nearest({**everybody, next_door: 5}) == next_door


def test_who_reported_or_passed_it_on_does_not_get_it() -> None:
    assert nearest({}, "officer-jincheng-05") != "officer-jincheng-05"
    assert nearest({}, *lijin().officers) is None


def given(case: Case[IntakeCase]) -> list[tuple[str, str]]:
    """Whom the task was given to since, and by whom."""
    events = [each.event for each in case.emitted]
    return [(each.officer_id, each.assigned_by.id) for each in events if isinstance(each, VerificationAssigned)]


def nobody_on_duty() -> Case[IntakeCase]:
    """Asked by night in 津城05, when nobody at all was on duty."""
    case = verifying_case()
    assert case.state.task is not None
    case.state.task.officer_id = None
    return case


def test_whoever_comes_on_duty_gets_what_nobody_had() -> None:
    case = nobody_on_duty()
    assert verification.assign_waiting(case, {}) == "officer-jincheng-05"
    assert given(case) == [("officer-jincheng-05", "gridloop")]
    assert verification.assign_waiting(case, {}) is None, "it has somebody now"


def test_an_exercise_keeps_nobody_from_a_real_verification() -> None:
    """Tasks of exercises count among exercises."""
    own = "officer-jincheng-05"
    assert verification.assign_waiting(nobody_on_duty(), {("exercise", own): 4}) == own
    assert verification.assign_waiting(nobody_on_duty(), {("actual", own): 4}) not in (own, None)


def on_shift(**hours: tuple[str, str]) -> RegistrySnapshot:
    """The sample district where only these are on duty, in 津城05: `five`, `six` (officers) and `lane` (a lane
    lead).
    """
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
        (in_field("p", "officer-jincheng-05"), {"five": ("08:00", "18:00"), "six": ("14:00", "22:00")}, 14),
    ],
    ids=["a lane lead's shift is none", "the reporter's own shift is none"],
)
def test_the_time_counts_from_the_shift_of_somebody_who_may_verify(
    reporter: Caller, hours: dict[str, tuple[str, str]], due: int
) -> None:
    """Asked at three in the morning."""
    case = verifying_case(reporter, channel=min(reporter.channels), now=NIGHT, district=on_shift(**hours))
    assert last(case).officer_id is None
    assert last(case).due_at.astimezone(lijin().zone).strftime("%H:%M") == f"{due:02}:30"
    assert not last(case).nobody_on_duty


def test_where_nobody_who_may_verify_comes_within_a_week_a_person_is_asked() -> None:
    case = verifying_case(now=NIGHT, district=on_shift(lane=("05:00", "12:00")))
    assert (last(case).nobody_on_duty, (last(case).due_at - NIGHT).total_seconds()) == (True, 30 * 60)


def test_passed_on_with_nobody_else_there_its_time_counts_from_the_next_shift() -> None:
    """Passed on at 11:00; the next shift begins at 14:00, or never, or the task is already late."""
    for hours, late, moved, nobody_on_duty in (
        ({"six": ("14:00", "22:00")}, False, "14:30", False),
        ({}, False, None, True),
        ({"six": ("14:00", "22:00")}, True, None, False),
        ({"six": ("08:00", "22:00")}, False, None, False),
    ):
        case = verifying_case(district=on_shift(five=("08:00", "18:00"), **hours))
        task, officer = case.state.task, officer_of(case)
        assert task is not None
        assert task.officer_id == "officer-jincheng-05"
        if late:
            task.due_at = NOON
        verification.pass_on(case, task.task_id, "车坏了", officer, {})
        said = next(each.event for each in case.emitted if isinstance(each.event, VerificationPassedOn))
        shown = said.due_at and said.due_at.astimezone(lijin().zone).strftime("%H:%M")
        assert (shown, bool(said.nobody_on_duty)) == (moved, nobody_on_duty)
        assert case.state.task is not None
        assert case.state.task.due_at == case.state.due_at == (said.due_at or task.due_at)


def test_taken_from_its_reporter_with_nobody_else_there_its_time_counts_from_the_next_shift_too() -> None:
    """With nobody to come within a week a person is asked."""
    for hours, moved, nobody_on_duty in (({"six": ("14:00", "22:00")}, "14:30", False), ({}, None, True)):
        case = verifying_case(district=on_shift(five=("08:00", "18:00"), **hours))
        report = case.state.received_report.reported_by.model_copy(update={"officer_id": officer_of(case).officer_id})
        joined = AttachedReport(case_id=uuid4(), report_id=uuid4(), channel="grid_terminal", reported_by=report)
        case.state.joined.append(joined)
        verification.unassign_reporter(case)
        said = last(case)
        assert isinstance(said, VerificationPassedOn)
        shown = said.due_at and said.due_at.astimezone(lijin().zone).strftime("%H:%M")
        assert (shown, bool(said.nobody_on_duty)) == (moved, nobody_on_duty)
        assert verification.assign_waiting(case, {}) is None


def test_a_task_passed_on_goes_to_the_next_and_not_back() -> None:
    case = verifying_case()
    task, officer = case.state.task, officer_of(case)
    assert task is not None
    for _ in range(2):  # the second time changes nothing
        verification.pass_on(case, task.task_id, "在另一处现场", officer, {})
    assert told(case).count("VerificationPassedOn") == 1
    assert given(case) == [(nearest({}, officer.officer_id or ""), "gridloop")]
    with pytest.raises(NotYourTask):
        verification.pass_on(case, task.task_id, "没空", Caller(kind="account", id="z"), {})


def test_the_centre_or_the_lead_over_the_place_sends_somebody() -> None:
    lead = Caller(kind="account", id="l", roles=frozenset({"grid_lead"}), officer_id="lead-jincheng")
    elsewhere = Caller(kind="account", id="e", roles=frozenset({"grid_lead"}), officer_id="lead-licheng")
    case = verifying_case()
    assert case.state.task is not None
    task_id = case.state.task.task_id
    verification.assign(case, task_id, "officer-jincheng-06", SHIFT_LEAD)
    verification.assign(case, task_id, "officer-jincheng-06", SHIFT_LEAD)
    verification.assign(case, task_id, "officer-jincheng-07", lead)
    assert given(case) == [("officer-jincheng-06", "lead"), ("officer-jincheng-07", "l")]
    with pytest.raises(TaskUnknown):
        verification.assign(case, task_id, "officer-jincheng-05", elsewhere)


@pytest.mark.parametrize("unsuitable", ["nobody", "lane-fengyi-05-02", "instructor-lijin"])
def test_only_officers_and_leads_are_sent(unsuitable: str) -> None:
    case = verifying_case()
    assert case.state.task is not None
    with pytest.raises(OfficerUnsuitable):
        verification.assign(case, case.state.task.task_id, unsuitable, SHIFT_LEAD)


def test_a_late_task_is_the_leads_then_the_desks_too() -> None:
    """Supervision says so; who has it keeps it."""
    case = verifying_case()
    task = case.state.task
    assert task is not None
    verification.record_escalation(case, uuid4(), "lead-jincheng")
    assert case.state.task == task, "another task"
    verification.record_escalation(case, task.task_id, "lead-jincheng")
    assert report_row(case)["task_lead"] == "lead-jincheng"
    with pytest.raises(NotYourTask):
        reply(case, "confirmed", CLERK)
    verification.record_escalation(case, task.task_id, None)
    assert report_row(case)["desk"] == "verification"
    reply(case, "confirmed", CLERK)


@pytest.mark.parametrize(
    ("photos", "enough"),
    [
        ((), False),
        ((NEAR,), False),
        ((FAR,), False),
        ((NEAR, FAR), True),
        ((NEAR, Photo(sha256="f" * 64, role="reference")), True),
    ],
)
def test_who_looked_on_site_shows_the_thing_and_the_place(photos: tuple[Photo, ...], enough: bool) -> None:
    case = verifying_case()
    if enough:
        reply(case, "confirmed", photos=photos)
    else:
        with pytest.raises(SitePhotosNeeded) as refused:
            reply(case, "confirmed", photos=photos)
        roles = {photo.role for photo in photos}
        where = "" if roles & {"far"} else "far or reference"
        assert refused.value.members["missing"] == ", ".join(filter(None, ("" if NEAR in photos else "near", where)))


def test_the_condition_says_which_photos_show_it_before_it_is_filed() -> None:
    """Of a confirmation on site and of a report by whoever stands there; who lacks one is told which, and what else to
    do.
    """
    wanted = {"category_id": "GB47678-5-2026/matter/01004", "condition_id": "01004-1"}
    assert lijin().conditions["01004-1"].report_evidence == ("near", "far")
    case = verifying_case(**wanted)
    with pytest.raises(SitePhotosNeeded) as refused:
        reply(case, "confirmed", photos=(NEAR, Photo(sha256="f" * 64, role="reference")))
    assert refused.value.members["roles"] == ["far"]
    reply(case, "confirmed", photos=SITE)
    assert case.state.status == "filed"
    with pytest.raises(ReportPhotosNeeded) as report_refused:
        triaged(OFFICER, **wanted)
    assert report_refused.value.members["roles"] == ["far"]
    offline = triaged(OFFICER, captured_at=NOON - timedelta(hours=1), **wanted)
    assert last(offline).missing == ("photo",), "what cannot be taken again waits for the desk"


@pytest.mark.parametrize(("note", "photos"), [("", SITE), ("  ", SITE), ("已离开", ()), ("已离开", (NEAR,))])
def test_who_found_nothing_says_what_they_saw_and_shows_the_place(note: str, photos: tuple[Photo, ...]) -> None:
    """It ends a resident's report."""
    case = verifying_case()
    with pytest.raises(AbsenceNotShown):
        reply(case, "not_found", note=note, photos=photos)
    reply(case, "not_found", note="已离开", photos=(FAR,))
    assert case.state.not_filed == "not_found_on_site"


@pytest.mark.parametrize("result", ["confirmed", "not_found", "wrong_place", "other"])
def test_who_answers_from_the_desk_without_a_visit_has_called(result: verification.Result) -> None:
    """And says whom, and what was said; a resident's report does not end by that."""
    case = verifying_case()
    with pytest.raises(VisitNotMade):
        reply(case, result, SHIFT_LEAD, photos=())
    reply(case, result, SHIFT_LEAD, photos=(), note="电话问过店主")
    recorded = next(each.event for each in case.emitted if isinstance(each.event, VerificationRecorded))
    assert (recorded.mode, recorded.officer_id) == ("phone", None)
    assert case.state.status == ("filed" if result == "confirmed" else "awaiting_filing")
    if result == "not_found":
        assert last(case).missing == ("decision",)


def test_the_desk_may_answer_with_photos_from_there() -> None:
    """What nobody on duty had, with somebody who is there."""
    case = verifying_case()
    reply(case, "not_found", SHIFT_LEAD, note="已离开")
    assert told(case)[-2:] == ["VerificationRecorded", "CaseNotFiled"]
    assert case.emitted[-2].event.mode == "site"  # type: ignore[attr-defined]
