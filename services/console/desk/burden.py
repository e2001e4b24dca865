"""基层负担: what a unit put on each community in a month, as supervision sums it. Typed by nobody."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from services.console import asking, session
from services.console.menu import DESK, open_to

router = APIRouter(include_in_schema=False)
_API = "/api/supervision"


class Share(BaseModel):
    """What was asked of one officer."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    status: str


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
    accepted: int
    lapsed: int
    hours_spent: float
    hours_granted: float


class Unanswered(BaseModel):
    """A request of which nobody answered a part in time."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    name_en: str
    community_name: str
    community_name_en: str
    answer_due_at: datetime
    shares: tuple[Share, ...]

    @property
    def lapsed(self) -> int:
        """Officers who never answered."""
        return sum(share.status == "lapsed" for share in self.shares)


class Lapsed(BaseModel):
    """Those of the unit that asked, in a month."""

    items: tuple[Unanswered, ...] = ()
    next: str | None = None
    """Cursor of those that follow."""


class Burden(BaseModel):
    """The lines of a month."""

    month: str
    items: tuple[Line, ...]


@router.get("/desk/burden")
async def burden(request: Request, month: str = "", cursor: str = "") -> Response:
    """Of a unit its own, and what it asked for in vain; of a centre's people everybody's in their area."""
    who = await session.reader(request)
    summed = await asking.ask(request, who, f"{_API}/burden", month=month if _is_month(month) else "")
    found, lapsed = Burden.model_validate(summed), Lapsed()
    if who.account.unit:
        missed = await asking.ask(
            request, who, f"{_API}/assists", state="lapsed", month=found.month, cursor=cursor, limit=50
        )
        lapsed = Lapsed.model_validate(missed)
    return asking.show(
        request, who, "desk_burden.html", burden=found, unanswered=lapsed, tabs=open_to(DESK, who.account)
    )


@router.get("/desk/burden/ledger.{form}")
async def ledger(request: Request, form: str, month: str = "") -> Response:
    """The same as a file."""
    who = await session.reader(request)
    return await asking.file(request, who, f"{_API}/burden/ledger", form, month=month if _is_month(month) else "")


def _is_month(text: str) -> bool:
    """`yyyy-mm`; anything else shows the running month."""
    year, _, month = text.partition("-")
    return len(year) == 4 and year.isdecimal() and month in {f"{each:02}" for each in range(1, 13)}
