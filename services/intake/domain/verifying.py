"""Verification 核实: is it true? A task for an officer of the duty grid, or for the desk by phone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts.acceptance import VerificationRecorded, VerificationRequested, VerifyMode
from contracts.places import Actor, Photo, Place
from contracts.registry import Officer
from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.chassis.district import District
from services.intake.domain import deadlines, filing
from services.intake.domain.case import IntakeCase, Task
from services.intake.domain.problems import NotYourTask, TaskUnknown
from services.intake.domain.receiving import DESK

Result = Literal["confirmed", "not_found", "wrong_place", "other"]

OpenTasks = Mapping[str, int]
"""Officer id → verification tasks they have open."""

_BUSY = 4
"""An officer with so many open tasks is not free while another is."""


def request(case: Case[IntakeCase], mode: VerifyMode, open_tasks: OpenTasks, question: str = "") -> None:
    """Ask for verification: on site by the nearest free officer on duty, by phone at the desk.

    Where nobody is on duty the task has no officer yet and its time counts from the next shift.
    """
    state, district = case.state, case.district
    grid_code = state.place.grid_code if state.place else None
    officer, starts = None, None
    if mode == "site" and grid_code is not None:
        officer = nearest_free(grid_code, case.now, district, open_tasks, state.known.reported_by.officer_id)
        starts = None if officer else district.duty_from(grid_code, case.now)
    task = Task(
        task_id=case.derive_id("verification"),
        mode=mode,
        grid_code=grid_code,
        officer_id=officer.id if officer else None,
        due_at=deadlines.verification(case.now, district, starts),
        question=question,
    )
    case.emit(VerificationRequested(**task.model_dump()))
    if state.status == "awaiting_filing" and state.due_at is not None:
        state.desk_left = deadlines.filing_left(case.now, state.due_at, district)
    state.status, state.task, state.missing, state.due_at = "verifying", task, (), task.due_at
    state.last_task_id = task.task_id


def nearest_free(
    grid_code: str, now: datetime, district: District, open_tasks: OpenTasks, reporter: str | None
) -> Officer | None:
    """Of the officers on duty for the grid, narrowest duty first, the first who is not busy; else the least busy.

    Never the one who reported it.
    """
    on_duty = [officer for officer in district.officers_on_duty(grid_code, now) if officer.id != reporter]
    for officer in on_duty:
        if open_tasks.get(officer.id, 0) < _BUSY:
            return officer
    return min(on_duty, key=lambda officer: open_tasks.get(officer.id, 0), default=None)


def answer(
    case: Case[IntakeCase], task_id: UUID, result: Result, caller: Caller, *,
    note: str = "", photos: tuple[Photo, ...] = (), place: Place | None = None, open_tasks: OpenTasks,
) -> None:  # fmt: skip
    """Record the answer and take the case on: file it, ask again elsewhere, refuse it, or hand it to a person.

    Raises `TaskUnknown` and `NotYourTask`. A task that a wrong place sent to the wrong grid goes on to the right one
    before anything is filed, so that no unit gets it wrongly.
    """
    state, task = case.state, case.state.task
    if task is None or task.task_id != task_id:
        raise TaskUnknown(task=str(task_id))
    if not may_answer(task, caller, case.district, case.now):
        raise NotYourTask
    case.emit(
        VerificationRecorded(
            task_id=task_id,
            result=result,
            officer_id=caller.officer_id,
            note=note,
            photos=photos,
            place=filing.public_place(place, state.known.confidential),
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
            request(case, task.mode, open_tasks, task.question)
    elif result == "not_found" and task.mode == "site":
        filing.refuse(case, "not_found_on_site", note, caller.actor())
    elif result == "confirmed":
        state.verified = True
        settle_filing(case, caller.actor())
    else:
        filing.await_filing(case, decision=True, photo=False)


def settle_filing(case: Case[IntakeCase], filed_by: Actor) -> None:
    """After a confirmation: file when everything is known and nothing is to be compared, else wait for a person."""
    state = case.state
    if state.suggested_host is None and not filing.what_is_missing(case, photo=False):
        filing.file(case, case.district.condition(state.condition_id or ""), filed_by)
    else:
        filing.await_filing(case, photo=False)


def may_answer(task: Task, caller: Caller, district: District, now: datetime) -> bool:
    """The officer it was given to, any officer of that grid or on duty for it, the grid's lead.

    The desk for phone tasks, and for those that nobody has because nobody is on duty.
    """
    if caller.has("shift_lead"):
        return True
    if (task.mode == "phone" or task.officer_id is None) and caller.has(*DESK) and caller.covers(task.grid_code):
        return True
    if task.mode == "phone" or caller.officer_id is None:
        return False
    grid = task.grid_code or ""
    found = (*district.officers_of(grid), *district.officers_on_duty(grid, now), *district.leads_of(grid))
    over = {officer.id for officer in found}
    return caller.officer_id == task.officer_id or caller.officer_id in over
