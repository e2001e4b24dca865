"""Pages of the burden on communities 基层负担: how much help units requested of communities in a month."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from services.console import api_client, session
from services.console.menu import DESK, entries_for

router = APIRouter(include_in_schema=False)
_API = "/api/supervision"


class Share(BaseModel):
    """The task that a request for help gives to one officer."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    status: str


class Line(BaseModel):
    """Counts and hours of one unit's requests for one kind of help (an item of the admission list) in one community."""

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
    accepted: int
    lapsed: int
    hours_spent: float
    hours_granted: float


class Unanswered(BaseModel):
    """A request for help that at least one officer did not answer in time."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    name_en: str
    community_name: str
    community_name_en: str
    answer_due_at: datetime
    shares: tuple[Share, ...]

    @property
    def lapsed(self) -> int:
        """Number of officers who did not answer in time."""
        return sum(share.status == "lapsed" for share in self.shares)


class Lapsed(BaseModel):
    """A page of the unit's unanswered requests for help in a month (see `Unanswered`)."""

    items: tuple[Unanswered, ...] = ()
    next: str | None = None
    """Cursor of the next page; `None` on the last page."""


class Burden(BaseModel):
    """The burden on communities in a month, by unit, community and item of the admission list."""

    month: str
    items: tuple[Line, ...]


@router.get("/desk/burden")
async def burden(request: Request, month: str = "", cursor: str = "") -> Response:
    """Show the burden on communities in a month.

    People of a unit see the requests for help of their unit, and which requests were not answered in time. People of a
    centre see the requests in their area.
    """
    reader = await session.reader(request)
    summed = await api_client.get_json(request, reader, f"{_API}/burden", month=month if _is_month(month) else "")
    found, lapsed = Burden.model_validate(summed), Lapsed()
    if reader.account.unit:
        missed = await api_client.get_json(
            request, reader, f"{_API}/assists", state="lapsed", month=found.month, cursor=cursor, limit=50
        )
        lapsed = Lapsed.model_validate(missed)
    return api_client.show_page(
        request, reader, "desk_burden.html", burden=found, unanswered=lapsed, tabs=entries_for(DESK, reader.account)
    )


@router.get("/desk/burden/ledger.{form}")
async def ledger(request: Request, form: str, month: str = "") -> Response:
    """Download the burden on communities in a month, as a ledger."""
    reader = await session.reader(request)
    return await api_client.download(
        request, reader, f"{_API}/burden/ledger", form, month=month if _is_month(month) else ""
    )


def _is_month(text: str) -> bool:
    """Return whether the text is a month, `yyyy-mm`."""
    year, _, month = text.partition("-")
    return len(year) == 4 and year.isdecimal() and month in {f"{each:02}" for each in range(1, 13)}
