"""The desk's pages: the inbox by deadline, one dispatch with what can be done, the printable slip."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, get_args

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from contracts.common import Mode
from services.console import asking, session
from services.console.desk import dispatches, forms, replies
from services.console.desk.actions import ACTIONS, PHOTOS, enters_for_units, offered
from services.console.desk.dispatches import BASE, Dispatch, State
from services.console.menu import DESK, open_to
from services.console.render import words_of
from services.console.security import check_csrf
from services.console.session import Reader
from services.console.upstream import Refused

router = APIRouter(include_in_schema=False)

_MAX_FORM = 32 << 20
"""Bytes of a form with its photos."""


@router.get("/desk")
async def inbox(
    request: Request, state: State = "open", mode: Mode = "actual", crew: str = "", cursor: str = ""
) -> Response:
    """The unit's dispatches, the nearest deadline first; of a centre's people those of their area."""
    who = await session.reader(request)
    tabs = open_to(DESK, who.account)
    if tabs and tabs[0].href != "/desk":  # who has no dispatches has something else to do here
        return RedirectResponse(tabs[0].href, 303)
    services, language = session.upstream(request), words_of(request).language
    found = await dispatches.inbox(services, who, language, state, mode, cursor, crew)
    return asking.show(
        request, who, "desk_inbox.html", inbox=found, state=state, mode=mode, crew=crew, tabs=tabs[1:],
        states=get_args(State) if enters_for_units(who.account) else ("open", "done"),
    )  # fmt: skip


@router.get("/desk/crews")
async def crews(request: Request, mode: Mode = "actual") -> Response:
    """What each crew of the unit has open, and what is with nobody."""
    who = await session.reader(request)
    found = await dispatches.crews(session.upstream(request), who, words_of(request).language, mode)
    return asking.show(request, who, "desk_crews.html", crews=found, mode=mode, tabs=open_to(DESK, who.account))


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
    return await _detail(request, who, dispatch_id, done=done if done in (*ACTIONS, "reply") else "")


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


@router.post("/desk/{dispatch_id}/{action}", max_body_size=_MAX_FORM)
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
            body = forms.check(action, form, t, who.account)
            if fields := PHOTOS.keys() & set(ACTIONS[action].fields):
                body["photos"] = await forms.upload_photos(form, services, who, t, sorted(fields, reverse=True))
            await _send(request, who, dispatch_id, action, body, kept)
        except forms.FormWrong as wrong:
            return await _detail(request, who, dispatch_id, 422, action, wrong.errors, kept)
        except Refused as refusal:
            return await _detail(request, who, dispatch_id, refusal.status, action, {"": str(refusal)}, kept)
    return RedirectResponse(f"/desk/{dispatch_id}?done={action}", 303)


@router.post("/desk/{dispatch_id}/notices/{notice_id}/reply")
async def reply(request: Request, dispatch_id: uuid.UUID, notice_id: uuid.UUID) -> Response:
    """Answer a formal order, or say why it is late; then show the order again."""
    who, t, form = await session.reader(request), words_of(request), replies.form_of(notice_id)
    fields = await asking.fields_of(request)
    order = await dispatches.one(session.upstream(request), who, t.language, str(dispatch_id))
    try:
        await asking.send(request, who, replies.path_of(order, notice_id), replies.body_of(fields, t), fields)
    except forms.FormWrong as wrong:
        return await _detail(request, who, dispatch_id, 422, form, wrong.errors, fields)
    except Refused as refusal:
        said = t("desk.owed.gone") if refusal.status == 404 else str(refusal)
        return await _detail(request, who, dispatch_id, refusal.status, form, {"": said}, fields)
    return RedirectResponse(f"/desk/{dispatch_id}?done=reply", 303)


async def _send(
    request: Request, who: Reader, dispatch_id: uuid.UUID, action: str, body: dict[str, Any], kept: dict[str, str]
) -> None:
    """Hand it to the service whose business it is. Routing and supervision count versions of their own, which this page does
    not show.
    """
    doing = ACTIONS[action]
    if not (doing.routing or doing.decides):
        await asking.send(request, who, f"{BASE}/{dispatch_id}/{action}", body, kept)
        return
    t = words_of(request)
    order = await dispatches.one(session.upstream(request), who, t.language, str(dispatch_id))
    if doing.decides:
        task_id = await dispatches.request_of(session.upstream(request), who, t.language, order, doing.decides)
        if task_id is None:
            raise forms.FormWrong({"": t("desk.decided_already")})
        path = f"/api/supervision/tasks/{task_id}/answer"
    else:
        to = action if action == "first-response" else f"handovers/{dispatch_id}/cancel"
        path = f"/api/routing/cases/{order.case_id}/{to}"
    await asking.send(request, who, path, body, {**kept, "version": ""})


async def _detail(
    request: Request, who: Reader, dispatch_id: uuid.UUID, status: int = 200, open_form: str = "",
    errors: Mapping[str, str] | None = None, kept: Mapping[str, str] | None = None, done: str = "", revealed: bool = False,
) -> Response:  # fmt: skip
    services, language = session.upstream(request), words_of(request).language
    found: Dispatch = await dispatches.one(services, who, language, str(dispatch_id))
    secret = await dispatches.confidential_text(services, who, language, found.case_id) if revealed else None
    timeline = await dispatches.timeline(services, who, language, found.case_number)
    why = await dispatches.explanation(services, who, language, found)
    owed = await replies.owed(services, who, language, found)
    actions = offered(found, who.account)
    fields = {field for each in actions for field in each.fields}
    crews = await dispatches.crews(services, who, language, found.mode, found.unit_id) if "crew" in fields else ()
    teams = await dispatches.mobile_teams(services, who, language, found.place) if "unit" in fields else ()
    return asking.show(
        request, who, "desk_dispatch.html", status, dispatch=found, timeline=timeline, why=why, confidential=secret, done=done,
        errors=errors or {}, kept=kept or {}, open_form=open_form, actions=actions, crews=crews,
        choices=forms.choices(found, teams, words_of(request)), photos=PHOTOS, owed=owed,
        may_reply=replies.may_reply(who.account),
    )  # fmt: skip
