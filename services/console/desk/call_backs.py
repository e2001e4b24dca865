"""回访: whom to call, the oldest due first; what they said, or that they were not reached, is written down at once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Literal, get_args

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from contracts.common import Mode
from contracts.events.evaluation import CallBackResult, Satisfied
from services.console import asking, session
from services.console.desk.forms import FormWrong
from services.console.menu import DESK, open_to
from services.console.render import words_of
from services.console.session import Reader
from services.console.upstream import Refused
from services.console.words import Words

router = APIRouter(prefix="/desk/call-backs", include_in_schema=False)

_API = "/api/supervision/call-backs"
SATISFIED: tuple[str, ...] = get_args(Satisfied)
RESULTS: tuple[str, ...] = get_args(CallBackResult)


@router.get("")
async def call_backs(
    request: Request, mode: Mode = "actual", cursor: str = "", done: Literal["", "answer", "try", "gone"] = ""
) -> Response:
    """Those of the reader's area."""
    who = await session.reader(request)
    found = await asking.ask(request, who, _API, mode=mode, cursor=cursor)
    return asking.show(
        request, who, "call_backs.html", found=found, done=f"call_backs.done.{done}" if done else "",
        tabs=open_to(DESK, who.account), mode=mode,
    )  # fmt: skip


@router.get("/calls.{form}")
async def calls(request: Request, form: str, month: str = "") -> Response:
    """The month's calls as a file: how many each desk took, and what came of them. Who called stands nowhere."""
    who = await session.reader(request)
    return await asking.file(request, who, "/api/intake/calls/ledger", form, month=month)


@router.get("/{case_id}/{report_id}")
async def one(request: Request, case_id: uuid.UUID, report_id: uuid.UUID) -> Response:
    """One call: what it is about, and the forms for what came of it."""
    return await _one(request, await session.reader(request), case_id, report_id)


@router.post("/{case_id}/{report_id}/{action}")
async def act(
    request: Request, case_id: uuid.UUID, report_id: uuid.UUID, action: str, mode: Mode = "actual"
) -> Response:
    """Show the number, write down an answer, or that there was none."""
    who = await session.reader(request)
    fields = await asking.fields_of(request)
    if action not in ("answer", "try", "number"):
        raise HTTPException(404)
    try:
        if action == "number":
            path, why = f"/api/intake/reports/{report_id}/reporter", fields.get("reason") or "回访 / call-back"
            return await _one(
                request, who, case_id, report_id, reporter=await asking.ask(request, who, path, reason=why)
            )
        of, body = ("feedback", answer_body) if action == "answer" else ("call-backs", try_body)
        said = {"report_id": str(report_id), **body(fields, words_of(request))}
        await asking.send(request, who, f"/api/supervision/cases/{case_id}/{of}", said, fields)
    except FormWrong as wrong:
        return await _one(request, who, case_id, report_id, 422, errors=wrong.errors, kept={**fields, "form": action})
    except Refused as refusal:
        kept = {**fields, "form": action}
        return await _one(request, who, case_id, report_id, refusal.status, errors={"": str(refusal)}, kept=kept)
    return RedirectResponse(f"/desk/call-backs?mode={mode}&done={action}", 303)


def answer_body(fields: Mapping[str, str], t: Words) -> dict[str, Any]:
    """What the reporter said, as supervision takes it. Raises `FormWrong`."""
    errors: dict[str, str] = {}
    if fields.get("solved") not in ("yes", "no"):
        errors["solved"] = t("call_backs.solved.required")
    if fields.get("satisfied") and fields["satisfied"] not in SATISFIED:
        errors["satisfied"] = t("call_backs.satisfied.required")
    if errors:
        raise FormWrong(errors)
    return {
        "solved": fields["solved"] == "yes",
        "satisfied": fields.get("satisfied") or None,
        "comment": fields.get("comment", ""),
    }


def try_body(fields: Mapping[str, str], t: Words) -> dict[str, Any]:
    """Why there is no answer, as supervision takes it. Raises `FormWrong`."""
    if fields.get("result") not in RESULTS:
        raise FormWrong({"result": t("call_backs.result.required")})
    return {"result": fields["result"], "note": fields.get("note", "")}


async def _one(
    request: Request, who: Reader, case_id: uuid.UUID, report_id: uuid.UUID, status: int = 200, *,
    errors: Mapping[str, str] | None = None, kept: Mapping[str, str] | None = None,
    reporter: Mapping[str, str | None] | None = None,
) -> Response:  # fmt: skip
    wanted = {"case_id": str(case_id), "report_id": str(report_id)}
    waiting = await asking.everything(request, who, _API, mode="all", limit=200)
    found = next((each for each in waiting if wanted.items() <= each.items()), None)
    if found is None:  # answered meanwhile, or waited for too long
        return RedirectResponse("/desk/call-backs?done=gone", 303)
    return asking.show(
        request, who, "call_back.html", status, found=found, errors=errors or {}, kept=kept or {}, reporter=reporter,
        satisfied=SATISFIED, results=RESULTS,
    )  # fmt: skip
