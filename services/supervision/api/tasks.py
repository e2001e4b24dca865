"""Tasks: rechecks, reviews, requests of units, questions to the centre and appeals."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.chassis import cursors, mode_filter, uploaded_photos
from services.chassis.auth import Caller, is_centre_staff
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.openapi_errors import COMMAND, SIGNED_IN, responses
from services.chassis.problems import CursorInvalid, PhotosMissing
from services.chassis.web import Command, command, context, needs
from services.supervision.api.forms import AnswerForm, AssignForm, NoteForm
from services.supervision.api.paging import TaskPage, page_of
from services.supervision.domain import problems
from services.supervision.domain.actions import task_actions
from services.supervision.domain.primitives import access
from services.supervision.domain.primitives.case import SupervisionCase
from services.supervision.domain.primitives.task_state import TaskKind
from services.supervision.domain.views import SupervisionView, case_view, task_view
from services.supervision.store import cases as store

router = APIRouter(prefix="/api/supervision/tasks", tags=["tasks"])

_PROBLEMS = (
    *COMMAND,
    problems.TaskUnknown,
    problems.TaskTaken,
    problems.TaskCancelled,
    problems.NotIndependent,
    problems.OwnAppeal,
)
_REFUSALS = responses(*_PROBLEMS)
_ASSIGN_PROBLEMS = responses(*COMMAND, problems.TaskUnknown, problems.TaskCancelled, problems.OfficerUnsuitable)
_PASS_ON_PROBLEMS = responses(*COMMAND, problems.TaskUnknown, problems.TaskCancelled)
_ANSWER_PROBLEMS = responses(
    *_PROBLEMS,
    problems.ExtensionRefusedByRule,
    problems.SuspensionRefusedByRule,
    problems.PhotoNeeded,
    problems.NoteNeeded,
    PhotosMissing,
)


@router.get("", response_model=TaskPage, responses=responses(*SIGNED_IN, CursorInvalid))
async def list_tasks(
    scope: Annotated[
        Literal["open", "mine"], Query(description="`open`: all open tasks of my queues; `mine`: only my own.")
    ] = "open",
    kind: Annotated[TaskKind | None, Query(description="Only tasks of this kind.")] = None,
    mode: mode_filter.ModeFilterQuery = "actual",
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(*access.TASK_ROLES, only=is_centre_staff)),
) -> TaskPage:
    """List open tasks for the caller's roles and area, ordered by deadline."""
    which = store.TaskFilter(
        queues=[queue for queue, roles in access.QUEUES.items() if caller.has(*roles)],
        mine=scope == "mine",
        account=caller.id,
        officer_id=caller.officer_id,
        areas=access.task_areas(caller, ctx.district),
        mode=mode_filter.mode_or_none(mode),
        kind=kind,
    )
    found = await store.list_tasks(ctx.database, which, page_of(cursor, limit))
    return TaskPage(
        items=[task_view(each.case_id, each.state, each.id, each.state.tasks[each.id]) for each in found],
        next=cursors.next_cursor(found, limit, lambda last: (last.due_at, last.id)),
    )


@router.post("/{task_id}/claim", response_model=SupervisionView, responses=_REFUSALS)
async def claim(
    task_id: UUID,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs(*access.TASK_ROLES, only=is_centre_staff)),
) -> Response:
    """Claim a task, so that nobody else does it."""
    case_id = await _case_of(cmd, task_id)

    def decide(cases: dict[UUID, SupervisionCase]) -> SupervisionView:
        task_actions.claim(cases[case_id], task_id, caller)
        return case_view(cases[case_id], caller)

    return await cmd.run([case_id], decide)


@router.post("/{task_id}/assign", response_model=SupervisionView, responses=_ASSIGN_PROBLEMS)
async def assign(
    task_id: UUID,
    form: AssignForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs("shift_lead", "dispatcher", "grid_lead", only=is_centre_staff)),
) -> Response:
    """Assign a field task to an officer, even if another officer has it."""
    case_id = await _case_of(cmd, task_id)

    def decide(cases: dict[UUID, SupervisionCase]) -> SupervisionView:
        task_actions.assign(cases[case_id], task_id, form.officer_id, caller)
        return case_view(cases[case_id], caller)

    return await cmd.run([case_id], decide)


@router.post("/{task_id}/pass-on", response_model=SupervisionView, responses=_PASS_ON_PROBLEMS)
async def pass_on(
    task_id: UUID,
    form: NoteForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs(*access.QUEUES["officer"])),
) -> Response:
    """Pass on 转办 the caller's field task with a reason. Another free officer receives the task."""
    case_id = await _case_of(cmd, task_id)

    def decide(cases: dict[UUID, SupervisionCase]) -> SupervisionView:
        task_actions.pass_on(cases[case_id], task_id, form.note, caller)
        return case_view(cases[case_id], caller)

    return await cmd.run([case_id], decide)


@router.post("/{task_id}/answer", response_model=SupervisionView, responses=_ANSWER_PROBLEMS)
async def answer(
    task_id: UUID,
    form: AnswerForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs(*access.TASK_ROLES, only=is_centre_staff)),
) -> Response:
    """Answer a task. A passed recheck closes the case; a failed recheck returns the case to the unit."""
    photos = await uploaded_photos.resolve_photos(cmd, caller, form.photos)
    case_id = await _case_of(cmd, task_id)

    def decide(cases: dict[UUID, SupervisionCase]) -> SupervisionView:
        task_actions.answer(cases[case_id], task_id, form.finding(photos), caller)
        return case_view(cases[case_id], caller)

    return await cmd.run([case_id], decide)


async def _case_of(cmd: Command, task_id: UUID) -> UUID:
    case_id = await store.case_of_task(cmd.database, task_id)
    if case_id is None:
        raise problems.TaskUnknown(task=str(task_id))
    return case_id
