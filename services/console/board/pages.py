"""The page of the case board. A built TypeScript application loads the cases with the reader's session."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.console.menu import menu_for
from services.console.rendering import asset, built, page, words_of
from services.console.security import csrf_token, set_csrf
from services.console.service_client import ServiceRefusedError, ServiceUnreachableError, SessionEndedError
from services.console.session import Account, reader

router = APIRouter(include_in_schema=False)


@router.get("/board")
async def board(request: Request) -> Response:
    """Show the board.

    The page holds no case data: the browser loads it from tracking, which checks what the reader may see.
    """
    t, account, token = words_of(request), await _account(request), csrf_token(request)
    boot = {
        "language": t.language,
        "icons": asset("icons.svg"),
        "csrf": token,
        "links": [{"name": t(each.key), "href": each.href} for each in menu_for(account)],
    }
    response = page(request, "board.html", app=built("src/board/main.ts"), boot=boot)
    set_csrf(request, response, token)
    return response


async def _account(request: Request) -> Account | None:
    """Return the reader's account; `None` if nobody is signed in. Then the board itself asks the reader to sign in."""
    try:
        return (await reader(request)).account
    except (SessionEndedError, ServiceRefusedError, ServiceUnreachableError):
        return None
