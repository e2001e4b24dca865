"""The board's shell: the built application does the rest, with the reader's own session."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.console.menu import entries
from services.console.render import asset, built, page, words_of
from services.console.security import csrf_token, set_csrf
from services.console.session import Account, reader
from services.console.upstream import Refused, SessionOver, Unreachable

router = APIRouter(include_in_schema=False)


@router.get("/board")
async def board(request: Request) -> Response:
    """Holds no data: who may see what is decided by tracking, at each call of the application."""
    t, account, token = words_of(request), await _account(request), csrf_token(request)
    boot = {
        "language": t.language,
        "icons": asset("icons.svg"),
        "csrf": token,
        "links": [{"name": t(each.key), "href": each.href} for each in entries(account)],
    }
    response = page(request, "board.html", app=built("src/board/main.ts"), boot=boot)
    set_csrf(request, response, token)
    return response


async def _account(request: Request) -> Account | None:
    """Who reads it, as far as that is known: the application asks who is not to sign in."""
    try:
        return (await reader(request)).account
    except (SessionOver, Refused, Unreachable):
        return None
