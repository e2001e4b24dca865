"""Pages of storms 灾情归并 and control areas 统一答复区: the list, the form to declare one, and the actions on one."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.chassis.web import context_of
from services.console import api_client, session
from services.console.desk.forms import FormError
from services.console.emergency import forms
from services.console.emergency.forms import COORDINATES, Kind
from services.console.rendering import words_of
from services.console.service_client import ServiceRefusedError
from services.console.session import Account, Reader

router = APIRouter(prefix="/floods", include_in_schema=False)

_API = "/api/intake"
KINDS: tuple[Kind, ...] = ("storms", "control-areas")
_DECLARING = frozenset({"shift_lead", "leader"})


@router.get("")
async def floods(
    request: Request, done: Literal["", "declared", "end", "reply"] = "", kind: Kind = "storms", cursor: str = ""
) -> Response:
    """List storms, or control areas, with the number of reports of each one."""
    reader = await session.reader(request)
    return await _list(request, reader, kind, cursor=cursor, done=f"floods.done.{done}" if done else "")


@router.get("/{kind}/new")
async def form(request: Request, kind: str) -> Response:
    """Show the form that declares a storm or control area."""
    return await _form(request, await session.reader(request), _known(kind))


@router.get("/{kind}/{area_id}")
async def area(request: Request, kind: str, area_id: uuid.UUID) -> Response:  # noqa: ARG001 (part of the path)
    """Redirect to the list.

    Readers reach this address if they had to sign in again while they sent a form of the list.
    """
    await session.reader(request)
    return RedirectResponse(f"/floods?kind={_known(kind)}", 303)


@router.post("/{kind}")
async def declare(request: Request, kind: str) -> Response:
    """Declare a storm or control area, then show the list."""
    reader, kind = await session.reader(request), _known(kind)
    fields = await api_client.form_fields(request, "more")
    try:
        grids = [] if fields.get("corners") else await _entities(request, reader, "grid")
        await api_client.send(
            request, reader, f"{_API}/{kind}", forms.declaration(kind, fields, grids, words_of(request)), fields
        )
    except FormError as wrong:
        return await _form(request, reader, kind, 422, wrong.errors, fields)
    except ServiceRefusedError as refusal:
        return await _form(request, reader, kind, refusal.status, {"": str(refusal)}, fields)
    return RedirectResponse(f"/floods?kind={kind}&done=declared", 303)


@router.post("/{kind}/{area_id}/{action}")
async def act(request: Request, kind: str, area_id: uuid.UUID, action: str) -> Response:
    """End a storm or control area early, or send one reply to all its reporters."""
    reader, kind = await session.reader(request), _known(kind)
    if action not in ("end", "reply"):
        raise HTTPException(404)
    fields = await api_client.form_fields(request)
    names = ("note",) if action == "end" else ("text", "text_en")
    body = {name: fields.get(name, "") for name in names}
    if action == "reply" and not body["text"]:
        return await _list(request, reader, kind, 422, problem=words_of(request)("floods.text.required"))
    try:
        await api_client.send(request, reader, f"{_API}/{kind}/{area_id}/{action}", body, fields)
    except ServiceRefusedError as refusal:
        return await _list(request, reader, kind, refusal.status, problem=str(refusal))
    return RedirectResponse(f"/floods?kind={kind}&done={action}", 303)


def _known(kind: str) -> Kind:
    """Return the kind of list, `storms` or `control-areas`, in a path. Raises 404 for any other text."""
    for each in KINDS:
        if kind == each:
            return each
    raise HTTPException(404)


def state_of(area: Mapping[str, Any], now: datetime) -> Literal["planned", "active", "ended"]:
    """Return whether a storm or control area is planned, active or ended."""
    if area["ended_at"] is not None or datetime.fromisoformat(area["ends_at"]) <= now:
        return "ended"
    return "active" if datetime.fromisoformat(area["starts_at"]) <= now else "planned"


def may_declare(account: Account) -> bool:
    """Return whether the reader may declare a storm or control area: true for shift leads and leaders of a centre."""
    return account.unit is None and account.has(*_DECLARING)


async def _list(
    request: Request,
    reader: Reader,
    kind: Kind,
    status: int = 200,
    *,
    cursor: str = "",
    done: str = "",
    problem: str = "",
) -> Response:
    found = await api_client.get_json(request, reader, f"{_API}/{kind}", cursor=cursor)
    now = context_of(request).clock.now()
    return api_client.show_page(
        request,
        reader,
        "floods.html",
        status,
        found=found,
        kind=kind,
        kinds=KINDS,
        done=done,
        problem=problem,
        states={each["id"]: state_of(each, now) for each in found["items"]},
        may=may_declare(reader.account),
    )


async def _form(
    request: Request,
    reader: Reader,
    kind: Kind,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    entered: Mapping[str, str] | None = None,
) -> Response:
    communities, categories = await asyncio.gather(
        _entities(request, reader, "community"), _categories(request, reader, emergencies=kind == "storms")
    )
    streets = {each["street"]: {"name": each["street_name"], "name_en": each["street_name_en"]} for each in communities}
    return api_client.show_page(
        request,
        reader,
        "flood_form.html",
        status,
        kind=kind,
        errors=errors or {},
        entered=entered or {},
        streets=streets,
        communities=communities,
        categories=categories,
        coordinates=COORDINATES,
    )


async def _categories(request: Request, reader: Reader, *, emergencies: bool) -> list[dict[str, Any]]:
    """Return the categories that a storm or control area may have. Only a storm may have `emergencies`."""
    found = await api_client.get_all(request, reader, "/api/registry/categories", fileable="true", limit=200)
    return [each for each in found if not each["confidential"] and (emergencies or not each["emergency"])]


async def _entities(request: Request, reader: Reader, kind: str) -> list[dict[str, Any]]:
    return await api_client.get_all(request, reader, f"/api/registry/entities/{kind}", limit=1000)
