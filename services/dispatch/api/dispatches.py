"""The inbox of units, and everything they and the dispatcher may answer."""

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
from services.dispatch.domain.dispatches.answers import Answered, Answering
from services.dispatch.domain.dispatches.state import DispatchedCase
from services.dispatch.domain.dispatches.views import DispatchView, Sight, view
from services.dispatch.store import cases as store

router = APIRouter(prefix="/api/dispatch/dispatches", tags=["dispatches"])

READERS = needs(*{*access.UNIT_ROLES, *access.CENTRE_ROLES})
CLERKS = needs(*access.CLERK_ANSWERS)


def door(action: Action) -> Callable[[Request], Awaitable[Caller]]:
    """Return a dependency: a caller who has a role for this."""
    return needs(*access.ROLES[action])


ANSWER = (*COMMAND, problems.DispatchUnknown, problems.DispatchNotOpenForThis)


class Dispatches(BaseModel):
    """A page of orders."""

    items: list[DispatchView]
    next: str | None
    """Cursor of the next page; none on the last."""


@router.get("", response_model=Dispatches, responses=responses(*SIGNED_IN, CursorInvalid))
async def inbox(
    unit: Annotated[str, Query(description="`me` (units: always), or a unit's id, or `all`")] = "me",
    state: Annotated[
        Literal["open", "done", "returns", "all"] | None, Query(description="Absent: `open`; with `case_id`: `all`")
    ] = None,
    case_id: Annotated[UUID | None, Query(description="Only the orders of this case")] = None,
    mode: Annotated[
        mode_filter.Wanted | None,
        Query(description="Orders of real cases, or of exercises or tests. Absent: `actual`; with `case_id`: `all`"),
    ] = None,
    crew: Annotated[str | None, Query(max_length=80, description="Only what was handed on to this crew")] = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    parts: Context = Depends(context),
    caller: Caller = Depends(READERS),
) -> Dispatches:
    """Orders: open ones and requested returns by deadline, done ones latest first, `all` in the order of their making.

    Exercises are not mixed with what is real. A unit sees its own, whatever it asks for; the centre's desks those of their area. A unit whose system lost everything
    starts again from here.
    """
    own = caller.houses(parts.district)
    units = sorted(own) or (None if unit in ("me", "all") else [unit])
    rows = await store.inbox(
        parts.database,
        state or ("all" if case_id else "open"),
        units=units,
        case_id=case_id,
        mode=mode_filter.only(mode or ("all" if case_id else "actual")),
        areas=list(caller.areas) or None if not own else None,
        crew=crew,
        after=cursors.instant_and_id(cursor),
        limit=limit,
    )
    following = cursors.following(rows, limit, lambda last: (last.key, last.dispatch_id))
    return Dispatches(items=[_shown(each, parts, caller) for each in rows], next=following)


@router.get("/{dispatch_id}", response_model=DispatchView, responses=responses(*SIGNED_IN, problems.DispatchUnknown))
async def read(
    dispatch_id: UUID, response: Response, parts: Context = Depends(context), caller: Caller = Depends(READERS)
) -> DispatchView:
    """One order, as it now is. Its `version` is also the ETag."""
    found = await store.find(parts.database, dispatch_id)
    dispatch, matter = found.state.find(dispatch_id), found.state.matter
    if dispatch is None or matter is None or not access.may_see(caller, dispatch, matter, parts.district):
        raise problems.DispatchUnknown(dispatch=str(dispatch_id))
    response.headers["etag"] = f'"{found.version}"'
    return _shown(found, parts, caller)


@router.post(
    "/{dispatch_id}/sign", response_model=DispatchView, responses=responses(*ANSWER, problems.PhoneEntryNeeded)
)
async def sign(
    dispatch_id: UUID,
    form: SignForm | None = None,
    cmd: Command = Depends(command),
    caller: Caller = Depends(door("sign")),
) -> Response:
    """Take the order. A dispatcher may enter a signature given by phone."""
    by_phone = form.by_phone if form else None
    return await answer(cmd, dispatch_id, caller, lambda on, who: answers.sign(on, who, by_phone))


@router.post(
    "/{dispatch_id}/refuse-handover",
    response_model=DispatchView,
    responses=responses(*ANSWER, problems.PhoneEntryNeeded),
)
async def refuse_handover(
    dispatch_id: UUID,
    form: RefuseHandoverForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(door("refuse-handover")),
) -> Response:
    """An emergency service does not take what was handed over 移交: it stays the centre's, and a person looks at once."""
    return await answer(
        cmd, dispatch_id, caller, lambda on, who: answers.refuse_handover(on, who, form.note, form.by_phone)
    )


@router.post(
    "/{dispatch_id}/request-return",
    response_model=DispatchView,
    responses=responses(*ANSWER, problems.ReturnWindowOver, problems.UnitUnknown),
)
async def request_return(
    dispatch_id: UUID,
    form: ReturnForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(door("request-return")),
) -> Response:
    """Say "not mine" 退单, within the window. Its clock stands still until the dispatcher decides."""
    return await answer(
        cmd,
        dispatch_id,
        caller,
        lambda on, who: returns.request(on, who, form.reason, form.note, form.suggested_unit_id),
    )


@router.post("/{dispatch_id}/accept-return", response_model=DispatchView, responses=responses(*ANSWER))
async def accept_return(
    dispatch_id: UUID,
    form: DecisionForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(door("accept-return")),
) -> Response:
    """Accept a return: routing decides anew."""
    return await _decide(cmd, dispatch_id, caller, lambda on: returns.accept(on, caller.actor(), form.note))


@router.post("/{dispatch_id}/refuse-return", response_model=DispatchView, responses=responses(*ANSWER))
async def refuse_return(
    dispatch_id: UUID,
    form: DecisionForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(door("refuse-return")),
) -> Response:
    """Refuse a return: the unit keeps the order."""
    return await _decide(cmd, dispatch_id, caller, lambda on: returns.refuse(on, caller.actor(), form.note))


@router.post("/{dispatch_id}/assign", response_model=DispatchView, responses=responses(*ANSWER))
async def assign(
    dispatch_id: UUID, form: AssignForm, cmd: Command = Depends(command), caller: Caller = Depends(door("assign"))
) -> Response:
    """Hand the work on inside the unit 二级派遣."""
    return await answer(cmd, dispatch_id, caller, lambda on, who: answers.assign(on, who, form.crew))


@router.post("/{dispatch_id}/revoke", response_model=DispatchView, responses=responses(*ANSWER))
async def revoke(
    dispatch_id: UUID, cmd: Command = Depends(command), caller: Caller = Depends(door("revoke"))
) -> Response:
    """Take the work back from the crew."""
    return await answer(cmd, dispatch_id, caller, answers.revoke)


@router.post(
    "/{dispatch_id}/progress",
    response_model=DispatchView,
    responses=responses(*ANSWER, problems.MilestoneUnknown, PhotosMissing),
)
async def progress(
    dispatch_id: UUID, form: ProgressForm, cmd: Command = Depends(command), caller: Caller = Depends(door("progress"))
) -> Response:
    """Say what has been done so far; may reach a milestone. Working on an order takes it."""
    photos = await uploaded_photos.resolve(cmd, caller, form.photos)
    return await answer(
        cmd,
        dispatch_id,
        caller,
        lambda on, who: answers.progress(on, who, form.note, form.milestone, photos),
    )


@router.post(
    "/{dispatch_id}/complete",
    response_model=DispatchView,
    responses=responses(
        *ANSWER, problems.EvidenceMissing, problems.ClerkMustConfirm, problems.OutcomeNotPossible, PhotosMissing
    ),
)
async def complete(
    dispatch_id: UUID, form: CompleteForm, cmd: Command = Depends(command), caller: Caller = Depends(door("complete"))
) -> Response:
    """The unit's part is done, with the evidence that the filing condition asks for."""
    photos = await uploaded_photos.resolve(cmd, caller, form.photos)
    return await answer(
        cmd,
        dispatch_id,
        caller,
        lambda on, who: answers.complete(on, who, form.outcome, form.note, photos),
    )


@router.post(
    "/{dispatch_id}/request-extension",
    response_model=DispatchView,
    responses=responses(*ANSWER, problems.ExtensionNotPossible),
)
async def request_extension(
    dispatch_id: UUID,
    form: ExtensionForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(door("request-extension")),
) -> Response:
    """Ask for one more original limit 延期."""
    return await answer(cmd, dispatch_id, caller, lambda on, who: answers.request_extension(on, who, form.note))


@router.post(
    "/{dispatch_id}/request-suspension",
    response_model=DispatchView,
    responses=responses(*ANSWER, problems.SuspensionNotPossible),
)
async def request_suspension(
    dispatch_id: UUID,
    form: SuspensionForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(door("request-suspension")),
) -> Response:
    """Ask to park the case 挂账 until a date."""
    return await answer(
        cmd, dispatch_id, caller, lambda on, who: answers.request_suspension(on, who, form.until, form.note)
    )


@router.post(
    "/{dispatch_id}/release-co-unit",
    response_model=DispatchView,
    responses=responses(*ANSWER, problems.OnlyLeadReleases),
)
async def release_co_unit(
    dispatch_id: UUID,
    form: ReleaseForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(door("release-co-unit")),
) -> Response:
    """The lead (this order) lets a co-unit of the same case go."""
    return await answer(
        cmd,
        dispatch_id,
        caller,
        lambda on, who: answers.release_co_unit(on, who, on.case.state.find(form.dispatch_id), form.note),
    )


async def answer(
    cmd: Command, dispatch_id: UUID, caller: Caller, act: Callable[[Answered, Answering], None]
) -> Response:
    """Let the unit that the caller speaks for answer about its order."""

    def decide(on: Answered) -> None:
        act(on, access.answering(caller, on.dispatch, on.matter, on.case.district))

    return await _run(cmd, dispatch_id, caller, decide)


async def _decide(cmd: Command, dispatch_id: UUID, caller: Caller, act: Callable[[Answered], None]) -> Response:
    def decide(on: Answered) -> None:
        access.require_desk(caller, on.dispatch, on.matter, on.case.district)
        act(on)

    return await _run(cmd, dispatch_id, caller, decide)


async def _run(cmd: Command, dispatch_id: UUID, caller: Caller, act: Callable[[Answered], None]) -> Response:
    case_id = await store.case_of(cmd.database, dispatch_id)

    def decide(cases: dict[UUID, DispatchedCase]) -> DispatchView:
        case = cases[case_id]
        dispatch, matter = case.state.find(dispatch_id), case.state.matter
        if dispatch is None or matter is None:
            raise problems.DispatchUnknown(dispatch=str(dispatch_id))
        on = Answered(case, dispatch, matter, lambda each: access.may(caller, each, dispatch, matter, case.district))
        host = merge_target.hosted(cases, on)
        act(on)
        if host is not None:
            merge_target.pass_on(on, host)
        sight = Sight(caller, case.now, case.district, cmd.context.settings.gridloop_public_url)
        return view(case_id, case.sequence, case.state, dispatch, matter, sight)

    return await cmd.run([case_id], decide)


def _shown(found: store.Found, parts: Context, caller: Caller) -> DispatchView:
    dispatch, matter = found.state.find(found.dispatch_id), found.state.matter
    assert dispatch is not None, "a row of `dispatch` follows from the state of its case"
    assert matter is not None, "orders follow from a filing"
    sight = Sight(caller, parts.clock.now(), parts.district, parts.settings.gridloop_public_url)
    return view(found.case_id, found.version, found.state, dispatch, matter, sight)
