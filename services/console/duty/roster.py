"""在岗: who is on duty in each grid, who comes next, who stands in for whom, and which grids have nobody."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.console import asking, session
from services.console.menu import DUTY, open_to
from services.console.words import instant

router = APIRouter(include_in_schema=False)


@router.get("/duty")
async def roster(request: Request, at: str = "", without: str = "") -> Response:
    """The reader's area at an instant; who reads no roster finds what else there is for them."""
    who = await session.reader(request)
    tabs = open_to(DUTY, who.account)
    if tabs and tabs[0].href != "/duty":
        return RedirectResponse(tabs[0].href, 303)
    found = await asking.ask(
        request, who, "/api/supervision/roster", at=instant(at), only_without="true" if without else ""
    )
    return asking.show(request, who, "duty.html", found=found, without=bool(without), tabs=tabs)
