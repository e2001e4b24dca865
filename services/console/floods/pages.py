"""风暴模式、管控区: the list of both, the form of a declaration, and what may be done with one that is on."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.chassis.web import context
from services.console import asking, session
from services.console.desk.forms import FormWrong
from services.console.floods import forms
from services.console.floods.forms import COORDINATES, Kind
from services.console.render import words_of
from services.console.session import Account, Reader
from services.console.upstream import Refused

router = APIRouter(prefix="/floods", include_in_schema=False)

_API = "/api/intake"
KINDS: tuple[Kind, ...] = ("storms", "control-areas")
_DECLARING = frozenset({"shift_lead", "leader"})


@router.get("")
async def floods(request: Request, done: Literal["", "declared", "end", "reply"] = "", kind: Kind = "storms",
                 cursor: str = "") -> Response:  # fmt: skip
    """What is on and what was, since when, and how many reports it took in."""
    who = await session.reader(request)
    return await _list(request, who, kind, cursor=cursor, done=f"floods.done.{done}" if done else "")


@router.get("/{kind}/new")
async def form(request: Request, kind: str) -> Response:
    """The form of a declaration."""
    return await _form(request, await session.reader(request), _known(kind))


@router.get("/{kind}/{area_id}")
async def area(request: Request, kind: str, area_id: uuid.UUID) -> Response:
    """Where a form about one area leads back to whoever had to sign in again: to the list in which it stands."""
    await session.reader(request)
    return RedirectResponse(f"/floods?kind={_known(kind)}", 303)


@router.post("/{kind}")
async def declare(request: Request, kind: str) -> Response:
    """Declare it, then show it in the list."""
    who, kind = await session.reader(request), _known(kind)
    fields = await asking.fields_of(request, "more")
    try:
        grids = [] if fields.get("corners") else await _entities(request, who, "grid")
        await asking.send(
            request, who, f"{_API}/{kind}", forms.declaration(kind, fields, grids, words_of(request)), fields
        )
    except FormWrong as wrong:
        return await _form(request, who, kind, 422, wrong.errors, fields)
    except Refused as refusal:
        return await _form(request, who, kind, refusal.status, {"": str(refusal)}, fields)
    return RedirectResponse(f"/floods?kind={kind}&done=declared", 303)


@router.post("/{kind}/{area_id}/{action}")
async def act(request: Request, kind: str, area_id: uuid.UUID, action: str) -> Response:
    """End it before its time, or tell everybody who reported it the same."""
    who, kind = await session.reader(request), _known(kind)
    if action not in ("end", "reply"):
        raise HTTPException(404)
    fields = await asking.fields_of(request)
    names = ("note",) if action == "end" else ("text", "text_en")
    body = {name: fields.get(name, "") for name in names}
    if action == "reply" and not body["text"]:
        return await _list(request, who, kind, 422, problem=words_of(request)("floods.text.required"))
    try:
        await asking.send(request, who, f"{_API}/{kind}/{area_id}/{action}", body, fields)
    except Refused as refusal:
        return await _list(request, who, kind, refusal.status, problem=str(refusal))
    return RedirectResponse(f"/floods?kind={kind}&done={action}", 303)


def _known(kind: str) -> Kind:
    """The kind in an address. Raises 404 for what is none."""
    for each in KINDS:
        if kind == each:
            return each
    raise HTTPException(404)


def standing(area: Mapping[str, Any], now: datetime) -> Literal["planned", "on", "over"]:
    """Whether an area is in force, not yet, or no longer."""
    if area["ended_at"] is not None or datetime.fromisoformat(area["ends_at"]) <= now:
        return "over"
    return "on" if datetime.fromisoformat(area["starts_at"]) <= now else "planned"


def may_declare(account: Account) -> bool:
    """The centre's shift leads and leaders; the leader of a unit declares nothing."""
    return account.unit is None and account.has(*_DECLARING)


async def _list(
    request: Request, who: Reader, kind: Kind, status: int = 200, *, cursor: str = "", done: str = "", problem: str = ""
) -> Response:
    found = await asking.ask(request, who, f"{_API}/{kind}", cursor=cursor)
    now = context(request).clock.now()
    return asking.show(
        request, who, "floods.html", status, found=found, kind=kind, kinds=KINDS, done=done, problem=problem,
        standing={each["id"]: standing(each, now) for each in found["items"]}, may=may_declare(who.account),
    )  # fmt: skip


async def _form(
    request: Request, who: Reader, kind: Kind, status: int = 200, errors: Mapping[str, str] | None = None,
    kept: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    communities, categories = await asyncio.gather(
        _entities(request, who, "community"), _categories(request, who, emergencies=kind == "storms")
    )
    streets = {each["street"]: {"name": each["street_name"], "name_en": each["street_name_en"]} for each in communities}
    return asking.show(
        request, who, "flood_form.html", status, kind=kind, errors=errors or {}, kept=kept or {}, streets=streets,
        communities=communities, categories=categories, coordinates=COORDINATES,
    )  # fmt: skip


async def _categories(request: Request, who: Reader, *, emergencies: bool) -> list[dict[str, Any]]:
    """Those that can be filed and may be one problem of many."""
    found = await asking.everything(request, who, "/api/registry/categories", fileable="true", limit=200)
    return [each for each in found if not each["confidential"] and (emergencies or not each["emergency"])]


async def _entities(request: Request, who: Reader, kind: str) -> list[dict[str, Any]]:
    return await asking.everything(request, who, f"/api/registry/entities/{kind}", limit=1000)
