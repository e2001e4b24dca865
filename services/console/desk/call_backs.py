"""Pages of call-backs 回访: which reporters to call after closing, and the forms that record their answers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Literal, get_args

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from contracts.common import Mode
from contracts.events.evaluation import CallBackResult, Satisfied
from services.console import api_client, session
from services.console.desk.forms import FormError
from services.console.menu import DESK, entries_for
from services.console.rendering import words_of
from services.console.service_client import ServiceRefusedError
from services.console.session import Reader
from services.console.words import Words

router = APIRouter(prefix="/desk/call-backs", include_in_schema=False)

_API = "/api/supervision/call-backs"
SATISFIED: tuple[str, ...] = get_args(Satisfied)
RESULTS: tuple[str, ...] = get_args(CallBackResult)


@router.get("")
async def call_backs(
    request: Request, mode: Mode = "actual", cursor: str = "", done: Literal["", "answer", "try", "gone"] = ""
) -> Response:
    """List the call-backs to make in the reader's area."""
    reader = await session.reader(request)
    found = await api_client.get_json(request, reader, _API, mode=mode, cursor=cursor)
    return api_client.show_page(
        request,
        reader,
        "call_backs.html",
        found=found,
        done=f"call_backs.done.{done}" if done else "",
        tabs=entries_for(DESK, reader.account),
        mode=mode,
    )


@router.get("/calls.{form}")
async def calls(request: Request, form: str, month: str = "") -> Response:
    """Download the ledger of hotline calls in a month: counts by day, hotline number and call taker."""
    reader = await session.reader(request)
    return await api_client.download(request, reader, "/api/intake/calls/ledger", form, month=month)


@router.get("/{case_id}/{report_id}")
async def call_back(request: Request, case_id: uuid.UUID, report_id: uuid.UUID) -> Response:
    """Show one call-back: the report, and the forms that record the reporter's answer or a failed attempt."""
    return await _show_call_back(request, await session.reader(request), case_id, report_id)


@router.post("/{case_id}/{report_id}/{action}")
async def act(
    request: Request, case_id: uuid.UUID, report_id: uuid.UUID, action: str, mode: Mode = "actual"
) -> Response:
    """Show the reporter's phone number, record the reporter's answer, or record a failed attempt to call."""
    reader = await session.reader(request)
    fields = await api_client.form_fields(request)
    if action not in ("answer", "try", "number"):
        raise HTTPException(404)
    try:
        if action == "number":
            path, why = f"/api/intake/reports/{report_id}/reporter", fields.get("reason") or "回访 / call-back"
            return await _show_call_back(
                request,
                reader,
                case_id,
                report_id,
                reporter=await api_client.get_json(request, reader, path, reason=why),
            )
        resource, body_of = ("feedback", answer_body) if action == "answer" else ("call-backs", try_body)
        body = {"report_id": str(report_id), **body_of(fields, words_of(request))}
        await api_client.send(request, reader, f"/api/supervision/cases/{case_id}/{resource}", body, fields)
    except FormError as wrong:
        return await _show_call_back(
            request, reader, case_id, report_id, 422, errors=wrong.errors, entered={**fields, "form": action}
        )
    except ServiceRefusedError as refusal:
        entered = {**fields, "form": action}
        return await _show_call_back(
            request, reader, case_id, report_id, refusal.status, errors={"": str(refusal)}, entered=entered
        )
    return RedirectResponse(f"/desk/call-backs?mode={mode}&done={action}", 303)


def answer_body(fields: Mapping[str, str], t: Words) -> dict[str, Any]:
    """Return the JSON body, for supervision, of the reporter's answer. Raises `FormError`."""
    errors: dict[str, str] = {}
    if fields.get("solved") not in ("yes", "no"):
        errors["solved"] = t("call_backs.solved.required")
    if fields.get("satisfied") and fields["satisfied"] not in SATISFIED:
        errors["satisfied"] = t("call_backs.satisfied.required")
    if errors:
        raise FormError(errors)
    return {
        "solved": fields["solved"] == "yes",
        "satisfied": fields.get("satisfied") or None,
        "comment": fields.get("comment", ""),
    }


def try_body(fields: Mapping[str, str], t: Words) -> dict[str, Any]:
    """Return the JSON body, for supervision, of a failed attempt to call. Raises `FormError`."""
    if fields.get("result") not in RESULTS:
        raise FormError({"result": t("call_backs.result.required")})
    return {"result": fields["result"], "note": fields.get("note", "")}


async def _show_call_back(
    request: Request,
    reader: Reader,
    case_id: uuid.UUID,
    report_id: uuid.UUID,
    status: int = 200,
    *,
    errors: Mapping[str, str] | None = None,
    entered: Mapping[str, str] | None = None,
    reporter: Mapping[str, str | None] | None = None,
) -> Response:
    wanted = {"case_id": str(case_id), "report_id": str(report_id)}
    waiting = await api_client.get_all(request, reader, _API, mode="all", limit=200)
    found = next((each for each in waiting if wanted.items() <= each.items()), None)
    if found is None:  # answered or expired meanwhile
        return RedirectResponse("/desk/call-backs?done=gone", 303)
    return api_client.show_page(
        request,
        reader,
        "call_back.html",
        status,
        found=found,
        errors=errors or {},
        entered=entered or {},
        reporter=reporter,
        satisfied=SATISFIED,
        results=RESULTS,
    )
