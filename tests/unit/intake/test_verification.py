"""Verification: who may answer a task, and what follows from each answer."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from contracts.common import Place
from contracts.events.acceptance import (
    CaseFiled,
    CaseNotFiled,
    FilingAwaited,
    VerificationRequested,
)
from contracts.registry import Officer
from contracts.registry.people import OfficerRole
from services.chassis.auth import Caller
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain import verification, verifiers
from services.intake.domain.problems import (
    NotYourTask,
    ReportedByYou,
    TaskUnknown,
)
from tests.unit.intake.sample_cases import event_names, last_event
from tests.unit.intake.sample_district import CLERK, GRID, NOON, OFFICER, SHIFT_LEAD, lijin
from tests.unit.intake.verifying_cases import (
    SITE,
    liaison_officer,
    officer_of,
    reply,
    verifying_case,
)

OTHER_GRID = "370522001008001"


def test_a_confirmed_complete_report_is_filed_at_once() -> None:
    case = verifying_case()
    reply(case, "confirmed")
    assert event_names(case)[-2:] == ["VerificationRecorded", "CaseFiled"]
    assert set(SITE) <= set(last_event(case).photos)
    assert last_event(case).filed_by.officer_id is not None


def test_a_confirmed_report_without_a_condition_waits_for_the_desk() -> None:
    several = next(
        each
        for each in lijin().categories.values()
        if len(lijin().conditions_of(each.id)) > 1
        and lijin().conditions_of(each.id)[0].verify_mode == "site"
        and not each.emergency
    )
    case = verifying_case(category_id=several.id, condition_id=None)
    reply(case, "confirmed")
    assert isinstance(last_event(case), FilingAwaited)
    assert last_event(case).missing == ("condition",)


def test_a_report_not_found_on_site_is_not_filed() -> None:
    case = verifying_case()
    reply(case, "not_found", note="已离开")
    assert isinstance(last_event(case), CaseNotFiled)
    assert (last_event(case).reason, case.state.status) == ("not_found_on_site", "not_filed")


def test_a_report_not_found_by_phone_waits_for_a_person() -> None:
    case = verifying_case(category_id="LOCAL-370522/matter/12003", condition_id=None)
    reply(case, "not_found", CLERK)
    assert isinstance(last_event(case), FilingAwaited)
    assert "decision" in last_event(case).missing


def test_situation_22_a_task_in_the_wrong_grid_goes_to_the_right_one() -> None:
    case = verifying_case()
    first = case.state.task
    reply(case, "wrong_place", place=Place(grid_code=OTHER_GRID))
    assert isinstance(last_event(case), VerificationRequested)
    assert first is not None
    assert last_event(case).task_id != first.task_id
    assert last_event(case).grid_code == OTHER_GRID
    assert last_event(case).officer_id in {each.id for each in lijin().officers_on_duty(OTHER_GRID, NOON)}
    reply(case, "confirmed")
    assert isinstance(last_event(case), CaseFiled)
    assert last_event(case).place.grid_code == OTHER_GRID


def test_a_wrong_place_without_the_right_one_waits_for_its_place() -> None:
    case = verifying_case()
    reply(case, "wrong_place")
    assert last_event(case).missing == ("place",)


def test_a_confirmation_with_a_better_point_corrects_the_place() -> None:
    case = verifying_case()
    reply(case, "confirmed", place=Place(grid_code=OTHER_GRID, longitude=118.27, latitude=37.49))
    assert last_event(case).place.longitude == 118.27


def test_the_task_of_another_person_is_refused() -> None:
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
def test_a_task_of_another_area_is_refused_like_an_unknown_one(caller: Caller) -> None:
    """The refusal must not name the verifier."""
    case = verifying_case()
    with pytest.raises(TaskUnknown) as hidden:
        reply(case, "confirmed", caller)
    assert case.state.task is not None
    assert hidden.value.members == {"task": str(case.state.task.task_id)}


@pytest.mark.parametrize(
    ("reporter", "caller"),
    [
        (liaison_officer("p", "officer-jincheng-05"), liaison_officer("q", "officer-jincheng-05")),
        (liaison_officer("l", "lead-jincheng"), liaison_officer("l", "lead-jincheng")),
        (CLERK, Caller(kind="account", id="clerk", roles=frozenset({"shift_lead"}))),
    ],
    ids=["by post", "grid lead", "by account"],
)
def test_a_reporter_does_not_verify_the_own_report(reporter: Caller, caller: Caller) -> None:
    case = verifying_case(caller=reporter, channel="public_liaison")
    assert case.state.task is not None
    assert case.state.task.officer_id not in (None, reporter.officer_id)
    case.state.task.escalated_to_centre = True
    with pytest.raises(ReportedByYou):
        reply(case, "confirmed", caller, note="属实")
    assert not verifiers.is_listed_for(case.state, caller, lijin())
    reply(case, "confirmed")


def test_the_clerk_who_recorded_a_call_may_call_back() -> None:
    case = verifying_case(CLERK, channel="hotline", category_id="LOCAL-370522/matter/12003", condition_id=None)
    assert verifiers.is_listed_for(case.state, CLERK, lijin())
    reply(case, "confirmed", CLERK)


@pytest.mark.parametrize("role", ["lane_lead", "helper"])
def test_lane_leads_and_helpers_do_not_verify(role: OfficerRole) -> None:
    """A person who is also an officer may verify."""
    post = Officer(id="post", role=role, name="岗", name_en="Post", primary_grid=GRID, grids=(GRID,))
    caller = Caller(kind="account", id="z", roles=frozenset({role}), officer_id=post.id)
    case = verifying_case(district=district_with_officer(post))
    with pytest.raises(NotYourTask):
        reply(case, "confirmed", caller)
    assert not verifiers.is_listed_for(case.state, caller, case.district)
    case = verifying_case(district=district_with_officer(post.model_copy(update={"other_roles": ("officer",)})))
    assert verifiers.is_listed_for(case.state, caller, case.district)
    reply(case, "confirmed", caller)


def district_with_officer(officer: Officer) -> RegistrySnapshot:
    """Return the sample district with one more officer."""
    records = {kind: dict(found) for kind, found in lijin().records.items()}
    records["officer"][officer.id] = officer
    return RegistrySnapshot.from_records(1, records)


def test_the_shift_lead_may_answer_any_task() -> None:
    case = verifying_case()
    reply(case, "confirmed", SHIFT_LEAD)
    assert case.state.task is None


def test_phone_tasks_belong_to_the_desk() -> None:
    case = verifying_case(category_id="LOCAL-370522/matter/12003", condition_id=None)
    with pytest.raises(NotYourTask):
        reply(case, "confirmed", OFFICER)
    reply(case, "confirmed", CLERK)


def test_the_desk_may_answer_a_task_without_a_verifier() -> None:
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
