"""Rules of verification: who may answer, and what follows from each answer."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from contracts.acceptance import CaseFiled, CaseNotFiled, FilingAwaited, VerificationRequested
from contracts.places import Photo, Place
from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.intake.domain import verifying
from services.intake.domain.case import IntakeCase
from services.intake.domain.problems import NotYourTask, TaskUnknown
from tests.unit.intake.kit import CLERK, NOON, OFFICER, RESIDENT, SHIFT_LEAD, last, lijin, report, told, triaged

CONDITION = "06010-1"
OTHER_GRID = "370522001008001"


def verifying_case(**fields: Any) -> Case[IntakeCase]:
    case = triaged(RESIDENT, **{"condition_id": CONDITION, **fields})
    assert case.state.task is not None
    return case


def officer_of(case: Case[IntakeCase]) -> Caller:
    task = case.state.task
    assert task is not None
    return Caller(kind="account", id="x", roles=frozenset({"officer"}), officer_id=task.officer_id)


def reply(case: Case[IntakeCase], result: verifying.Result, caller: Caller | None = None, **more: Any) -> None:
    task = case.state.task
    assert task is not None
    verifying.answer(case, task.task_id, result, caller or officer_of(case), open_tasks={}, **more)


def test_confirmed_and_fully_known_is_filed_at_once() -> None:
    case = verifying_case()
    photo = Photo(sha256="e" * 64, role="near")
    reply(case, "confirmed", photos=(photo,))
    assert told(case)[-2:] == ["VerificationRecorded", "CaseFiled"]
    assert photo in last(case).photos
    assert last(case).filed_by.officer_id is not None


def test_confirmed_without_a_condition_waits_for_the_desk() -> None:
    several = next(each for each in lijin().categories.values() if len(lijin().conditions_of(each.id)) > 1
                   and lijin().conditions_of(each.id)[0].verify_mode == "site" and not each.emergency)  # fmt: skip
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


@pytest.mark.parametrize("caller", [CLERK, Caller(kind="account", id="y", officer_id="officer-licheng-07")])
def test_somebody_elses_task_is_refused(caller: Caller) -> None:
    with pytest.raises(NotYourTask):
        reply(verifying_case(), "confirmed", caller)


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
            verifying.answer(case, task_id, "confirmed", officer, open_tasks={})


def test_the_nearest_free_officer_gets_it() -> None:
    """The grid's own officer first; one with four open tasks is not free while another is on duty."""
    grid = report().state.place
    assert grid is not None
    on_duty = lijin().officers_on_duty(grid.grid_code, NOON)
    first = verifying.nearest_free(grid.grid_code, NOON, lijin(), {}, None)
    assert first == on_duty[0]
    if len(on_duty) > 1:
        assert verifying.nearest_free(grid.grid_code, NOON, lijin(), {on_duty[0].id: 4}, None) == on_duty[1]
    everybody = dict.fromkeys((each.id for each in on_duty), 9)
    assert verifying.nearest_free(grid.grid_code, NOON, lijin(), everybody, None) == on_duty[0]
