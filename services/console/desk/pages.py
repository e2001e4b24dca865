"""Pages of the unit desk: inbox, dispatch with its actions, printable slip, crews."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from typing import Any, get_args

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from contracts.common import Mode
from services.console import api_client, session
from services.console.desk import dispatches, forms, replies
from services.console.desk.actions import ACTIONS, PHOTOS, enters_for_units, offered
from services.console.desk.dispatches import BASE, Dispatch, State
from services.console.menu import DESK, entries_for
from services.console.rendering import words_of
from services.console.security import check_csrf
from services.console.service_client import ServiceRefusedError
from services.console.session import Reader

router = APIRouter(include_in_schema=False)

_MAX_FORM = 32 << 20
"""Maximum size of a form with its photos, in bytes."""


@router.get("/desk")
async def inbox(
    request: Request, state: State = "open", mode: Mode = "actual", crew: str = "", cursor: str = ""
) -> Response:
    """List dispatches, earliest deadline first.

    People of a unit see the dispatches of their unit. People of a centre see the dispatches in their area.
    """
    reader = await session.reader(request)
    tabs = entries_for(DESK, reader.account)
    if tabs and tabs[0].href != "/desk":  # a reader without dispatches starts at another tab
        return RedirectResponse(tabs[0].href, 303)
    services, language = session.service_client(request), words_of(request).language
    found = await dispatches.inbox(services, reader, language, state, mode, cursor, crew)
    return api_client.show_page(
        request,
        reader,
        "desk_inbox.html",
        inbox=found,
        state=state,
        mode=mode,
        crew=crew,
        tabs=tabs[1:],
        states=get_args(State) if enters_for_units(reader.account) else ("open", "done"),
    )


@router.get("/desk/crews")
async def crews(request: Request, mode: Mode = "actual") -> Response:
    """Show how many open dispatches each crew has, and how many no crew has."""
    reader = await session.reader(request)
    found = await dispatches.crews(session.service_client(request), reader, words_of(request).language, mode)
    return api_client.show_page(
        request, reader, "desk_crews.html", crews=found, mode=mode, tabs=entries_for(DESK, reader.account)
    )


@router.get("/desk/open.json")
async def open_ids(request: Request, mode: Mode = "actual") -> Response:
    """Return the ids of the first page of open dispatches.

    An inbox in a browser requests them to detect new dispatches.
    """
    reader = await session.reader(request)
    found = await dispatches.inbox(session.service_client(request), reader, words_of(request).language, "open", mode)
    return JSONResponse([dispatch.dispatch_id for dispatch in found.items], headers={"Cache-Control": "no-store"})


@router.get("/desk/{dispatch_id}")
async def detail(request: Request, dispatch_id: uuid.UUID, done: str = "") -> Response:
    """Show one dispatch with the forms of its actions."""
    reader = await session.reader(request)
    return await _detail(request, reader, dispatch_id, done=done if done in (*ACTIONS, "reply") else "")


@router.get("/desk/{dispatch_id}/slip")
async def slip(request: Request, dispatch_id: uuid.UUID) -> Response:
    """Show the dispatch on one printable page."""
    reader = await session.reader(request)
    services, language = session.service_client(request), words_of(request).language
    found = await dispatches.load_dispatch(services, reader, language, str(dispatch_id))
    return api_client.show_page(request, reader, "desk_slip.html", dispatch=found)


@router.post("/desk/{dispatch_id}/reveal")
async def reveal(request: Request, dispatch_id: uuid.UUID) -> Response:
    """Show the text of a confidential case. Intake gives the text only to the competent unit and logs each access."""
    reader = await session.reader(request)
    async with request.form() as form:
        check_csrf(request, form.get("csrf"))
    return await _detail(request, reader, dispatch_id, revealed=True)


@router.post("/desk/{dispatch_id}/{action}", max_body_size=_MAX_FORM)
async def act(request: Request, dispatch_id: uuid.UUID, action: str) -> Response:
    """Take an action, then redirect to the dispatch, so that a reload of the page does not repeat the action."""
    if action not in ACTIONS:
        raise HTTPException(404)
    reader = await session.reader(request)
    t, services = words_of(request), session.service_client(request)
    async with request.form(max_files=20) as form:
        check_csrf(request, form.get("csrf"))
        entered = {name: value for name, value in form.items() if isinstance(value, str)}
        try:
            body = forms.body_of_action(action, form, t, reader.account)
            if fields := PHOTOS.keys() & set(ACTIONS[action].fields):
                body["photos"] = await forms.upload_photos(form, services, reader, t, sorted(fields, reverse=True))
            await _send(request, reader, dispatch_id, action, body, entered)
        except forms.FormError as wrong:
            return await _detail(request, reader, dispatch_id, 422, action, wrong.errors, entered)
        except ServiceRefusedError as refusal:
            return await _detail(request, reader, dispatch_id, refusal.status, action, {"": str(refusal)}, entered)
    return RedirectResponse(f"/desk/{dispatch_id}?done={action}", 303)


@router.post("/desk/{dispatch_id}/notices/{notice_id}/reply")
async def reply(request: Request, dispatch_id: uuid.UUID, notice_id: uuid.UUID) -> Response:
    """Reply to a supervision order or an overdue notice, then show the dispatch again."""
    reader, t, form = await session.reader(request), words_of(request), replies.form_of(notice_id)
    fields = await api_client.form_fields(request)
    dispatch = await dispatches.load_dispatch(session.service_client(request), reader, t.language, str(dispatch_id))
    try:
        await api_client.send(request, reader, replies.path_of(dispatch, notice_id), replies.body_of(fields, t), fields)
    except forms.FormError as wrong:
        return await _detail(request, reader, dispatch_id, 422, form, wrong.errors, fields)
    except ServiceRefusedError as refusal:
        text = t("desk.pending_replies.gone") if refusal.status == 404 else str(refusal)
        return await _detail(request, reader, dispatch_id, refusal.status, form, {"": text}, fields)
    return RedirectResponse(f"/desk/{dispatch_id}?done=reply", 303)


async def _send(
    request: Request, reader: Reader, dispatch_id: uuid.UUID, action: str, body: dict[str, Any], entered: dict[str, str]
) -> None:
    """Send an action to the service that handles it.

    Dispatch gets the version that the page showed as `If-Match`. Routing and supervision have their own versions of the
    case, which the page does not show, so they get no `If-Match`.
    """
    action_type = ACTIONS[action]
    if not (action_type.by_routing or action_type.decides):
        await api_client.send(request, reader, f"{BASE}/{dispatch_id}/{action}", body, entered)
        return
    t = words_of(request)
    dispatch = await dispatches.load_dispatch(session.service_client(request), reader, t.language, str(dispatch_id))
    if action_type.decides:
        task_id = await dispatches.load_request_task_id(
            session.service_client(request), reader, t.language, dispatch, action_type.decides
        )
        if task_id is None:
            raise forms.FormError({"": t("desk.decided_already")})
        path = f"/api/supervision/tasks/{task_id}/answer"
    else:
        resource = action if action == "first-response" else f"handovers/{dispatch_id}/cancel"
        path = f"/api/routing/cases/{dispatch.case_id}/{resource}"
    await api_client.send(request, reader, path, body, {**entered, "version": ""})


async def _detail(
    request: Request,
    reader: Reader,
    dispatch_id: uuid.UUID,
    status: int = 200,
    open_form: str = "",
    errors: Mapping[str, str] | None = None,
    entered: Mapping[str, str] | None = None,
    done: str = "",
    revealed: bool = False,
) -> Response:
    services, language = session.service_client(request), words_of(request).language
    found: Dispatch = await dispatches.load_dispatch(services, reader, language, str(dispatch_id))
    secret = await dispatches.confidential_text(services, reader, language, found.case_id) if revealed else None
    timeline, why, pending_replies = await asyncio.gather(
        dispatches.timeline(services, reader, language, found.case_number),
        dispatches.explanation(services, reader, language, found),
        replies.pending_replies(services, reader, language, found),
    )
    actions = offered(found, reader.account)
    fields = {field for each in actions for field in each.fields}
    crews = await dispatches.crews(services, reader, language, found.mode, found.unit_id) if "crew" in fields else ()
    teams = await dispatches.mobile_teams(services, reader, language, found.place) if "unit" in fields else ()
    return api_client.show_page(
        request,
        reader,
        "desk_dispatch.html",
        status,
        dispatch=found,
        timeline=timeline,
        why=why,
        confidential=secret,
        done=done,
        errors=errors or {},
        entered=entered or {},
        open_form=open_form,
        actions=actions,
        crews=crews,
        choices=forms.choices(found, teams, words_of(request)),
        photos=PHOTOS,
        pending_replies=pending_replies,
        may_reply=replies.may_reply(reader.account),
    )
