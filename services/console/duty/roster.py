"""The page of the roster 在岗: who is on duty in each grid, next shifts, stand-ins, and grids with nobody on duty."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.console import api_client, session
from services.console.menu import DUTY, entries_for
from services.console.words import instant

router = APIRouter(include_in_schema=False)


@router.get("/duty")
async def roster(request: Request, at: str = "", without: str = "") -> Response:
    """Show the roster of the reader's area at an instant.

    Readers who may not see it are redirected to the first duty page that they may see.
    """
    reader = await session.reader(request)
    tabs = entries_for(DUTY, reader.account)
    if tabs and tabs[0].href != "/duty":
        return RedirectResponse(tabs[0].href, 303)
    found = await api_client.get_json(
        request, reader, "/api/supervision/roster", at=instant(at), only_without="true" if without else ""
    )
    return api_client.show_page(request, reader, "duty.html", found=found, without=bool(without), tabs=tabs)
