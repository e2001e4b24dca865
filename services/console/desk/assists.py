"""协助: a unit asks officers for help with an item of the published list; each officer says what became of their share."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, get_args

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from contracts.events.supervision.assistance import AssistRefusal
from services.chassis.web import context
from services.console import asking, session
from services.console.desk.forms import FormWrong
from services.console.menu import DESK, open_to
from services.console.render import words_of
from services.console.session import Account, Reader
from services.console.upstream import Refused
from services.console.words import ZONE, Words, instant

router = APIRouter(prefix="/desk/assists", include_in_schema=False)

_API = "/api/supervision/assists"
State = Literal["open", "lapsed", "all"]
WAITING = ("open", "accepted")
"""Of a share, and of a request with one: a word is still waited for."""
REFUSALS: tuple[str, ...] = get_args(AssistRefusal)


@router.get("")
async def assists(request: Request, state: State = "open", cursor: str = "") -> Response:
    """What a unit asked for, what is asked of an officer, or what lies in an overseer's area; and the form to ask."""
    return await _list(request, await session.reader(request), state=state, cursor=cursor)


@router.post("")
async def ask(request: Request) -> Response:
    """Ask, then show what was asked."""
    who, t = await session.reader(request), words_of(request)
    fields = await asking.fields_of(request)
    try:
        asked = await asking.send(request, who, _API, ask_body(fields, t), fields)
    except FormWrong as wrong:
        return await _list(request, who, 422, errors=wrong.errors, kept=fields)
    except Refused as refusal:
        return await _list(request, who, refusal.status, errors={"": str(refusal)}, kept=fields)
    return RedirectResponse(f"/desk/assists/{asked['assist_id']}?done=asked", 303)


@router.get("/{assist_id}")
async def assist(
    request: Request, assist_id: uuid.UUID, done: Literal["", "asked", "accept", "answer", "withdraw"] = ""
) -> Response:
    """One request: what is wanted, by when, and what each officer has said."""
    return await _one(request, await session.reader(request), assist_id, done=f"assists.done.{done}" if done else "")


@router.post("/{assist_id}/accept")
async def accept(request: Request, assist_id: uuid.UUID) -> Response:
    """An officer takes the share on."""
    return await _act(request, assist_id, "accept")


@router.post("/{assist_id}/answer")
async def answer(request: Request, assist_id: uuid.UUID) -> Response:
    """An officer has done the share, or refuses it."""
    return await _act(request, assist_id, "answer")


@router.post("/{assist_id}/withdraw")
async def withdraw(request: Request, assist_id: uuid.UUID) -> Response:
    """The unit takes it back."""
    return await _act(request, assist_id, "withdraw")


def ask_body(fields: Mapping[str, str], t: Words) -> dict[str, Any]:
    """What the form to ask says, as supervision takes it. Raises `FormWrong`."""
    errors = {name: t(f"assists.{name}.required") for name in ("admission_id", "community") if not fields.get(name)}
    hours, due_at = _hours(fields), instant(fields.get("due_at", ""))
    if hours is None:
        errors["hours"] = t("assists.hours.required")
    if not due_at:
        errors["due_at"] = t("assists.due_at.required")
    if errors:
        raise FormWrong(errors)
    texts = {name: fields.get(name, "") for name in ("admission_id", "community", "note")}
    return {**texts, "hours": hours, "due_at": due_at}


def answer_body(fields: Mapping[str, str], t: Words) -> dict[str, Any]:
    """What the form to answer says, as supervision takes it. Raises `FormWrong`."""
    said, note = fields.get("said"), fields.get("note", "")
    if said == "done":
        hours = _hours(fields)
        if hours is None:
            raise FormWrong({"hours": t("assists.hours.required")})
        return {"done": True, "hours": hours, "note": note}
    if said != "refused":
        raise FormWrong({"said": t("assists.said.required")})
    if fields.get("reason") not in REFUSALS:
        raise FormWrong({"reason": t("desk.reason.required")})
    return {"done": False, "reason": fields["reason"], "note": note}


def withdraw_body(fields: Mapping[str, str], t: Words) -> dict[str, Any]:
    """Why it is taken back. Raises `FormWrong`."""
    if not fields.get("note"):
        raise FormWrong({"note": t("desk.note.required")})
    return {"note": fields["note"]}


def accept_body(_fields: Mapping[str, str], _t: Words) -> dict[str, Any]:
    """Nothing more than that."""
    return {}


_BODIES = {"accept": accept_body, "answer": answer_body, "withdraw": withdraw_body}


async def _act(request: Request, assist_id: uuid.UUID, action: Literal["accept", "answer", "withdraw"]) -> Response:
    who = await session.reader(request)
    fields = await asking.fields_of(request)
    try:
        body = _BODIES[action](fields, words_of(request))
        await asking.send(request, who, f"{_API}/{assist_id}/{action}", body, fields)
    except FormWrong as wrong:
        return await _one(request, who, assist_id, 422, errors=wrong.errors, kept=fields)
    except Refused as refusal:
        return await _one(request, who, assist_id, refusal.status, errors={"": str(refusal)}, kept=fields)
    return RedirectResponse(f"/desk/assists/{assist_id}?done={action}", 303)


async def _list(
    request: Request, who: Reader, status: int = 200, *, state: State = "open", cursor: str = "",
    errors: Mapping[str, str] | None = None, kept: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    found = await asking.ask(request, who, _API, state=state, cursor=cursor)
    may = "unit_clerk" in who.account.roles
    today = context(request).clock.now().astimezone(ZONE).date()
    return asking.show(
        request, who, "assists.html", status, found=found, state=state, states=get_args(State), errors=errors or {},
        kept=kept or {}, tabs=open_to(DESK, who.account), may=may,
        items=admitted(await _entities(request, who, "admission"), who.account, today) if may else [],
        communities=await _entities(request, who, "community") if may else [],
    )  # fmt: skip


async def _one(
    request: Request, who: Reader, assist_id: uuid.UUID, status: int = 200, *, done: str = "",
    errors: Mapping[str, str] | None = None, kept: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    found = await asking.ask(request, who, f"{_API}/{assist_id}")
    mine = next((share for share in found["shares"] if share["own"]), None)
    return asking.show(
        request, who, "assist.html", status, found=found, mine=mine, done=done, errors=errors or {}, kept=kept or {},
        refusals=REFUSALS, may_answer=may_say(mine, who.account, *WAITING), may_accept=may_say(mine, who.account, "open"),
        may_withdraw=found["status"] in WAITING and "unit_clerk" in who.account.roles,
    )  # fmt: skip


def may_say(mine: Mapping[str, Any] | None, account: Account, *statuses: str) -> bool:
    """Whether the reader is an officer with a share that stands so."""
    return mine is not None and mine["status"] in statuses and "officer" in account.roles


def admitted(items: list[dict[str, Any]], account: Account, today: date) -> list[dict[str, Any]]:
    """The items of the admission list that the reader's unit may ask for today."""
    day = today.isoformat()
    return [
        item
        for item in items
        if item["unit"] == account.unit and item["valid_from"] <= day < (item.get("valid_to") or "9999")
    ]


async def _entities(request: Request, who: Reader, kind: str) -> list[dict[str, Any]]:
    return await asking.everything(request, who, f"/api/registry/entities/{kind}", limit=1000)


def _hours(fields: Mapping[str, str]) -> float | None:
    try:
        hours = float(fields.get("hours", ""))
    except ValueError:
        return None
    return hours if 0 < hours <= 24 else None
