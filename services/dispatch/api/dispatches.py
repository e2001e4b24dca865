"""Routes that list dispatches, and commands by which units and dispatchers change one dispatch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from services.chassis import cursors, mode_filter, uploaded_photos
from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.openapi_errors import COMMAND, SIGNED_IN, responses
from services.chassis.problems import CursorInvalid, PhotosMissing
from services.chassis.web import Command, command, context, needs
from services.dispatch.api.forms import (
    AssignForm,
    CompleteForm,
    DecisionForm,
    ExtensionForm,
    ProgressForm,
    RefuseHandoverForm,
    ReleaseForm,
    ReturnForm,
    SignForm,
    SuspensionForm,
)
from services.dispatch.domain.dispatches import access, answers, merge_target, problems, returns
from services.dispatch.domain.dispatches.actions import Action
from services.dispatch.domain.dispatches.answers import LockedDispatch, Responder
from services.dispatch.domain.dispatches.state import DispatchedCase
from services.dispatch.domain.dispatches.views import DispatchView, ViewContext, dispatch_view
from services.dispatch.store import cases as store

router = APIRouter(prefix="/api/dispatch/dispatches", tags=["dispatches"])

READING_CALLERS = needs(*{*access.UNIT_ROLES, *access.CENTRE_ROLES})
CLERK_CALLERS = needs(*access.CLERK_ANSWER_ROLES)


def needs_role_for(action: Action) -> Callable[[Request], Awaitable[Caller]]:
    """Return a FastAPI dependency that admits only callers with a role that may do this action."""
    return needs(*access.ROLES[action])


ANSWER_PROBLEMS = (*COMMAND, problems.DispatchUnknown, problems.DispatchNotOpenForThis)


class Dispatches(BaseModel):
    """A page of dispatches."""

    items: list[DispatchView]
    next: str | None
    """Cursor of the next page; `None` on the last page."""


@router.get("", response_model=Dispatches, responses=responses(*SIGNED_IN, CursorInvalid))
async def list_dispatches(
    unit: Annotated[str, Query(description="`me` (units: always), or a unit's id, or `all`")] = "me",
    state: Annotated[
        Literal["open", "done", "returns", "all"] | None, Query(description="Absent: `open`; with `case_id`: `all`")
    ] = None,
    case_id: Annotated[UUID | None, Query(description="Only the dispatches of this case")] = None,
    mode: Annotated[
        mode_filter.ModeFilter | None,
        Query(
            description="Dispatches of real cases, or of exercises or tests. Absent: `actual`; with `case_id`: `all`"
        ),
    ] = None,
    crew: Annotated[
        str | None, Query(max_length=80, description="Only dispatches that were assigned to this crew")
    ] = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ctx: Context = Depends(context),
    caller: Caller = Depends(READING_CALLERS),
) -> Dispatches:
    """List dispatches. The parameter `state` chooses which ones.

    `open` and `returns` are sorted by deadline, `done` by latest change, `all` by time of creation. Exercises are
    listed separately from real cases. A unit sees only its own dispatches, whatever the value of `unit`. The staff of
    a centre see the dispatches in the area of the centre. A unit whose system lost its data can load all its
    dispatches here.
    """
    own = caller.unit_and_team_ids(ctx.district)
    units = sorted(own) or (None if unit in ("me", "all") else [unit])
    rows = await store.list_dispatches(
        ctx.database,
        state or ("all" if case_id else "open"),
        units=units,
        case_id=case_id,
        mode=mode_filter.mode_or_none(mode or ("all" if case_id else "actual")),
        areas=list(caller.areas) or None if not own else None,
        crew=crew,
        after=cursors.instant_and_id(cursor),
        limit=limit,
    )
    following = cursors.next_cursor(rows, limit, lambda last: (last.key, last.dispatch_id))
    return Dispatches(items=[_view_of(each, ctx, caller) for each in rows], next=following)


@router.get("/{dispatch_id}", response_model=DispatchView, responses=responses(*SIGNED_IN, problems.DispatchUnknown))
async def read_dispatch(
    dispatch_id: UUID, response: Response, ctx: Context = Depends(context), caller: Caller = Depends(READING_CALLERS)
) -> DispatchView:
    """Return one dispatch. Its `version` is also the ETag."""
    stored = await store.load_dispatch(ctx.database, dispatch_id)
    dispatch, filed_case = stored.state.find(dispatch_id), stored.state.filed_case
    if dispatch is None or filed_case is None or not access.may_see(caller, dispatch, filed_case, ctx.district):
        raise problems.DispatchUnknown(dispatch=str(dispatch_id))
    response.headers["etag"] = f'"{stored.version}"'
    return _view_of(stored, ctx, caller)


@router.post(
    "/{dispatch_id}/sign", response_model=DispatchView, responses=responses(*ANSWER_PROBLEMS, problems.PhoneEntryNeeded)
)
async def sign(
    dispatch_id: UUID,
    form: SignForm | None = None,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs_role_for("sign")),
) -> Response:
    """Acknowledge the dispatch 签收. A dispatcher may enter an acknowledgement that the unit gave by phone."""
    by_phone = form.by_phone if form else None
    return await run_answer(
        cmd, dispatch_id, caller, lambda target, responder: answers.sign(target, responder, by_phone)
    )


@router.post(
    "/{dispatch_id}/refuse-handover",
    response_model=DispatchView,
    responses=responses(*ANSWER_PROBLEMS, problems.PhoneEntryNeeded),
)
async def refuse_handover(
    dispatch_id: UUID,
    form: RefuseHandoverForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs_role_for("refuse-handover")),
) -> Response:
    """Refuse a hand-over 移交 as an emergency service. The centre keeps the case, and its shift lead must act."""
    return await run_answer(
        cmd,
        dispatch_id,
        caller,
        lambda target, responder: answers.refuse_handover(target, responder, form.note, form.by_phone),
    )


@router.post(
    "/{dispatch_id}/request-return",
    response_model=DispatchView,
    responses=responses(*ANSWER_PROBLEMS, problems.ReturnWindowOver, problems.UnitUnknown),
)
async def request_return(
    dispatch_id: UUID,
    form: ReturnForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs_role_for("request-return")),
) -> Response:
    """Ask to give the dispatch back 退单, within the return window.

    The clocks of the dispatch are paused until the dispatcher decides.
    """
    return await run_answer(
        cmd,
        dispatch_id,
        caller,
        lambda target, responder: returns.request_return(
            target, responder, form.reason, form.note, form.suggested_unit_id
        ),
    )


@router.post("/{dispatch_id}/accept-return", response_model=DispatchView, responses=responses(*ANSWER_PROBLEMS))
async def accept_return(
    dispatch_id: UUID,
    form: DecisionForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs_role_for("accept-return")),
) -> Response:
    """Accept the request of a unit to give its dispatch back 退单.

    If the unit was the lead, routing decides again who leads the case.
    """
    return await _run_decision(
        cmd, dispatch_id, caller, lambda target: returns.accept_return(target, caller.actor(), form.note)
    )


@router.post("/{dispatch_id}/refuse-return", response_model=DispatchView, responses=responses(*ANSWER_PROBLEMS))
async def refuse_return(
    dispatch_id: UUID,
    form: DecisionForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs_role_for("refuse-return")),
) -> Response:
    """Refuse the request of a unit to give its dispatch back 退单. The unit keeps the dispatch."""
    return await _run_decision(
        cmd, dispatch_id, caller, lambda target: returns.refuse_return(target, caller.actor(), form.note)
    )


@router.post("/{dispatch_id}/assign", response_model=DispatchView, responses=responses(*ANSWER_PROBLEMS))
async def assign(
    dispatch_id: UUID,
    form: AssignForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs_role_for("assign")),
) -> Response:
    """Assign the dispatch to a crew of the unit 二级派遣. This also acknowledges the dispatch."""
    return await run_answer(
        cmd, dispatch_id, caller, lambda target, responder: answers.assign_crew(target, responder, form.crew)
    )


@router.post("/{dispatch_id}/revoke", response_model=DispatchView, responses=responses(*ANSWER_PROBLEMS))
async def revoke(
    dispatch_id: UUID, cmd: Command = Depends(command), caller: Caller = Depends(needs_role_for("revoke"))
) -> Response:
    """Take the dispatch back from the crew to which it was assigned. The unit keeps the dispatch."""
    return await run_answer(cmd, dispatch_id, caller, answers.revoke_crew)


@router.post(
    "/{dispatch_id}/progress",
    response_model=DispatchView,
    responses=responses(*ANSWER_PROBLEMS, problems.MilestoneUnknown, PhotosMissing),
)
async def progress(
    dispatch_id: UUID,
    form: ProgressForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs_role_for("progress")),
) -> Response:
    """Report progress, and optionally a milestone that was reached.

    This also acknowledges the dispatch, unless the dispatch is a hand-over to an emergency service.
    """
    photos = await uploaded_photos.resolve_photos(cmd, caller, form.photos)
    return await run_answer(
        cmd,
        dispatch_id,
        caller,
        lambda target, responder: answers.report_progress(target, responder, form.note, form.milestone, photos),
    )


@router.post(
    "/{dispatch_id}/complete",
    response_model=DispatchView,
    responses=responses(
        *ANSWER_PROBLEMS,
        problems.EvidenceMissing,
        problems.ClerkMustConfirm,
        problems.OutcomeNotPossible,
        PhotosMissing,
    ),
)
async def complete(
    dispatch_id: UUID,
    form: CompleteForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs_role_for("complete")),
) -> Response:
    """Report that the unit has finished its part, with the evidence that the filing condition requires."""
    photos = await uploaded_photos.resolve_photos(cmd, caller, form.photos)
    return await run_answer(
        cmd,
        dispatch_id,
        caller,
        lambda target, responder: answers.complete(target, responder, form.outcome, form.note, photos),
    )


@router.post(
    "/{dispatch_id}/request-extension",
    response_model=DispatchView,
    responses=responses(*ANSWER_PROBLEMS, problems.ExtensionNotPossible),
)
async def request_extension(
    dispatch_id: UUID,
    form: ExtensionForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs_role_for("request-extension")),
) -> Response:
    """Ask for an extension 延期: the last open milestone gets its original limit once more."""
    return await run_answer(
        cmd, dispatch_id, caller, lambda target, responder: answers.request_extension(target, responder, form.note)
    )


@router.post(
    "/{dispatch_id}/request-suspension",
    response_model=DispatchView,
    responses=responses(*ANSWER_PROBLEMS, problems.SuspensionNotPossible),
)
async def request_suspension(
    dispatch_id: UUID,
    form: SuspensionForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs_role_for("request-suspension")),
) -> Response:
    """Ask to suspend the clocks of the dispatch 挂账 until the time `until`."""
    return await run_answer(
        cmd,
        dispatch_id,
        caller,
        lambda target, responder: answers.request_suspension(target, responder, form.until, form.note),
    )


@router.post(
    "/{dispatch_id}/release-co-unit",
    response_model=DispatchView,
    responses=responses(*ANSWER_PROBLEMS, problems.OnlyLeadReleases),
)
async def release_co_unit(
    dispatch_id: UUID,
    form: ReleaseForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs_role_for("release-co-unit")),
) -> Response:
    """Release a co-unit of the same case. Only the lead of the case may do this.

    `dispatch_id` is the dispatch of the lead; the body names the dispatch of the co-unit.
    """
    return await run_answer(
        cmd,
        dispatch_id,
        caller,
        lambda target, responder: answers.release_co_unit(
            target, responder, target.case.state.find(form.dispatch_id), form.note
        ),
    )


async def run_answer(
    cmd: Command, dispatch_id: UUID, caller: Caller, act: Callable[[LockedDispatch, Responder], None]
) -> Response:
    """Run `act`, by which the caller answers the dispatch.

    The caller belongs to the unit of the dispatch, or is a dispatcher who enters an answer that the unit gave by phone.
    """

    def decide(target: LockedDispatch) -> None:
        act(target, access.responder_for(caller, target.dispatch, target.filed_case, target.case.district))

    return await _run(cmd, dispatch_id, caller, decide)


async def _run_decision(
    cmd: Command, dispatch_id: UUID, caller: Caller, act: Callable[[LockedDispatch], None]
) -> Response:
    def decide(target: LockedDispatch) -> None:
        access.require_desk(caller, target.dispatch, target.filed_case, target.case.district)
        act(target)

    return await _run(cmd, dispatch_id, caller, decide)


async def _run(cmd: Command, dispatch_id: UUID, caller: Caller, act: Callable[[LockedDispatch], None]) -> Response:
    case_id = await store.case_id_of(cmd.database, dispatch_id)

    def decide(cases: dict[UUID, DispatchedCase]) -> DispatchView:
        case = cases[case_id]
        dispatch, filed_case = case.state.find(dispatch_id), case.state.filed_case
        if dispatch is None or filed_case is None:
            raise problems.DispatchUnknown(dispatch=str(dispatch_id))
        target = LockedDispatch(
            case, dispatch, filed_case, lambda each: access.may_do(caller, each, dispatch, filed_case, case.district)
        )
        host = merge_target.host_of(cases, target)
        act(target)
        if host is not None:
            merge_target.forward_to_host(target, host)
        view_context = ViewContext(caller, case.now, case.district, cmd.context.settings.gridloop_public_url)
        return dispatch_view(case_id, case.version, case.state, dispatch, filed_case, view_context)

    return await cmd.run([case_id], decide)


def _view_of(stored: store.StoredDispatch, ctx: Context, caller: Caller) -> DispatchView:
    dispatch, filed_case = stored.state.find(stored.dispatch_id), stored.state.filed_case
    assert dispatch is not None, "a row of `dispatch` follows from the state of its case"
    assert filed_case is not None, "dispatches follow from a filing"
    view_context = ViewContext(caller, ctx.clock.now(), ctx.district, ctx.settings.gridloop_public_url)
    return dispatch_view(stored.case_id, stored.version, stored.state, dispatch, filed_case, view_context)
