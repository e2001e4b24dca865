"""Sign-in and sign-out with plain forms."""

from __future__ import annotations

import contextlib
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from services.console import session
from services.console.rendering import page, words_of
from services.console.security import check_csrf, csrf_token, local_path, set_csrf
from services.console.service_client import ServiceRefusedError, ServiceUnreachableError, SessionEndedError

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
async def form(request: Request, wanted: Annotated[str, Query(alias="next")] = "/", expired: str = "") -> Response:
    """Show the sign-in form."""
    return _form(request, local_path(wanted), error="sign_in.expired" if expired else "")


@router.post("/sign-in")
async def submit(
    request: Request,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    wanted: Annotated[str, Form(alias="next")] = "/",
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """Sign in at the registry, and pass the registry's cookies to the browser."""
    check_csrf(request, csrf)
    wanted = local_path(wanted)
    t = words_of(request)
    try:
        answer = await session.sign_in(request, username.strip(), password, t.language)
    except SessionEndedError:
        return _form(request, wanted, 401, username, "sign_in.wrong")
    except ServiceRefusedError as refusal:
        # 422 means an empty name or password; the registry's own text is better for everything else.
        text = "sign_in.wrong" if refusal.status == 422 else str(refusal)
        return _form(request, wanted, refusal.status, username, text)
    except ServiceUnreachableError:
        return _form(request, wanted, 503, username, "sign_in.unreachable")
    response = RedirectResponse(wanted if wanted != "/" else _home_of(answer.json()["account"]["roles"]), 303)
    session.pass_cookies(answer, response)
    return response


@router.post("/sign-out")
async def sign_out(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
    """End the reader's session, then show the landing page."""
    check_csrf(request, csrf)
    response = RedirectResponse("/", 303)
    with contextlib.suppress(SessionEndedError, ServiceRefusedError):  # the session has already ended
        await session.sign_out(request)
    session.clear_cookies(request, response)
    return response


def _home_of(roles: list[str]) -> str:
    """Return the address of the page that a person with these roles sees first after sign-in."""
    return "/desk" if {"unit_clerk", "handler"} & set(roles) else "/board"


def _form(request: Request, wanted: str, status: int = 200, username: str = "", error: str = "") -> Response:
    token = csrf_token(request)
    response = page(request, "sign_in.html", status, csrf=token, next=wanted, username=username, error=error)
    set_csrf(request, response, token)
    return response
