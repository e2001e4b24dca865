"""HTTP API of verification tasks: lists, assignment and answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from services.chassis import cursors, mode_filter
from services.chassis.auth import Caller, is_not_channel
from services.chassis.context import Context
from services.chassis.coordinates import distance_m
from services.chassis.cursors import Cursor
from services.chassis.openapi_errors import COMMAND, SIGNED_IN, responses
from services.chassis.problems import CursorInvalid, PhotosMissing
from services.chassis.web import Command, command, context, needs
from services.intake.api.desk import page_start
from services.intake.api.forms import AssignForm, PassOnForm, TaskAnswer, place_from
from services.intake.api.resources import Resources, resources
from services.intake.api.uploads import resolve_photos
from services.intake.domain import problems, recurrence, required_photos, verification, verifiers
from services.intake.domain.case import IntakeCases
from services.intake.domain.possible_actions import Viewer
from services.intake.domain.views import CaseView, TaskItem, view, view_of
from services.intake.store import queues, searches
from services.intake.store.identifiers import uuid7

router = APIRouter(prefix="/api/intake", tags=["tasks"])


class Tasks(BaseModel):
    """A page of verification tasks."""

    items: list[TaskItem]
    next: str | None


@router.get("/tasks", response_model=Tasks, responses=responses(*SIGNED_IN, CursorInvalid))
async def tasks(
    mode: mode_filter.ModeFilterQuery = "actual",
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(*verifiers.VERIFIER_ROLES, only=is_not_channel)),
) -> Tasks:
    """List open verification tasks, most urgent first.

    An officer sees the tasks that are assigned to them and the unassigned tasks of their grids. A grid lead also sees
    late tasks that were escalated to them. The desk sees tasks to verify by phone, tasks without an officer, and tasks
    that were escalated to the centre. Tasks about the caller's own reports are left out.
    """
    district, after, which = ctx.district, page_start(cursor), mode_filter.mode_or_none(mode)
    viewer = Viewer(caller, ctx.clock.now(), district)
    if caller.officer_id is not None:
        officer = district.officers.get(caller.officer_id)
        grids = officer.grids if officer else ()
        entries = await queues.officer_tasks(ctx.database, caller.officer_id, grids, which, after, limit)
    else:
        entries = await queues.desk_queue(ctx.database, caller.areas, "verification", which, after, limit)
    items = [
        TaskItem(
            task_id=task.task_id,
            mode=task.mode,
            due_at=task.due_at,
            question=task.question,
            officer_id=task.officer_id,
            lead_id=task.lead_id,
            case=view_of(each.case_id, each.state, each.version, viewer),
        )
        for each in entries
        if (task := each.state.task) is not None and verifiers.is_listed_for(each.state, caller, district)
    ]
    following = cursors.next_cursor(entries, limit, lambda last: (last.due_at, last.case_id))
    return Tasks(items=items, next=following)


@router.post(
    "/tasks/{task_id}/assign",
    response_model=CaseView,
    responses=responses(*COMMAND, problems.TaskUnknown, problems.NotYourTask, problems.OfficerUnsuitable),
)
async def assign(
    task_id: UUID,
    form: AssignForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs("shift_lead", "dispatcher", "intake_clerk", "grid_lead")),
) -> Response:
    """Assign an officer to a verification task on site, even if another officer has the task."""
    case_id = await _case_of(cmd, task_id)

    def decide(cases: IntakeCases) -> CaseView:
        verification.assign(cases[case_id], task_id, form.officer_id, caller)
        return view(cases[case_id], caller)

    return await cmd.run([case_id], decide)


@router.post(
    "/tasks/{task_id}/pass-on",
    response_model=CaseView,
    responses=responses(*COMMAND, problems.TaskUnknown, problems.NotYourTask),
)
async def pass_on(
    task_id: UUID,
    form: PassOnForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs("officer", "grid_lead")),
) -> Response:
    """Give up a verification task on site with a reason 转办. The next free officer gets the task."""
    case_id = await _case_of(cmd, task_id)
    open_tasks = await searches.open_task_counts(cmd.database)

    def decide(cases: IntakeCases) -> CaseView:
        verification.pass_on(cases[case_id], task_id, form.note, caller, open_tasks)
        return view(cases[case_id], caller)

    return await cmd.run([case_id], decide)


@router.post(
    "/tasks/{task_id}/answer",
    response_model=CaseView,
    responses=responses(
        *COMMAND,
        problems.TaskUnknown,
        problems.NotYourTask,
        problems.ReportedByYou,
        PhotosMissing,
        problems.GridUnknown,
        problems.PlaceMissing,
        required_photos.SitePhotosNeeded,
        required_photos.AbsenceNotShown,
        required_photos.VisitNotMade,
    ),
)
async def answer(
    task_id: UUID,
    form: TaskAnswer,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs(*verifiers.VERIFIER_ROLES, only=is_not_channel)),
    resources: Resources = Depends(resources),
) -> Response:
    """Answer a verification task.

    A confirmed case is filed at once if nothing is missing and no person must decide. If the reported place was wrong,
    the task moves to the right place. Reporters cannot verify their own report. Officers with the role `lane_lead` or
    `helper` can report, but not verify. The result `not_found` of a visit requires a note and a photo of the place. The
    desk may answer a task that requires a visit: with photos from the place, or with a note about a phone call, which
    is recorded as a call.
    """
    if (before := await cmd.stored_response()) is not None:
        return before
    photos = await resolve_photos(cmd.database, caller, form.photos)
    case_id = await _case_of(cmd, task_id)
    open_tasks = await searches.open_task_counts(cmd.database)
    earlier = await _earlier_not_found(cmd, case_id) if form.result == "not_found" else []
    parent_id, serial = (uuid7(), await resources.serials.next_serial()) if earlier else (case_id, 0)

    def decide(cases: IntakeCases) -> CaseView:
        case = cases[case_id]
        place = place_from(form, case)
        verification.record_answer(
            case,
            task_id,
            form.result,
            caller,
            note=form.note,
            photos=photos,
            place=place,
            open_tasks=open_tasks,
        )
        if earlier:
            recurrence.link_recurrence(cases, case, earlier, parent_id, serial)
        return view(case, caller)

    return await cmd.run([case_id], decide)


async def _case_of(cmd: Command, task_id: UUID) -> UUID:
    case_id = await searches.case_of_task(cmd.database, task_id)
    if case_id is None:
        raise problems.TaskUnknown(task=str(task_id))
    return case_id


async def _earlier_not_found(cmd: Command, case_id: UUID) -> list[UUID]:
    """Return recent cases of the same category at the same place whose problem was not found on site."""
    entry = await queues.find_case(cmd.database, case_id)
    place = entry.state.place if entry else None
    if entry is None or entry.state.category_id is None or place is None:
        return []
    if place.longitude is None or place.latitude is None:
        return []
    rules = cmd.district.settings.duplicates
    here = (place.longitude, place.latitude)
    since = cmd.context.clock.now() - timedelta(days=rules.not_found_days)
    found = await searches.not_found_near(
        cmd.database, entry.state.category_id, here, entry.state.received_report.mode, rules.recurrence_metres, since
    )
    return [
        each.case_id
        for each in found
        if each.point is not None and distance_m(here, each.point) <= rules.recurrence_metres
    ]
