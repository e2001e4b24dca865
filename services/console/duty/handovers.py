"""交接班单: sheets of shift changes, each to read, to print, and to sign by who gives and who takes."""

from __future__ import annotations

import uuid
from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.console import asking, session
from services.console.menu import DUTY, open_to
from services.console.session import Reader
from services.console.upstream import Refused

router = APIRouter(prefix="/duty/handovers", include_in_schema=False)

_API = "/api/supervision/shift-handovers"
_PAGE = 20
SIGNING = frozenset({"intake_clerk", "shift_lead", "dispatcher"})
"""Who hands a shift over, or takes it."""
Side = Literal["outgoing", "incoming"]


@router.get("")
async def sheets(request: Request, before: str = "") -> Response:
    """The sheets of the reader's centres, the latest first, and who has yet to sign them."""
    who = await session.reader(request)
    found = await asking.ask(request, who, _API, before=before, limit=_PAGE)
    return asking.show(
        request, who, "handovers.html", found=found, more=len(found["items"]) == _PAGE, tabs=open_to(DUTY, who.account)
    )


@router.get("/ledger.{form}")
async def ledger(request: Request, form: str, month: str = "") -> Response:
    """The month's changes of shifts as a file."""
    return await asking.file(request, await session.reader(request), f"{_API}/ledger", form, month=month)


@router.get("/{sheet_id}/ledger.{form}")
async def sheet_ledger(request: Request, sheet_id: uuid.UUID, form: str) -> Response:
    """One sheet as a file, a row for each open case."""
    return await asking.file(request, await session.reader(request), f"{_API}/{sheet_id}/ledger", form)


@router.get("/{sheet_id}")
async def sheet(request: Request, sheet_id: uuid.UUID, done: str = "") -> Response:
    """One sheet as it was written at the change."""
    return await _sheet(request, await session.reader(request), sheet_id, done="handovers.signed" if done else "")


@router.post("/{sheet_id}/sign")
async def sign(request: Request, sheet_id: uuid.UUID) -> Response:
    """Sign for one side, then show the sheet again."""
    who = await session.reader(request)
    fields = await asking.fields_of(request)
    body = {"side": fields.get("side", ""), "note": fields.get("note", "")}
    try:
        await asking.send(request, who, f"{_API}/{sheet_id}/sign", body, fields)
    except Refused as refusal:
        return await _sheet(request, who, sheet_id, refusal.status, problem=str(refusal), kept=fields)
    return RedirectResponse(f"/duty/handovers/{sheet_id}?done=1", 303)


async def _sheet(
    request: Request, who: Reader, sheet_id: uuid.UUID, status: int = 200, *, done: str = "", problem: str = "",
    kept: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    found = await asking.ask(request, who, f"{_API}/{sheet_id}")
    return asking.show(
        request, who, "handover.html", status, found=found, sheet=found["sheet"], sides=_sides(found, who), done=done,
        problem=problem, kept=kept or {},
    )  # fmt: skip


def _sides(found: dict[str, dict[str, dict[str, str]]], who: Reader) -> dict[Side, bool]:
    """Each side, and whether the reader may sign for it: one that nobody has signed, by who has not signed the other."""
    signatures = found["signatures"]
    may = who.account.has(*SIGNING) and all(each["by"] != who.account.id for each in signatures.values())
    return {"outgoing": may and "outgoing" not in signatures, "incoming": may and "incoming" not in signatures}
