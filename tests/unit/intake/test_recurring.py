"""Situation 16: gone each time somebody comes, back each time he has left."""

from __future__ import annotations

from uuid import UUID

import pytest

from contracts.common import Photo
from contracts.events.acceptance import CaseFiled, CaseLinked
from contracts.events.supervision import CaseClosed
from services.chassis.auth import SYSTEM
from services.chassis.cases import Case, MoreCasesNeeded
from services.intake import events
from services.intake.domain import recurrence, verification
from services.intake.domain.case import IntakeCase, IntakeCases
from tests.unit.intake.kit import RESIDENT, SHIFT_LEAD, VENDOR, case_at, hear, told, triaged

PARENT = UUID(int=99)
FAR = Photo(sha256="f" * 64, role="far")


def gone() -> Case[IntakeCase]:
    case = triaged(RESIDENT, category_id=VENDOR, photos=[])
    task = case.state.task
    assert task is not None
    verification.record_answer(case, task.task_id, "not_found", SHIFT_LEAD, note="已离开", photos=(FAR,), open_tasks={})
    return case


def everyone(*cases: Case[IntakeCase]) -> IntakeCases:
    return {case.id: case for case in (*cases, case_at(case_id=PARENT))}


def gather(cases: IntakeCases, case: Case[IntakeCase], *earlier: Case[IntakeCase], parent_id: UUID = PARENT) -> None:
    recurrence.link_recurrence(cases, case, [each.id for each in earlier], parent_id, 42)


def test_the_third_time_the_place_becomes_a_case_for_the_joint_team() -> None:
    first, second, third = gone(), gone(), gone()
    cases = everyone(first, second, third)
    gather(cases, second, first)
    assert cases[PARENT].state.report is None, "twice is not enough"
    gather(cases, third, first, second)
    parent = cases[PARENT]
    assert told(parent) == ["ReportReceived", "CaseLinked", "CaseLinked", "CaseLinked", "CaseFiled"]
    filed = parent.emitted[-1].event
    assert isinstance(filed, CaseFiled)
    assert (filed.joint, filed.category_id, filed.case_number) == (True, VENDOR, "LJ-20261123-000042")
    assert filed.place == third.state.place
    for child in (first, second, third):
        assert child.state.status == "not_filed"
        assert isinstance(child.emitted[-1].event, CaseLinked)
        link = child.state.parent()
        assert link is not None
        assert link.case_id == PARENT


def test_the_fourth_time_joins_the_parent_there_is() -> None:
    first, second, third, fourth = gone(), gone(), gone(), gone()
    cases = everyone(first, second, third, fourth)
    gather(cases, third, first, second)
    gather(cases, fourth, first, second, third, parent_id=UUID(int=100))
    link = fourth.state.parent()
    assert link is not None
    assert link.case_id == PARENT


def test_after_the_parent_was_closed_the_count_begins_anew() -> None:
    first, second, third, fourth = gone(), gone(), gone(), gone()
    cases = everyone(first, second, third, fourth)
    gather(cases, third, first, second)
    closed = CaseClosed(outcome="solved", closing_condition_met=True, closed_by=SYSTEM)
    hear(cases[PARENT], events.on_case_closed, closed)
    gather(cases, fourth, first, second, third)
    assert fourth.state.parent() is None


def test_all_cases_concerned_are_locked() -> None:
    first, second, third = gone(), gone(), gone()
    with pytest.raises(MoreCasesNeeded) as need:
        gather({third.id: third}, third, first, second)
    assert need.value.ids == {first.id, second.id}
    with pytest.raises(MoreCasesNeeded) as need:
        gather({each.id: each for each in (first, second, third)}, third, first, second)
    assert need.value.ids == {PARENT}


def test_what_was_found_gathers_nothing() -> None:
    case = triaged(RESIDENT, category_id=VENDOR)
    before = told(case)
    gather(everyone(case), case, gone(), gone())
    assert told(case) == before
