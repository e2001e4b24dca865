"""Pages of digests: weekly reviews 周回顾 and monthly analyses 月分析 of a community, to read, print and confirm."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.console import api_client, session
from services.console.menu import DUTY, entries_for
from services.console.service_client import ServiceRefusedError
from services.console.session import Reader

router = APIRouter(prefix="/duty/digests", include_in_schema=False)

_API = "/api/supervision/digests"
KINDS = ("week", "month")
CONFIRMING = frozenset({"officer", "grid_lead", "instructor"})
"""Roles that may confirm a digest."""


@router.get("")
async def digests(request: Request, kind: str = "", cursor: str = "") -> Response:
    """List the digests of the reader's area, newest first."""
    reader = await session.reader(request)
    chosen = kind if kind in KINDS else ""
    found = await api_client.get_json(request, reader, _API, kind=chosen, cursor=cursor, limit=50)
    return api_client.show_page(
        request, reader, "digests.html", found=found, kind=chosen, kinds=KINDS, tabs=entries_for(DUTY, reader.account)
    )


@router.get("/{digest_id}")
async def digest(request: Request, digest_id: uuid.UUID, done: str = "") -> Response:
    """Show one digest."""
    return await _digest(request, await session.reader(request), digest_id, done="digests.confirmed" if done else "")


@router.post("/{digest_id}/confirm")
async def confirm(request: Request, digest_id: uuid.UUID) -> Response:
    """Confirm a digest, with an optional note."""
    reader = await session.reader(request)
    fields = await api_client.form_fields(request)
    try:
        await api_client.send(request, reader, f"{_API}/{digest_id}/confirm", {"note": fields.get("note", "")}, fields)
    except ServiceRefusedError as refusal:
        return await _digest(request, reader, digest_id, refusal.status, problem=str(refusal), entered=fields)
    return RedirectResponse(f"/duty/digests/{digest_id}?done=1", 303)


async def _digest(
    request: Request,
    reader: Reader,
    digest_id: uuid.UUID,
    status: int = 200,
    *,
    done: str = "",
    problem: str = "",
    entered: dict[str, str] | None = None,
) -> Response:
    found = await api_client.get_json(request, reader, f"{_API}/{digest_id}")
    may = found["confirmed"] is None and reader.account.has(*CONFIRMING)
    return api_client.show_page(
        request,
        reader,
        "digest.html",
        status,
        found=found,
        digest=found["digest"],
        may=may,
        done=done,
        problem=problem,
        entered=entered or {},
    )
