"""基层负担: what a unit put on each community in a month, as supervision sums it. Typed by nobody."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from services.chassis.web import context
from services.console import session
from services.console.render import page, words_of
from services.console.security import csrf_token, set_csrf

router = APIRouter(include_in_schema=False)


class Line(BaseModel):
    """One item of the admission list in one community."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    unit_id: str
    unit_name: str
    unit_name_en: str
    community_name: str
    community_name_en: str
    name: str
    name_en: str
    requests: int
    shares: int
    done: int
    refused: int
    open: int
    hours_spent: float
    hours_granted: float


class Burden(BaseModel):
    """The lines of a month."""

    month: str
    items: tuple[Line, ...]


@router.get("/desk/burden")
async def burden(request: Request, month: str = "") -> Response:
    """Of a unit its own, of a centre's people everybody's in their area."""
    who, words = await session.reader(request), words_of(request)
    path = "/api/supervision/burden" + (f"?month={month}" if _is_month(month) else "")
    answer = await session.upstream(request).request(
        "supervision", "GET", path, token=who.token, language=words.language
    )
    token = csrf_token(request)
    response = page(
        request, "desk_burden.html", account=who.account, now=context(request).clock.now(), csrf=token,
        burden=Burden.model_validate(answer.json()),
    )  # fmt: skip
    set_csrf(request, response, token)
    return response


def _is_month(text: str) -> bool:
    """`yyyy-mm`; anything else shows the running month."""
    year, _, month = text.partition("-")
    return len(year) == 4 and year.isdecimal() and month in {f"{each:02}" for each in range(1, 13)}
