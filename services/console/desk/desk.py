"""The desk's pages: the inbox by deadline, one dispatch with what can be done, the printable slip."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from contracts.places import Mode
from services.console import asking, session
from services.console.desk import dispatches, forms
from services.console.desk.dispatches import ACTIONS, BASE, Dispatch, State
from services.console.menu import DESK, open_to
from services.console.render import words_of
from services.console.security import check_csrf
from services.console.session import Reader
from services.console.upstream import Refused

router = APIRouter(include_in_schema=False)
_PHOTO_FIELDS = {"progress": {"photos": "near"}, "complete": {"before": "before", "after": "after"}}


@router.get("/desk")
async def inbox(request: Request, state: State = "open", mode: Mode = "actual", cursor: str = "") -> Response:
    """The unit's dispatches, the nearest deadline first."""
    who = await session.reader(request)
    tabs = open_to(DESK, who.account)
    if tabs and tabs[0].href != "/desk":  # who has no dispatches has something else to do here
        return RedirectResponse(tabs[0].href, 303)
    found = await dispatches.inbox(session.upstream(request), who, words_of(request).language, state, mode, cursor)
    return asking.show(request, who, "desk_inbox.html", inbox=found, state=state, mode=mode, tabs=tabs[1:])


@router.get("/desk/open.json")
async def open_ids(request: Request, mode: Mode = "actual") -> Response:
    """Ids of the first page, by which the inbox notices that something new has come."""
    who = await session.reader(request)
    found = await dispatches.inbox(session.upstream(request), who, words_of(request).language, "open", mode)
    return JSONResponse([dispatch.dispatch_id for dispatch in found.items], headers={"Cache-Control": "no-store"})


@router.get("/desk/{dispatch_id}")
async def detail(request: Request, dispatch_id: uuid.UUID, done: str = "") -> Response:
    """One dispatch and the forms for what can be done with it."""
    who = await session.reader(request)
    return await _detail(request, who, dispatch_id, done=done if done in ACTIONS else "")


@router.get("/desk/{dispatch_id}/slip")
async def slip(request: Request, dispatch_id: uuid.UUID) -> Response:
    """The dispatch on one sheet of paper."""
    who = await session.reader(request)
    found = await dispatches.one(session.upstream(request), who, words_of(request).language, str(dispatch_id))
    return asking.show(request, who, "desk_slip.html", dispatch=found)


@router.post("/desk/{dispatch_id}/reveal")
async def reveal(request: Request, dispatch_id: uuid.UUID) -> Response:
    """The text of a confidential matter: intake shows it to the competent unit alone, and logs each look."""
    who = await session.reader(request)
    async with request.form() as form:
        check_csrf(request, form.get("csrf"))
    return await _detail(request, who, dispatch_id, revealed=True)


@router.post("/desk/{dispatch_id}/{action}")
async def act(request: Request, dispatch_id: uuid.UUID, action: str) -> Response:
    """Do one thing with a dispatch, then show it again: a reload does not do it twice."""
    if action not in ACTIONS:
        raise HTTPException(404)
    who = await session.reader(request)
    t, services = words_of(request), session.upstream(request)
    async with request.form(max_files=20) as form:
        check_csrf(request, form.get("csrf"))
        kept = {name: value for name, value in form.items() if isinstance(value, str)}
        try:
            body = forms.check(action, form, t)
            if fields := _PHOTO_FIELDS.get(action):
                body["photos"] = await forms.upload_photos(form, services, who, t, fields)
            headers = {"Idempotency-Key": str(kept.get("key") or uuid.uuid4())}
            if kept.get("version"):
                headers["If-Match"] = f'"{kept["version"]}"'
            await services.request(
                "dispatch", "POST", f"{BASE}/{dispatch_id}/{action}", token=who.token, language=t.language,
                headers=headers, json=body,
            )  # fmt: skip
        except forms.FormWrong as wrong:
            return await _detail(request, who, dispatch_id, 422, action, wrong.errors, kept)
        except Refused as refusal:
            return await _detail(request, who, dispatch_id, refusal.status, action, {"": str(refusal)}, kept)
    return RedirectResponse(f"/desk/{dispatch_id}?done={action}", 303)


async def _detail(
    request: Request, who: Reader, dispatch_id: uuid.UUID, status: int = 200, open_form: str = "",
    errors: Mapping[str, str] | None = None, kept: Mapping[str, str] | None = None, done: str = "", revealed: bool = False,
) -> Response:  # fmt: skip
    services, language = session.upstream(request), words_of(request).language
    found: Dispatch = await dispatches.one(services, who, language, str(dispatch_id))
    secret = await dispatches.confidential_text(services, who, language, found.case_id) if revealed else None
    timeline = await dispatches.timeline(services, who, language, found.case_number)
    return asking.show(
        request, who, "desk_dispatch.html", status, dispatch=found, timeline=timeline, confidential=secret, done=done,
        errors=errors or {}, kept=kept or {}, open_form=open_form, reasons=forms.RETURN_REASONS,
        outcomes=found.outcomes,
    )  # fmt: skip
