"""周回顾、月分析: what the system wrote about each community, to read, to print and to confirm."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.console import asking, session
from services.console.menu import DUTY, open_to
from services.console.session import Reader
from services.console.upstream import Refused

router = APIRouter(prefix="/duty/digests", include_in_schema=False)

_API = "/api/supervision/digests"
KINDS = ("week", "month")
CONFIRMING = frozenset({"officer", "grid_lead", "instructor"})
"""Who works in the street, or leads there."""


@router.get("")
async def digests(request: Request, kind: str = "", cursor: str = "") -> Response:
    """Those of the reader's area, the latest first."""
    who = await session.reader(request)
    chosen = kind if kind in KINDS else ""
    found = await asking.ask(request, who, _API, kind=chosen, cursor=cursor, limit=50)
    return asking.show(
        request, who, "digests.html", found=found, kind=chosen, kinds=KINDS, tabs=open_to(DUTY, who.account)
    )


@router.get("/{digest_id}")
async def digest(request: Request, digest_id: uuid.UUID, done: str = "") -> Response:
    """One community's week or month."""
    return await _digest(request, await session.reader(request), digest_id, done="digests.confirmed" if done else "")


@router.post("/{digest_id}/confirm")
async def confirm(request: Request, digest_id: uuid.UUID) -> Response:
    """Confirm it, with what there is to add."""
    who = await session.reader(request)
    fields = await asking.fields_of(request)
    try:
        await asking.send(request, who, f"{_API}/{digest_id}/confirm", {"note": fields.get("note", "")}, fields)
    except Refused as refusal:
        return await _digest(request, who, digest_id, refusal.status, problem=str(refusal), kept=fields)
    return RedirectResponse(f"/duty/digests/{digest_id}?done=1", 303)


async def _digest(
    request: Request, who: Reader, digest_id: uuid.UUID, status: int = 200, *, done: str = "", problem: str = "",
    kept: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    found = await asking.ask(request, who, f"{_API}/{digest_id}")
    may = found["confirmed"] is None and who.account.has(*CONFIRMING)
    return asking.show(
        request, who, "digest.html", status, found=found, digest=found["digest"], may=may, done=done, problem=problem,
        kept=kept or {},
    )  # fmt: skip
