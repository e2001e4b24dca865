"""Requests for help 协助: a unit asks officers of a community for help from the admission list."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, get_args

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from contracts.events.supervision.assistance import AssistRefusal
from services.chassis.web import context_of
from services.console import api_client, session
from services.console.desk.forms import FormError
from services.console.menu import DESK, entries_for
from services.console.rendering import words_of
from services.console.service_client import ServiceRefusedError
from services.console.session import Account, Reader
from services.console.words import ZONE, Words, instant

router = APIRouter(prefix="/desk/assists", include_in_schema=False)

_API = "/api/supervision/assists"
State = Literal["open", "lapsed", "all"]
WAITING = ("open", "accepted")
"""Statuses in which a request for help, or the task that it gives to one officer, still needs an answer."""
REFUSALS: tuple[str, ...] = get_args(AssistRefusal)


@router.get("")
async def assists(request: Request, state: State = "open", cursor: str = "") -> Response:
    """List the requests for help that the reader may see. Unit clerks also get the form for a new request."""
    return await _list(request, await session.reader(request), state=state, cursor=cursor)


@router.post("")
async def ask(request: Request) -> Response:
    """Create a request for help, then show the request."""
    reader, t = await session.reader(request), words_of(request)
    fields = await api_client.form_fields(request)
    try:
        asked = await api_client.send(request, reader, _API, ask_body(fields, t), fields)
    except FormError as wrong:
        return await _list(request, reader, 422, errors=wrong.errors, entered=fields)
    except ServiceRefusedError as refusal:
        return await _list(request, reader, refusal.status, errors={"": str(refusal)}, entered=fields)
    return RedirectResponse(f"/desk/assists/{asked['assist_id']}?done=asked", 303)


@router.get("/{assist_id}")
async def assist(
    request: Request, assist_id: uuid.UUID, done: Literal["", "asked", "accept", "answer", "withdraw"] = ""
) -> Response:
    """Show one request for help with the answer of each officer."""
    return await _show_assist(
        request, await session.reader(request), assist_id, done=f"assists.done.{done}" if done else ""
    )


@router.post("/{assist_id}/accept")
async def accept(request: Request, assist_id: uuid.UUID) -> Response:
    """Accept, as one of the officers who were asked, a request for help."""
    return await _act(request, assist_id, "accept")


@router.post("/{assist_id}/answer")
async def answer(request: Request, assist_id: uuid.UUID) -> Response:
    """Record the reader's answer to a request for help: help given, or refused."""
    return await _act(request, assist_id, "answer")


@router.post("/{assist_id}/withdraw")
async def withdraw(request: Request, assist_id: uuid.UUID) -> Response:
    """Withdraw a request for help."""
    return await _act(request, assist_id, "withdraw")


def ask_body(fields: Mapping[str, str], t: Words) -> dict[str, Any]:
    """Return the JSON body that creates a request for help at supervision. Raises `FormError`."""
    errors = {name: t(f"assists.{name}.required") for name in ("admission_id", "community") if not fields.get(name)}
    hours, due_at = _hours(fields), instant(fields.get("due_at", ""))
    if hours is None:
        errors["hours"] = t("assists.hours.required")
    if not due_at:
        errors["due_at"] = t("assists.due_at.required")
    if errors:
        raise FormError(errors)
    texts = {name: fields.get(name, "") for name in ("admission_id", "community", "note")}
    return {**texts, "hours": hours, "due_at": due_at}


def answer_body(fields: Mapping[str, str], t: Words) -> dict[str, Any]:
    """Return the JSON body of an officer's answer to a request for help. Raises `FormError`."""
    result, note = fields.get("result"), fields.get("note", "")
    if result == "done":
        hours = _hours(fields)
        if hours is None:
            raise FormError({"hours": t("assists.hours.required")})
        return {"done": True, "hours": hours, "note": note}
    if result != "refused":
        raise FormError({"result": t("assists.result.required")})
    if fields.get("reason") not in REFUSALS:
        raise FormError({"reason": t("desk.reason.required")})
    return {"done": False, "reason": fields["reason"], "note": note}


def withdraw_body(fields: Mapping[str, str], t: Words) -> dict[str, Any]:
    """Return the JSON body that withdraws a request for help. Raises `FormError`."""
    if not fields.get("note"):
        raise FormError({"note": t("desk.note.required")})
    return {"note": fields["note"]}


def accept_body(_fields: Mapping[str, str], _t: Words) -> dict[str, Any]:
    """Return the JSON body that accepts a request for help: an empty object."""
    return {}


_BODIES = {"accept": accept_body, "answer": answer_body, "withdraw": withdraw_body}


async def _act(request: Request, assist_id: uuid.UUID, action: Literal["accept", "answer", "withdraw"]) -> Response:
    reader = await session.reader(request)
    fields = await api_client.form_fields(request)
    try:
        body = _BODIES[action](fields, words_of(request))
        await api_client.send(request, reader, f"{_API}/{assist_id}/{action}", body, fields)
    except FormError as wrong:
        return await _show_assist(request, reader, assist_id, 422, errors=wrong.errors, entered=fields)
    except ServiceRefusedError as refusal:
        return await _show_assist(request, reader, assist_id, refusal.status, errors={"": str(refusal)}, entered=fields)
    return RedirectResponse(f"/desk/assists/{assist_id}?done={action}", 303)


async def _list(
    request: Request,
    reader: Reader,
    status: int = 200,
    *,
    state: State = "open",
    cursor: str = "",
    errors: Mapping[str, str] | None = None,
    entered: Mapping[str, str] | None = None,
) -> Response:
    found = await api_client.get_json(request, reader, _API, state=state, cursor=cursor)
    may = "unit_clerk" in reader.account.roles
    today = context_of(request).clock.now().astimezone(ZONE).date()
    return api_client.show_page(
        request,
        reader,
        "assists.html",
        status,
        found=found,
        state=state,
        states=get_args(State),
        errors=errors or {},
        entered=entered or {},
        tabs=entries_for(DESK, reader.account),
        may=may,
        items=admitted(await _entities(request, reader, "admission"), reader.account, today) if may else [],
        communities=await _entities(request, reader, "community") if may else [],
    )


async def _show_assist(
    request: Request,
    reader: Reader,
    assist_id: uuid.UUID,
    status: int = 200,
    *,
    done: str = "",
    errors: Mapping[str, str] | None = None,
    entered: Mapping[str, str] | None = None,
) -> Response:
    found = await api_client.get_json(request, reader, f"{_API}/{assist_id}")
    mine = next((share for share in found["shares"] if share["own"]), None)
    return api_client.show_page(
        request,
        reader,
        "assist.html",
        status,
        found=found,
        mine=mine,
        done=done,
        errors=errors or {},
        entered=entered or {},
        refusals=REFUSALS,
        may_answer=may_answer(mine, reader.account, *WAITING),
        may_accept=may_answer(mine, reader.account, "open"),
        may_withdraw=found["status"] in WAITING and "unit_clerk" in reader.account.roles,
    )


def may_answer(mine: Mapping[str, Any] | None, account: Account, *statuses: str) -> bool:
    """Return whether the reader is an officer whose task in a request for help, `mine`, has one of these statuses."""
    return mine is not None and mine["status"] in statuses and "officer" in account.roles


def admitted(items: list[dict[str, Any]], account: Account, today: date) -> list[dict[str, Any]]:
    """Return the items of the admission list for which the reader's unit may request help today."""
    day = today.isoformat()
    return [
        item
        for item in items
        if item["unit"] == account.unit and item["valid_from"] <= day < (item.get("valid_to") or "9999")
    ]


async def _entities(request: Request, reader: Reader, kind: str) -> list[dict[str, Any]]:
    return await api_client.get_all(request, reader, f"/api/registry/entities/{kind}", limit=1000)


def _hours(fields: Mapping[str, str]) -> float | None:
    try:
        hours = float(fields.get("hours", ""))
    except ValueError:
        return None
    return hours if 0 < hours <= 24 else None
