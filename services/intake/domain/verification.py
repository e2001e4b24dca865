"""Verification 核实: a task for an officer on site, or for the desk by phone, to check that a report is true."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts.common import Actor, Photo, Place
from contracts.events.acceptance import (
    VerificationAssigned,
    VerificationPassedOn,
    VerificationRecorded,
    VerificationRequested,
    VerifyMode,
)
from services.chassis.auth import SYSTEM, Caller
from services.chassis.cases import Case
from services.intake.domain import deadlines, filing, required_photos, verifiers
from services.intake.domain.case import IntakeCase, Task
from services.intake.domain.confidential import public_place
from services.intake.domain.problems import (
    NotYourTask,
    OfficerUnsuitable,
    ReportedByYou,
    TaskUnknown,
)
from services.intake.domain.verifiers import OpenTasks

Result = Literal["confirmed", "not_found", "wrong_place", "other"]

_ASSIGNING_ROLES = ("shift_lead", "dispatcher", "intake_clerk")
"""Roles at the centre that may assign a task to an officer."""


def request_verification(
    case: Case[IntakeCase], mode: VerifyMode, open_tasks: OpenTasks, question: str = "", by: Actor | None = None
) -> None:
    """Request a verification: on site by the nearest free officer on duty, or by phone at the desk.

    `by` is the person who requested the verification; `None` if a rule did. If nobody is on duty, the task has no
    officer and the limit of the task counts from the next shift. If nobody is on duty within a week, the limit counts
    from now and supervision asks the shift lead to find somebody.
    """
    state, district = case.state, case.district
    grid_code = state.place.grid_code if state.place else None
    officer, starts, nobody_on_duty = None, None, False
    if mode == "site" and grid_code is not None:
        reporter, load = state.reporting_officers, verifiers.open_task_count(state.received_report.mode, open_tasks)
        officer = verifiers.nearest_free(grid_code, case.now, district, load, reporter)
        starts = None if officer else verifiers.next_duty_start(grid_code, case.now, district, reporter)
        nobody_on_duty = officer is None and starts is None
    task = Task(
        task_id=case.derive_id("verification"),
        mode=mode,
        grid_code=grid_code,
        officer_id=officer,
        due_at=deadlines.verification_deadline(case.now, district, starts),
        question=question,
    )
    fields = task.model_dump(include=set(VerificationRequested.model_fields))
    case.emit(
        VerificationRequested.model_validate({**fields, "nobody_on_duty": nobody_on_duty or None, "requested_by": by})
    )
    if state.status == "awaiting_filing" and state.due_at is not None:
        state.filing_time_left = deadlines.filing_time_left(case.now, state.due_at, district)
    state.status, state.task, state.missing, state.due_at = "verifying", task, (), task.due_at
    state.last_task_id = task.task_id


def assign_waiting(case: Case[IntakeCase], open_tasks: OpenTasks) -> str | None:
    """Assign a verification task on site without an officer to the nearest free officer on duty.

    Return the officer's id; `None` if nobody suits or the task needs no officer.
    """
    task = case.state.task
    if task is None or task.mode != "site" or task.officer_id is not None or task.grid_code is None:
        return None
    excluded = (*case.state.reporting_officers, *task.declined)
    load = verifiers.open_task_count(case.state.received_report.mode, open_tasks)
    officer = verifiers.nearest_free(task.grid_code, case.now, case.district, load, excluded)
    if officer is None:
        return None
    _assign_to(case, task, officer, SYSTEM)
    return officer


def _assignee(task: Task) -> dict[str, str]:
    """Return the fields of an error response that say who has the task: an officer, the desk or nobody."""
    if task.mode == "phone":
        return {"whose": "the desk verifies by phone", "whose_zh": "由受理台电话核实"}
    if task.officer_id is None:
        return {"whose": "it is not assigned yet; the desk arranges it", "whose_zh": "尚未派人，由受理台安排"}
    officer_id = task.officer_id
    return {"whose": f"it is assigned to {officer_id}", "whose_zh": f"已派给 {officer_id}", "officer_id": officer_id}


def assign(case: Case[IntakeCase], task_id: UUID, officer_id: str, caller: Caller) -> None:
    """Assign the task to an officer. A repeated call changes nothing.

    Allowed are staff of the centre and the grid leads of the task's grid. Raises `TaskUnknown`, `NotYourTask` and
    `OfficerUnsuitable`.
    """
    task = _site_task(case, task_id, caller)
    grid_leads = {lead.id for lead in case.district.leads_of(task.grid_code or "")}
    if not (caller.has(*_ASSIGNING_ROLES) and caller.covers(task.grid_code)) and caller.officer_id not in grid_leads:
        raise NotYourTask(**_assignee(task))
    if not verifiers.may_verify(case.district, officer_id, case.state.reporting_officers):
        raise OfficerUnsuitable(officer=officer_id)
    if task.officer_id != officer_id:
        _assign_to(case, task, officer_id, caller.actor())


def pass_on(case: Case[IntakeCase], task_id: UUID, note: str, caller: Caller, open_tasks: OpenTasks) -> None:
    """Give up a task on site with a reason; the next free officer gets the task. A repeated call changes nothing.

    If nobody is on duty, the limit of the task counts from the next shift. Raises `TaskUnknown` and `NotYourTask`.
    """
    task = _site_task(case, task_id, caller)
    if caller.officer_id is None or (caller.officer_id != task.officer_id and caller.officer_id not in task.declined):
        raise NotYourTask(**_assignee(task))
    if caller.officer_id != task.officer_id:
        return
    task = task.model_copy(update={"declined": (*task.declined, caller.officer_id)})
    _unassign(case, task, caller.officer_id, caller.actor(), note=note)
    assign_waiting(case, open_tasks)


def unassign_reporter(case: Case[IntakeCase]) -> None:
    """Take the task from its officer if this officer has meanwhile reported the same problem.

    A worker then assigns the task to the next free officer.
    """
    task = case.state.task
    if task is not None and task.officer_id is not None and task.officer_id in case.state.reporting_officers:
        _unassign(case, task, task.officer_id, SYSTEM, reason="reported")


def _unassign(
    case: Case[IntakeCase],
    task: Task,
    officer_id: str,
    by: Actor,
    *,
    note: str = "",
    reason: Literal["reported"] | None = None,
) -> None:
    """Take the task from its officer. If nobody else is on duty, the limit counts from the next shift."""
    due_at, nobody_on_duty = _next_due(case, task)
    case.emit(
        VerificationPassedOn(
            task_id=task.task_id,
            officer_id=officer_id,
            note=note,
            reason=reason,
            due_at=due_at,
            nobody_on_duty=nobody_on_duty or None,
            passed_on_by=by,
        )
    )
    case.state.due_at = due_at = due_at or task.due_at
    case.state.task = task.model_copy(update={"officer_id": None, "due_at": due_at})


def _next_due(case: Case[IntakeCase], task: Task) -> tuple[datetime | None, bool]:
    """Return the new deadline of a task without an officer, and whether nobody is on duty within a week.

    The deadline is `None` if the task keeps its present deadline: if it is overdue, if somebody is on duty now, or if
    the new deadline would not be later.
    """
    excluded = (*case.state.reporting_officers, *task.declined)
    starts = verifiers.next_duty_start(task.grid_code or "", case.now, case.district, excluded)
    if starts is None or starts <= case.now or task.due_at <= case.now:
        return None, starts is None
    due_at = deadlines.verification_deadline(case.now, case.district, starts)
    return (due_at if due_at > task.due_at else None), False


def record_escalation(case: Case[IntakeCase], task_id: UUID, lead_id: str | None) -> None:
    """Record that supervision escalated a late task: to a grid lead or, with `lead_id=None`, to the street's centre."""
    task = case.state.task
    if task is not None and task.task_id == task_id:
        change = {"lead_id": lead_id} if lead_id is not None else {"escalated_to_centre": True}
        case.state.task = task.model_copy(update=change)


def _assign_to(case: Case[IntakeCase], task: Task, officer_id: str, by: Actor) -> None:
    case.state.task = task.model_copy(update={"officer_id": officer_id})
    case.emit(VerificationAssigned(task_id=task.task_id, officer_id=officer_id, due_at=task.due_at, assigned_by=by))


def _site_task(case: Case[IntakeCase], task_id: UUID, caller: Caller) -> Task:
    task = case.state.task
    known = task is not None and verifiers.is_in_work_area(task, caller, case.district, case.now)
    if task is None or not known or task.task_id != task_id or task.mode != "site":
        raise TaskUnknown(task=str(task_id))
    return task


def record_answer(
    case: Case[IntakeCase],
    task_id: UUID,
    result: Result,
    caller: Caller,
    *,
    note: str = "",
    photos: tuple[Photo, ...] = (),
    place: Place | None = None,
    open_tasks: OpenTasks,
) -> None:
    """Record the answer to a verification task and continue the case.

    The case is filed, verified at another place, ended, or left to a person. If the place was wrong, the task moves to
    the right grid before the case is filed, so that no unit receives it by mistake. Raises `TaskUnknown`,
    `ReportedByYou`, `NotYourTask`, and what `required_photos.verification_method` raises.
    """
    state, task = case.state, case.state.task
    if task is None or task.task_id != task_id or not verifiers.is_in_work_area(task, caller, case.district, case.now):
        raise TaskUnknown(task=str(task_id))
    if verifiers.is_reporter(caller, state):
        raise ReportedByYou(**_assignee(task))
    if not verifiers.may_answer(task, caller, case.district, case.now):
        raise NotYourTask(**_assignee(task))
    mode = required_photos.verification_method(
        task, case.district.conditions.get(state.condition_id or ""), result, caller, note, photos
    )
    case.emit(
        VerificationRecorded(
            task_id=task_id,
            result=result,
            mode=mode,
            officer_id=caller.officer_id,
            note=note,
            photos=photos,
            place=public_place(place, state.received_report.confidential),
            recorded_by=caller.actor(),
        )
    )
    state.task = None
    state.place = place or state.place
    state.verified_photos = (*state.verified_photos, *photos)[:9]
    if result == "wrong_place":
        if place is None:
            state.place = None
            filing.await_filing(case, photo=False)
        else:
            request_verification(case, task.mode, open_tasks, task.question)
    elif result == "not_found" and mode == "site":
        filing.record_not_filed(case, "not_found_on_site", note, caller.actor())
    elif result == "confirmed":
        state.verified = True
        file_or_wait(case, caller.actor())
    else:
        filing.await_filing(case, decision=True, photo=False)


def file_or_wait(case: Case[IntakeCase], filed_by: Actor) -> None:
    """File a verified case, or put it into the desk's queue.

    The case goes to the desk if something is missing, if a possible duplicate must be compared, if only the shift lead
    may file in this district, or if a dispatcher has sent the case back.
    """
    state = case.state
    shift_lead_only = "intake_clerk" not in case.district.settings.filing_roles
    nothing_open = (
        state.sent_back_to_desk is None
        and state.possible_duplicate_of is None
        and not filing.missing_for_filing(case, photo=False)
    )
    if nothing_open and not shift_lead_only:
        filing.file(case, case.district.conditions[state.condition_id or ""], filed_by)
    else:
        filing.await_filing(case, photo=False)
