"""HTTP API of the desk 受理台, where people decide about reports: its queue and its decisions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from contracts.events.acceptance import VerifyMode
from contracts.registry import FilingCondition
from services.chassis import cursors, mode_filter
from services.chassis.auth import Caller, is_centre_staff
from services.chassis.cases import Case
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.database import Connection
from services.chassis.openapi_errors import COMMAND, SIGNED_IN, responses
from services.chassis.problems import CursorInvalid, NotPossibleNow
from services.chassis.web import Command, command, context, needs
from services.intake.api.confidential_filing import ConfidentialChange
from services.intake.api.forms import (
    AnswerForm,
    AttachForm,
    CorrectForm,
    FileForm,
    LinkForm,
    NoteForm,
    NotFileForm,
    SettlementDecision,
    VerifyForm,
    component_from,
    place_from,
)
from services.intake.api.resources import Resources, resources
from services.intake.domain import desk, filing, problems
from services.intake.domain.case import IntakeCase, IntakeCases, is_in_area
from services.intake.domain.possible_actions import CLERKS, LEADS, Viewer, limit_offered_actions
from services.intake.domain.views import CaseView, QueueItem, view, view_of
from services.intake.store import queues, searches

router = APIRouter(prefix="/api/intake", tags=["desk"])

CLERK = needs(*CLERKS, only=is_centre_staff)
SHIFT_LEAD = needs(*LEADS, only=is_centre_staff)

FIRST_PAGE = (datetime.min.replace(tzinfo=UTC), UUID(int=0))
"""Position (deadline, case id) before the first entry of any list."""

_DECISION = responses(*COMMAND, problems.CaseUnknown, NotPossibleNow)


class Queue(BaseModel):
    """A page of the desk's queue."""

    items: list[QueueItem]
    next: str | None


@router.get("/queue", response_model=Queue, responses=responses(*SIGNED_IN, CursorInvalid))
async def queue(
    kind: Literal["filing", "settlement", "verification", "compare"] | None = None,
    mode: mode_filter.ModeFilterQuery = "actual",
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ctx: Context = Depends(context),
    caller: Caller = Depends(CLERK),
) -> Queue:
    """List the cases that wait for the desk, most urgent first.

    A case waits for filing, for the approval of a settlement on the spot, for a verification that the desk must make or
    assign, or for the comparison with a possible duplicate.
    """
    entries = await queues.desk_queue(
        ctx.database, caller.areas, kind, mode_filter.mode_or_none(mode), page_start(cursor), limit
    )
    viewer = Viewer(caller, ctx.clock.now(), ctx.district)
    items = [
        QueueItem.model_validate(
            {
                "kind": each.kind,
                "due_at": each.due_at,
                "case": view_of(each.case_id, each.state, each.version, viewer),
            }
        )
        for each in entries
    ]
    following = cursors.next_cursor(entries, limit, lambda last: (last.due_at, last.case_id))
    return Queue(items=items, next=following)


def page_start(cursor: str | None) -> queues.PageStart:
    """Return the position after which the page starts; `FIRST_PAGE` without a cursor. Raises `CursorInvalid`."""
    return cursors.instant_and_id(cursor) or FIRST_PAGE


@router.get("/cases/{case}", response_model=CaseView, responses=responses(*SIGNED_IN, problems.CaseUnknown))
async def get_case(case: str, ctx: Context = Depends(context), caller: Caller = Depends(CLERK)) -> CaseView:
    """Return a case by id or number."""
    entry = await queues.find_case(ctx.database, await searches.case_of(ctx.database, case))
    if entry is None or not is_in_area(entry.state, caller):
        raise problems.CaseUnknown(case=case)
    return view_of(entry.case_id, entry.state, entry.version, Viewer(caller, ctx.clock.now(), ctx.district))


@router.post(
    "/cases/{case}/file",
    response_model=CaseView,
    responses=_DECISION
    | responses(
        problems.CategoryUnknown,
        problems.CategoryWithoutCondition,
        problems.ComponentNotMatter,
        problems.ConditionUnknown,
        problems.GridUnknown,
        problems.PlaceMissing,
        problems.ComponentUnknown,
        problems.ComponentContradicts,
        problems.ReportsAttached,
    ),
)
async def file(
    case: str,
    form: FileForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(CLERK),
    resources: Resources = Depends(resources),
) -> Response:
    """File the case 立案, or request the verification that its filing condition requires.

    If the category is confidential, the content of the case is encrypted, and only the competent unit can read it.
    """
    tasks = await searches.open_task_counts(cmd.database)
    confidential_change = await ConfidentialChange.of(
        cmd.database, await searches.case_of(cmd.database, case), resources
    )

    def decide(found: Case[IntakeCase], _: IntakeCases) -> None:
        condition, place = chosen_condition(form, found), place_from(form, found)
        changed_details = confidential_change.changed_details(found, form, place, condition.category)
        desk.file(
            found, condition, confidential_change.place(found, form, place), component_from(form, found), caller, tasks
        )
        confidential_change.encrypt(found, changed_details)

    return await decide_on(case, cmd, caller, decide, also=confidential_change.save)


@router.post(
    "/cases/{case}/correct",
    response_model=CaseView,
    responses=_DECISION
    | responses(
        problems.CategoryUnknown,
        problems.CategoryWithoutCondition,
        problems.ComponentNotMatter,
        problems.ConditionUnknown,
        problems.GridUnknown,
        problems.PlaceMissing,
        problems.OnlyBeforeFiling,
        problems.ComponentUnknown,
        problems.ComponentContradicts,
    ),
)
async def correct(
    case: str,
    form: CorrectForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(CLERK),
    resources: Resources = Depends(resources),
) -> Response:
    """Correct category, filing condition, place or component of a filed case 更正.

    Routing then decides again which units must act. In a confidential case, the exact place and the component are
    encrypted again for the competent unit.
    """
    confidential_change = await ConfidentialChange.of(
        cmd.database, await searches.case_of(cmd.database, case), resources
    )

    def decide(found: Case[IntakeCase], _: IntakeCases) -> None:
        condition, place = chosen_condition(form, found), place_from(form, found)
        changed_details = (
            confidential_change.changed_details(found, form, place, condition.category)
            if found.state.received_report.confidential
            else None
        )
        component_id = component_from(form, found)
        desk.correct(found, condition, place, component_id, form.note, caller, moved=changed_details is not None)
        confidential_change.encrypt(found, changed_details)

    return await decide_on(case, cmd, caller, decide, also=confidential_change.save)


def chosen_condition(form: FileForm, case: Case[IntakeCase]) -> FilingCondition:
    """Return the filing condition that the form names.

    Of a filed confidential case, the desk sees only the major class 大类 of the category. A form that names this class
    and no condition keeps the present condition. Raises `CategoryUnknown`, and what `filing.condition_of` raises.
    """
    known = case.district.categories.get(case.state.category_id or "")
    if known is not None and known.confidential and (form.category_id, form.condition_id) == (known.public_id, None):
        return filing.condition_of(known.id, case.state.condition_id, case.district)
    if form.category_id not in case.district.categories:
        raise problems.CategoryUnknown(category_id=form.category_id)
    return filing.condition_of(form.category_id, form.condition_id, case.district)


@router.post(
    "/cases/{case}/verify",
    response_model=CaseView,
    responses=_DECISION | responses(problems.PlaceMissing, problems.NotForConfidential),
)
async def verify(
    case: str, form: VerifyForm, cmd: Command = Depends(command), caller: Caller = Depends(CLERK)
) -> Response:
    """Request a verification, by an officer on site or by a phone call."""
    tasks, mode = await searches.open_task_counts(cmd.database), form.mode
    wanted: VerifyMode = mode
    by = caller.actor()
    return await decide_on(case, cmd, caller, lambda found, _: desk.verify(found, wanted, form.question, by, tasks))


@router.post("/cases/{case}/not-file", response_model=CaseView, responses=_DECISION)
async def not_file(
    case: str, form: NotFileForm, cmd: Command = Depends(command), caller: Caller = Depends(CLERK)
) -> Response:
    """Decide not to file the case 不予立案, with a reason that the reporter receives."""
    return await decide_on(
        case, cmd, caller, lambda found, _: filing.not_file(found, form.reason, form.note, caller.actor())
    )


@router.post("/cases/{case}/void", response_model=CaseView, responses=_DECISION)
async def void(
    case: str, form: NoteForm, cmd: Command = Depends(command), caller: Caller = Depends(SHIFT_LEAD)
) -> Response:
    """Void a case that should not have been filed 作废."""
    return await decide_on(case, cmd, caller, lambda found, _: filing.void(found, form.note, caller.actor()))


@router.post("/cases/{case}/withdraw", response_model=CaseView, responses=_DECISION)
async def withdraw(
    case: str, form: NoteForm, cmd: Command = Depends(command), caller: Caller = Depends(CLERK)
) -> Response:
    """Withdraw the report before filing, at the reporter's wish."""
    tasks = await searches.open_task_counts(cmd.database)
    return await decide_on(
        case, cmd, caller, lambda found, cases: desk.withdraw(cases, found, form.note, caller.actor(), tasks)
    )


@router.post(
    "/cases/{case}/answer",
    response_model=CaseView,
    responses=_DECISION | responses(problems.NotAnswerable, problems.KnowledgeUnknown),
)
async def answer(
    case: str, form: AnswerForm, cmd: Command = Depends(command), caller: Caller = Depends(CLERK)
) -> Response:
    """Answer a report that needs no work, and close the case without a dispatch 直接办结.

    Such reports are inquiries, suggestions, praise and requests for advice.
    """
    return await decide_on(
        case, cmd, caller, lambda found, _: desk.answer(found, form.knowledge_id, form.answer, caller.actor())
    )


@router.post("/cases/{case}/settlement", response_model=CaseView, responses=_DECISION)
async def settlement(
    case: str, form: SettlementDecision, cmd: Command = Depends(command), caller: Caller = Depends(CLERK)
) -> Response:
    """Approve or refuse a settlement on the spot 自行处置: the reporting officer solved the problem at once.

    A random sample of the approved settlements is rechecked.
    """
    return await decide_on(
        case, cmd, caller, lambda found, _: desk.decide_settlement(found, form.approved, form.note, caller.actor())
    )


@router.post("/cases/{case}/attach", response_model=CaseView, responses=_DECISION | responses(problems.HostUnsuitable))
async def attach(
    case: str, form: AttachForm, cmd: Command = Depends(command), caller: Caller = Depends(CLERK)
) -> Response:
    """Attach the report to a case about the same problem.

    If the report's own case is filed, the two cases are merged 并案, and the open dispatches of the report's own case
    are withdrawn.
    """
    host = await searches.case_of(cmd.database, form.host_case_number)
    return await decide_on(
        case, cmd, caller, lambda found, cases: desk.attach(cases, found, host, caller.actor(), form.note)
    )


@router.post("/cases/{case}/detach", response_model=CaseView, responses=_DECISION)
async def detach(
    case: str, form: NoteForm, cmd: Command = Depends(command), caller: Caller = Depends(CLERK)
) -> Response:
    """Undo the attachment of a report. The report's own case continues from its former status."""
    tasks = await searches.open_task_counts(cmd.database)
    return await decide_on(case, cmd, caller, lambda found, cases: desk.detach(cases, found, form.note, caller, tasks))


@router.post("/cases/{case}/link", response_model=CaseView, responses=_DECISION | responses(problems.HostUnsuitable))
async def link(case: str, form: LinkForm, cmd: Command = Depends(command), caller: Caller = Depends(CLERK)) -> Response:
    """Link two cases.

    If the other case is the suggested duplicate of this one, the link rejects the suggestion, and this case continues.
    """
    other = await searches.case_of(cmd.database, form.other_case_number)
    tasks = await searches.open_task_counts(cmd.database)
    return await decide_on(case, cmd, caller, lambda found, cases: desk.link(cases, found, form.relation, other, tasks))


async def decide_on(
    reference: str,
    cmd: Command,
    caller: Caller,
    step: Callable[[Case[IntakeCase], IntakeCases], None],
    *,
    also: Callable[[Connection, CaseView], Awaitable[None]] | None = None,
) -> Response:
    """Run `step`, which makes the desk's decision, on the case. The response contains the case after the decision."""
    case_id = await searches.case_of(cmd.database, reference)

    def decide(cases: IntakeCases) -> CaseView:
        case = require_at_desk(cases[case_id], reference, caller)
        with limit_offered_actions(case, caller):
            step(case, cases)
        return view(case, caller)

    return await cmd.run([case_id], decide, also=also)


def require_at_desk(case: Case[IntakeCase], reference: str, caller: Caller) -> Case[IntakeCase]:
    """Return `case`. Raises `CaseUnknown` if the case has no report or lies outside the caller's area."""
    if case.state.report is None or not is_in_area(case.state, caller):
        raise problems.CaseUnknown(case=reference)
    return case
