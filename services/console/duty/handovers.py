"""Pages of shift handovers 交接班单. The outgoing and the incoming shift read and sign them."""

from __future__ import annotations

import uuid
from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.console import api_client, session
from services.console.menu import DUTY, entries_for
from services.console.service_client import ServiceRefusedError
from services.console.session import Reader

router = APIRouter(prefix="/duty/handovers", include_in_schema=False)

_API = "/api/supervision/shift-handovers"
_PAGE = 20
SIGNING = frozenset({"intake_clerk", "shift_lead", "dispatcher"})
"""Roles that may sign a handover."""
Side = Literal["outgoing", "incoming"]


@router.get("")
async def sheets(request: Request, before: str = "") -> Response:
    """List the shift handovers of the reader's centres, newest first. The list shows which signatures are missing."""
    reader = await session.reader(request)
    found = await api_client.get_json(request, reader, _API, before=before, limit=_PAGE)
    return api_client.show_page(
        request,
        reader,
        "handovers.html",
        found=found,
        more=len(found["items"]) == _PAGE,
        tabs=entries_for(DUTY, reader.account),
    )


@router.get("/ledger.{form}")
async def ledger(request: Request, form: str, month: str = "") -> Response:
    """Download the shift handovers of a month as a ledger."""
    return await api_client.download(request, await session.reader(request), f"{_API}/ledger", form, month=month)


@router.get("/{sheet_id}/ledger.{form}")
async def sheet_ledger(request: Request, sheet_id: uuid.UUID, form: str) -> Response:
    """Download one shift handover as a ledger with a row for each open case."""
    return await api_client.download(request, await session.reader(request), f"{_API}/{sheet_id}/ledger", form)


@router.get("/{sheet_id}")
async def sheet(request: Request, sheet_id: uuid.UUID, done: str = "") -> Response:
    """Show one shift handover."""
    return await _sheet(request, await session.reader(request), sheet_id, done="handovers.signed" if done else "")


@router.post("/{sheet_id}/sign")
async def sign(request: Request, sheet_id: uuid.UUID) -> Response:
    """Sign a shift handover for the outgoing or the incoming shift, then show the handover again."""
    reader = await session.reader(request)
    fields = await api_client.form_fields(request)
    body = {"side": fields.get("side", ""), "note": fields.get("note", "")}
    try:
        await api_client.send(request, reader, f"{_API}/{sheet_id}/sign", body, fields)
    except ServiceRefusedError as refusal:
        return await _sheet(request, reader, sheet_id, refusal.status, problem=str(refusal), entered=fields)
    return RedirectResponse(f"/duty/handovers/{sheet_id}?done=1", 303)


async def _sheet(
    request: Request,
    reader: Reader,
    sheet_id: uuid.UUID,
    status: int = 200,
    *,
    done: str = "",
    problem: str = "",
    entered: dict[str, str] | None = None,
) -> Response:
    found = await api_client.get_json(request, reader, f"{_API}/{sheet_id}")
    return api_client.show_page(
        request,
        reader,
        "handover.html",
        status,
        found=found,
        sheet=found["sheet"],
        sides=_sides(found, reader),
        done=done,
        problem=problem,
        entered=entered or {},
    )


def _sides(found: dict[str, dict[str, dict[str, str]]], reader: Reader) -> dict[Side, bool]:
    """Return for each side, outgoing and incoming, whether the reader may sign for it.

    The reader needs one of the roles `SIGNING` and must not have signed for the other side.
    """
    signatures = found["signatures"]
    may = reader.account.has(*SIGNING) and all(each["by"] != reader.account.id for each in signatures.values())
    return {"outgoing": may and "outgoing" not in signatures, "incoming": may and "incoming" not in signatures}
