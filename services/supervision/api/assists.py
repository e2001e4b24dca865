"""Requests for help 协助, and how much help units request of communities (基层负担)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field, StrictBool, model_validator

from contracts.base import StrictInstant
from contracts.events.supervision.assistance import AssistRefusal
from contracts.registry.base import CommunityCode, Key
from contracts.roles import FIELD_WORK_ROLES
from services.chassis import cursors
from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.database import Connection
from services.chassis.months import MONTH, month_of
from services.chassis.openapi_errors import COMMAND, SIGNED_IN, responses
from services.chassis.problems import CursorInvalid
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.web import Command, command, context, needs
from services.supervision.api.forms import Form, NoteForm, Text
from services.supervision.api.paging import page_of
from services.supervision.domain import problems
from services.supervision.domain.policies import assists
from services.supervision.domain.policies.assists import HelpRequest, ShareAnswer
from services.supervision.domain.primitives.assist import WAITING, Assist, AssistStatus, Share, ShareStatus
from services.supervision.domain.primitives.case import SupervisedCase
from services.supervision.domain.primitives.view import View
from services.supervision.store import assists as store

router = APIRouter(prefix="/api/supervision", tags=["assists"])

ASSIST_READERS = needs("unit_clerk", "handler", "officer", *FIELD_WORK_ROLES)

_STATES: dict[str, tuple[ShareStatus, ...]] = {"open": WAITING, "lapsed": ("lapsed",), "all": ()}
"""Filter value `state` of a list of requests for help → statuses of the parts to list; an empty tuple means all."""

Hours = Annotated[float, Field(gt=0, le=24)]


class AssistForm(Form):
    """A request for help to the officers of a community."""

    admission_id: Key
    """Item of the published admission list under which the help is requested."""
    community: CommunityCode
    hours: Hours
    """Hours that each officer is expected to spend."""
    due_at: StrictInstant
    note: Text = ""

    def help_request(self) -> HelpRequest:
        """Return the request for help as a domain object."""
        return HelpRequest(**self.model_dump())


class AssistAnswerForm(Form):
    """An officer's answer to a request for help: the officer's part is done or refused."""

    done: StrictBool
    hours: Annotated[float, Field(ge=0, le=24)] = 0
    """Hours that the officer spent; required if `done` is true."""
    reason: AssistRefusal | None = None
    """Why the officer refuses; required if `done` is false."""
    note: Text = ""

    @model_validator(mode="after")
    def _require_hours_or_reason(self) -> AssistAnswerForm:
        if self.done and not self.hours:
            raise ValueError("完成时请填写用时（hours） / give the hours spent (hours) when the share is done")
        if not self.done and self.reason is None:
            raise ValueError("不办时请填写理由（reason） / give the reason (reason) when the share is refused")
        return self

    def answer(self) -> ShareAnswer:
        """Return the answer as a domain object."""
        return ShareAnswer(**self.model_dump())


class ShareView(View):
    """One officer's part of a request for help."""

    officer_id: str
    officer_name: str
    officer_name_en: str
    own: bool
    """True if this is the caller's part."""
    status: ShareStatus
    hours: float
    """Estimated hours while `open` or `accepted`, hours spent once `done`, otherwise 0."""
    accepted_at: datetime | None
    """When the officer accepted the part; `null` if the officer has not accepted it."""
    answered_at: datetime | None


class AssistView(View):
    """A request for help, with the parts of the officers who were asked."""

    assist_id: UUID
    version: int
    status: AssistStatus
    """Status of the whole request.

    `open`: an officer has not answered yet. `accepted`: every officer has answered, and at least one must still do the
    work. `lapsed`: an officer did not report a part as done or refused in time.
    """
    admission_id: str
    name: str
    name_en: str
    unit_id: str
    unit_name: str
    unit_name_en: str
    community: str
    community_name: str
    community_name_en: str
    asked_at: datetime
    due_at: datetime
    answer_due_at: datetime
    """Until when the officers can report their parts as done or refused. Parts that are still unreported then lapse."""
    note: str
    shares: tuple[ShareView, ...]
    """The part of each officer who was asked; an officer who was asked sees only the officer's own part."""


class AssistPage(View):
    """A page of requests for help, ordered by the date when the help is due."""

    items: list[AssistView]
    next: str | None
    """Cursor of the next page; `null` on the last page."""


class BurdenLine(View):
    """Help that one unit requested of one community in a month under one item of the admission list."""

    unit_id: str
    unit_name: str
    unit_name_en: str
    community: str
    community_name: str
    community_name_en: str
    admission_id: str
    name: str
    name_en: str
    requests: int
    shares: int
    """Number of officers asked, counted once per request."""
    done: int
    refused: int
    open: int
    accepted: int
    """Number of officers who accepted and have not reported their part as done or refused."""
    lapsed: int
    """Number of officers who did not report their part as done or refused in time."""
    hours: float
    """Estimated hours of open and accepted parts plus hours spent on finished parts."""
    hours_spent: float
    hours_granted: float
    """Monthly hours that the admission list grants for this item, summed over the officers of the community."""


class Burden(View):
    """Help that units requested of communities in a month (基层负担)."""

    month: str
    items: list[BurdenLine]


@router.post(
    "/assists",
    response_model=AssistView,
    status_code=201,
    responses=responses(
        *COMMAND,
        problems.NotOnTheList,
        problems.MoreThanGranted,
        problems.CommunityUnknown,
        problems.DueInThePast,
        problems.NobodyToHelp,
    ),
)
async def request_help(
    form: AssistForm, cmd: Command = Depends(command), caller: Caller = Depends(needs("unit_clerk"))
) -> Response:
    """Request help under an item of the admission list.

    Other items, and more hours than the item grants, are refused.
    """
    request_id, district = uuid4(), cmd.district

    def decide(cases: dict[UUID, Case[SupervisedCase]]) -> AssistView:
        assist = assists.request(cases[request_id], form.help_request(), caller)
        return _view(request_id, cases[request_id].version, assist, district)

    async def within_grant(connection: Connection, view: AssistView) -> None:
        month = month_of(view.due_at, district.zone)
        officers = [share.officer_id for share in view.shares]
        hours = await store.hours_of_month(connection, view.admission_id, month, officers)
        assists.require_within_grant(district.admissions[view.admission_id], hours)

    return await cmd.run([request_id], decide, status=201, also=within_grant)


@router.get("/assists", response_model=AssistPage, responses=responses(*SIGNED_IN, CursorInvalid))
async def list_assists(
    state: Annotated[
        Literal["open", "lapsed", "all"],
        Query(
            description="`open`: requests with a part that is not reported; `lapsed`: with a part that was never reported."
        ),
    ] = "open",
    month: Annotated[
        str | None, Query(pattern=MONTH, description="`yyyy-mm`: only requests due in this month.")
    ] = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ctx: Context = Depends(context),
    caller: Caller = Depends(ASSIST_READERS),
) -> AssistPage:
    """List requests for help.

    A department sees its own requests. An officer sees the requests addressed to that officer. People who oversee field
    work see the requests to communities in their area.
    """
    filters = replace(_filter_for(caller, _STATES[state]), month=month)
    found = await store.list_assists(ctx.database, filters, page_of(cursor, limit))
    return AssistPage(
        items=[_view(each.request_id, each.version, each.assist, ctx.district, caller) for each in found],
        next=cursors.next_cursor(found, limit, lambda last: (last.assist.due_at, last.request_id)),
    )


@router.get("/assists/{assist_id}", response_model=AssistView, responses=responses(*SIGNED_IN, problems.AssistUnknown))
async def read_assist(
    assist_id: UUID, ctx: Context = Depends(context), caller: Caller = Depends(ASSIST_READERS)
) -> AssistView:
    """Read one request for help."""
    found = await store.load_assist(ctx.database, assist_id)
    if found is None or not assists.may_see(found.assist, caller):
        raise problems.AssistUnknown(assist=str(assist_id))
    return _view(assist_id, found.version, found.assist, ctx.district, caller)


@router.post(
    "/assists/{assist_id}/accept",
    response_model=AssistView,
    responses=responses(*COMMAND, problems.AssistUnknown, problems.ShareNotOpen),
)
async def accept(
    assist_id: UUID, cmd: Command = Depends(command), caller: Caller = Depends(needs("officer"))
) -> Response:
    """Accept your part of a request for help. Report the part as done or refused later."""
    return await _run(cmd, assist_id, caller, lambda case: assists.accept(case, caller))


@router.post(
    "/assists/{assist_id}/answer",
    response_model=AssistView,
    responses=responses(*COMMAND, problems.AssistUnknown, problems.ShareNotOpen),
)
async def answer(
    assist_id: UUID, form: AssistAnswerForm, cmd: Command = Depends(command), caller: Caller = Depends(needs("officer"))
) -> Response:
    """Report your part of a request for help as done with the hours spent, or refuse it with a reason.

    Refusals are counted, not punished.
    """
    return await _run(cmd, assist_id, caller, lambda case: assists.answer(case, form.answer(), caller))


@router.post(
    "/assists/{assist_id}/withdraw", response_model=AssistView, responses=responses(*COMMAND, problems.AssistUnknown)
)
async def withdraw(
    assist_id: UUID, form: NoteForm, cmd: Command = Depends(command), caller: Caller = Depends(needs("unit_clerk"))
) -> Response:
    """Withdraw a request for help. Parts that are not reported as done or refused are cancelled and not counted."""
    return await _run(cmd, assist_id, caller, lambda case: assists.withdraw(case, form.note, caller))


@router.get("/burden", response_model=Burden, responses=responses(*SIGNED_IN))
async def burden(
    month: Annotated[str | None, Query(pattern=MONTH, description="`yyyy-mm`; without it this month.")] = None,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs("unit_clerk", "handler", *FIELD_WORK_ROLES)),
) -> Burden:
    """Show how much help each unit requested of each community, by item of the admission list.

    Units see their own requests. People who oversee field work see the communities in their area.
    """
    return await burden_of(month, ctx, caller)


async def burden_of(month: str | None, ctx: Context, caller: Caller) -> Burden:
    """Return the help requested in a month as far as the caller may see it; `None` means the current month."""
    district, chosen = ctx.district, month or month_of(ctx.clock.now(), ctx.district.zone)
    filters = _filter_for(caller)
    rows = await store.burden(ctx.database, chosen, filters.unit_id, filters.areas)
    return Burden(month=chosen, items=[_line(row, district) for row in rows])


async def _run(
    cmd: Command, assist_id: UUID, caller: Caller, act: Callable[[Case[SupervisedCase]], Assist]
) -> Response:
    def decide(cases: dict[UUID, Case[SupervisedCase]]) -> AssistView:
        assist = act(cases[assist_id])
        return _view(assist_id, cases[assist_id].version, assist, cmd.district, caller)

    return await cmd.run([assist_id], decide)


def _filter_for(caller: Caller, statuses: tuple[ShareStatus, ...] = ()) -> store.AssistFilter:
    """Return the filter for the requests that the caller may see.

    It selects the requests of the caller's unit, those addressed to the caller as an officer, or those in the caller's
    areas. A caller who oversees the whole district has no areas and sees all requests.
    """
    if caller.unit_id is not None:
        return store.AssistFilter(unit_id=caller.unit_id, statuses=statuses)
    if caller.has(*FIELD_WORK_ROLES) and (caller.areas or caller.officer_id is None):
        return store.AssistFilter(areas=caller.areas, statuses=statuses)
    return store.AssistFilter(officer_id=caller.officer_id or "", statuses=statuses)


def _view(
    assist_id: UUID, version: int, assist: Assist, district: RegistrySnapshot, caller: Caller | None = None
) -> AssistView:
    admission, community = district.admissions.get(assist.admission_id), district.communities.get(assist.community)
    unit = district.units.get(assist.unit_id)
    own = caller.officer_id if caller is not None and caller.officer_id in assist.shares else None
    return AssistView(
        assist_id=assist_id,
        version=version,
        status=assist.status,
        name=admission.name if admission else assist.admission_id,
        name_en=admission.name_en if admission else assist.admission_id,
        unit_name=unit.name if unit else assist.unit_id,
        unit_name_en=unit.name_en if unit else assist.unit_id,
        community_name=community.name if community else assist.community,
        community_name_en=community.name_en if community else assist.community,
        shares=tuple(
            _share(key, share, district, own=key == own) for key, share in assist.shares.items() if own in (None, key)
        ),
        **assist.model_dump(
            include={"admission_id", "unit_id", "community", "asked_at", "due_at", "answer_due_at", "note"}
        ),
    )


def _share(officer_id: str, share: Share, district: RegistrySnapshot, *, own: bool) -> ShareView:
    officer = district.officers.get(officer_id)
    return ShareView(
        officer_id=officer_id,
        officer_name=officer.name if officer else officer_id,
        officer_name_en=officer.name_en if officer else officer_id,
        own=own,
        **share.model_dump(),
    )


def _line(row: dict[str, object], district: RegistrySnapshot) -> BurdenLine:
    unit, community = district.units.get(str(row["unit_id"])), district.communities.get(str(row["community"]))
    admission = district.admissions.get(str(row["admission_id"]))
    granted = admission.hours_per_month if admission else 0.0
    return BurdenLine.model_validate(
        {
            **row,
            "unit_name": unit.name if unit else row["unit_id"],
            "unit_name_en": unit.name_en if unit else row["unit_id"],
            "community_name": community.name if community else row["community"],
            "community_name_en": community.name_en if community else row["community"],
            "name": admission.name if admission else row["admission_id"],
            "name_en": admission.name_en if admission else row["admission_id"],
            "hours_granted": granted * len(assists.helpers(district, str(row["community"]))),
        }
    )
