"""Situation 16: reports of a problem that is gone each time somebody comes."""

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
from tests.unit.intake.sample_cases import apply_event, case_at, event_names, triaged_case
from tests.unit.intake.sample_district import RESIDENT, SHIFT_LEAD, VENDOR

PARENT = UUID(int=99)
FAR = Photo(sha256="f" * 64, role="far")


def not_found_case() -> Case[IntakeCase]:
    case = triaged_case(RESIDENT, category_id=VENDOR, photos=[])
    task = case.state.task
    assert task is not None
    verification.record_answer(case, task.task_id, "not_found", SHIFT_LEAD, note="已离开", photos=(FAR,), open_tasks={})
    return case


def by_id(*cases: Case[IntakeCase]) -> IntakeCases:
    return {case.id: case for case in (*cases, case_at(case_id=PARENT))}


def gather(cases: IntakeCases, case: Case[IntakeCase], *earlier: Case[IntakeCase], parent_id: UUID = PARENT) -> None:
    recurrence.link_recurrence(cases, case, [each.id for each in earlier], parent_id, 42)


def test_the_third_report_opens_a_parent_case_for_the_joint_team() -> None:
    first, second, third = not_found_case(), not_found_case(), not_found_case()
    cases = by_id(first, second, third)
    gather(cases, second, first)
    assert cases[PARENT].state.report is None, "two reports are not enough"
    gather(cases, third, first, second)
    parent = cases[PARENT]
    assert event_names(parent) == ["ReportReceived", "CaseLinked", "CaseLinked", "CaseLinked", "CaseFiled"]
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


def test_the_fourth_report_is_linked_to_the_existing_parent() -> None:
    first, second, third, fourth = not_found_case(), not_found_case(), not_found_case(), not_found_case()
    cases = by_id(first, second, third, fourth)
    gather(cases, third, first, second)
    gather(cases, fourth, first, second, third, parent_id=UUID(int=100))
    link = fourth.state.parent()
    assert link is not None
    assert link.case_id == PARENT


def test_after_the_parent_is_closed_the_count_starts_again() -> None:
    first, second, third, fourth = not_found_case(), not_found_case(), not_found_case(), not_found_case()
    cases = by_id(first, second, third, fourth)
    gather(cases, third, first, second)
    closed = CaseClosed(outcome="solved", closing_condition_met=True, closed_by=SYSTEM)
    apply_event(cases[PARENT], events.on_case_closed, closed)
    gather(cases, fourth, first, second, third)
    assert fourth.state.parent() is None


def test_all_linked_cases_are_locked() -> None:
    first, second, third = not_found_case(), not_found_case(), not_found_case()
    with pytest.raises(MoreCasesNeeded) as need:
        gather({third.id: third}, third, first, second)
    assert need.value.ids == {first.id, second.id}
    with pytest.raises(MoreCasesNeeded) as need:
        gather({each.id: each for each in (first, second, third)}, third, first, second)
    assert need.value.ids == {PARENT}


def test_a_confirmed_report_is_not_a_recurrence() -> None:
    case = triaged_case(RESIDENT, category_id=VENDOR)
    before = event_names(case)
    gather(by_id(case), case, not_found_case(), not_found_case())
    assert event_names(case) == before
