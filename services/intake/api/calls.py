"""HTTP API of hotline calls: record a call, end it with a result, and count calls."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from contracts.common import Actor
from contracts.masking import withhold
from services.chassis.auth import Caller, is_centre_staff
from services.chassis.context import Context
from services.chassis.database import Connection
from services.chassis.forms import Instant
from services.chassis.openapi_errors import COMMAND, SIGNED_IN, responses
from services.chassis.problems import NotAllowed
from services.chassis.web import Command, command, context, needs
from services.intake.api.personal_data import OlderCase
from services.intake.api.resources import Resources, resources
from services.intake.domain import problems
from services.intake.domain.receiving import DESK_ROLES
from services.intake.domain.submission import Form, MaskedText
from services.intake.store import calls, personal_data, queues, searches
from services.intake.store.identifiers import uuid7

router = APIRouter(prefix="/api/intake", tags=["calls"])

Result = Literal[
    "reported",
    "answered",
    "progress_told",
    "information_added",
    "withdrawn",
    "transferred",
    "nuisance",
    "silent",
    "wrong_number",
    "broken_off",
]
"""Result of a call.

`reported`: the caller reported a problem. `answered`: the desk answered from the knowledge base. `progress_told`,
`information_added`, `withdrawn`: the caller asked about an earlier case, added information to it or withdrew it.
`transferred`: the desk put the caller through to another number, such as 110 or a unit. Calls with the results
`nuisance`, `silent`, `wrong_number` and `broken_off` need no action.
"""


FIGURE_READERS = (*DESK_ROLES, "leader", "assessor")
"""Roles that may see the number of calls."""


class CallForm(Form):
    """An incoming call."""

    call_ref: str | None = Field(default=None, max_length=64)
    """Number that the phone system gave to the call."""
    channel_number: str = Field(default="12345", max_length=16)
    phone: str | None = Field(default=None, pattern=r"^\+?[0-9][0-9 -]{4,18}[0-9]$")
    """The caller's number. Only its keyed hash is stored, for a limited time.

    A report made in the call must give the number again.
    """


class CallEndForm(Form):
    """The result of a call."""

    result: Result
    note: MaskedText = Field(default="", max_length=500)
    knowledge_id: str | None = None
    """The knowledge-base article that the desk answered with."""
    case_number: str | None = None
    """Number of the earlier case that the call was about."""


class CalledReport(BaseModel):
    """A report made in a call."""

    case_id: UUID
    case_number: str
    status: str


class CallView(BaseModel):
    """A hotline call with the reports made in it."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: UUID
    call_ref: str | None
    channel_number: str
    begun_at: datetime
    ended_at: datetime | None
    taken_by: Actor
    result: Result | None
    note: str
    knowledge_id: str | None
    about_case: UUID | None
    reports: tuple[CalledReport, ...] = ()
    older: tuple[OlderCase, ...] = ()
    """Cases of earlier reports from the same phone number.

    Only the response to `POST /calls` contains these cases, and only for people at the desk; the access is logged.
    """


class CallFigures(BaseModel):
    """Number of calls in a period, by result."""

    since: datetime
    until: datetime
    results: dict[str, int]
    """Result → number of calls. `open` counts the calls that have neither a result nor a report."""


async def call_taker(request: Request) -> Caller:
    """Dependency: a caller who works at the desk, or the hotline's own system with its API key."""
    caller = await needs()(request)
    if not (caller.has(*DESK_ROLES) or (caller.kind == "key" and "hotline" in caller.channels)):
        raise NotAllowed(roles=", ".join(DESK_ROLES))
    return caller.acting_as(*DESK_ROLES)


call_taker.roles = DESK_ROLES  # type: ignore[attr-defined]


@router.post("/calls", response_model=CallView, status_code=201, responses=responses(*COMMAND))
async def take_call(
    form: CallForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(call_taker),
    resources: Resources = Depends(resources),
) -> Response:
    """Record an incoming call.

    Reports that name the returned id as `call_id` are linked to the call. If the caller's number is given, people at
    the desk also get the cases of earlier reports from this number.
    """
    call_id, now = uuid7(), cmd.context.clock.now()
    caller_hash: tuple[bytes, datetime] | None = None
    older: list[dict[str, object]] = []
    if form.phone is not None:
        phone_hash = resources.vault.phone_hash(form.phone)
        caller_hash = phone_hash, now + timedelta(days=cmd.district.settings.retention.caller_hash)
        if caller.has(*DESK_ROLES):
            await personal_data.log_access(cmd.database, "phone_lookup", None, caller, f"来电 / call {call_id}", now)
            secret = [each.id for each in cmd.district.categories.values() if each.confidential]
            older = await personal_data.older_cases(cmd.database, phone_hash, now, secret)
    view = CallView.model_validate(
        {
            **form.model_dump(include={"call_ref", "channel_number"}),
            "id": call_id,
            "begun_at": now,
            "ended_at": None,
            "taken_by": caller.actor(),
            "result": None,
            "note": "",
            "knowledge_id": None,
            "about_case": None,
            "older": older,
        }
    )

    async def write(connection: Connection, _: CallView) -> None:
        await calls.begin(
            connection, call_id, form.call_ref, form.channel_number, caller_hash, caller.actor(), caller.name, now
        )

    return await cmd.run([], lambda _: view, status=201, also=write)


@router.post(
    "/calls/{call_id}/end",
    response_model=CallView,
    responses=responses(*COMMAND, problems.CallUnknown, problems.CaseUnknown, problems.KnowledgeUnknown),
)
async def end_call(
    call_id: UUID, form: CallEndForm, cmd: Command = Depends(command), _: Caller = Depends(call_taker)
) -> Response:
    """Store the result of a call, with or without a report. A second result for the same call changes nothing."""
    found = await _require_call(cmd.context, call_id)
    if form.knowledge_id is not None and form.knowledge_id not in cmd.district.knowledge:
        raise problems.KnowledgeUnknown(knowledge_id=form.knowledge_id)
    about, note = await _case_and_note(form, cmd)
    now = cmd.context.clock.now()
    result = {
        "result": form.result,
        "note": note,
        "knowledge_id": form.knowledge_id,
        "about_case": about,
        "ended_at": now,
    }
    view = found if found.result is not None else CallView.model_validate({**found.model_dump(), **result})

    async def write(connection: Connection, _: CallView) -> None:
        await calls.end(connection, call_id, form.result, note, form.knowledge_id, about, now)

    return await cmd.run([], lambda _: view, also=write)


async def _case_and_note(form: CallEndForm, cmd: Command) -> tuple[UUID | None, str]:
    """Return the case that the call was about, and the note.

    For a confidential case, return `None` and a placeholder for the note, because a call reveals its caller.
    """
    if form.case_number is None:
        return None, form.note
    case_id = await searches.case_of(cmd.database, form.case_number)
    entry = await queues.find_case(cmd.database, case_id)
    if entry is not None and entry.state.received_report.confidential:
        return None, withhold(form.note, confidential=True)
    return case_id, form.note


@router.get("/calls/figures", response_model=CallFigures, responses=responses(*SIGNED_IN))
async def call_figures(
    since: Annotated[Instant, Query()],
    until: Annotated[Instant, Query()],
    ctx: Context = Depends(context),
    _: Caller = Depends(needs(*FIGURE_READERS, only=is_centre_staff)),
) -> CallFigures:
    """Return the number of calls in a period by result."""
    return CallFigures(since=since, until=until, results=await calls.figures(ctx.database, since, until))


@router.get("/calls/{call_id}", response_model=CallView, responses=responses(*SIGNED_IN, problems.CallUnknown))
async def get_call(call_id: UUID, ctx: Context = Depends(context), _: Caller = Depends(call_taker)) -> CallView:
    """Return a call and the reports made in it."""
    return await _require_call(ctx, call_id)


async def _require_call(ctx: Context, call_id: UUID) -> CallView:
    row: dict[str, Any] | None = await calls.find_call(ctx.database, call_id)
    if row is None:
        raise problems.CallUnknown(call=str(call_id))
    return CallView.model_validate({**row, "taken_by": orjson.loads(row["taken_by"])})
