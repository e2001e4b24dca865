"""Dispatches as the desk shows them: read from dispatch's API, tolerant of members that are not for us."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.board import Light
from services.console.session import Reader
from services.console.upstream import Upstream
from services.console.words import Language

BASE = "/api/dispatch/dispatches"
State = Literal["open", "done"]


class _Seen(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Place(_Seen):
    """Where it is."""

    address: str | None = None
    grid_name: str | None = None
    community: str | None = None

    def __str__(self) -> str:
        return " · ".join(part for part in (self.community, self.grid_name, self.address) if part) or "–"


class Milestone(_Seen):
    """One step of the limit."""

    name: str
    name_en: str = ""
    due_at: datetime
    reached_at: datetime | None = None


class Photo(_Seen):
    """A photo of the case, at an address that this reader may open."""

    sha256: str
    role: str
    url: str


class Entry(_Seen):
    """A line of the dispatch's record."""

    at: datetime
    text: dict[str, str]
    note: str | None = None


class ReturnRequest(_Seen):
    """A return that the dispatcher has yet to decide."""

    reason: str
    note: str = ""


class Dispatch(_Seen):
    """One order to this unit."""

    id: str
    version: int = 0
    case_number: str
    role: str = "lead"
    status: str
    category: dict[str, Any] | None = None
    place: Place | None = None
    description: str | None = None
    asked: str | None = None
    emergency: bool = False
    light: Light = "none"
    due_at: datetime | None = None
    sign_due_at: datetime | None = None
    created_at: datetime | None = None
    signed_at: datetime | None = None
    completed_at: datetime | None = None
    milestones: tuple[Milestone, ...] = ()
    photos: tuple[Photo, ...] = ()
    evidence: tuple[str, ...] = ()
    log: tuple[Entry, ...] = ()
    return_request: ReturnRequest | None = None
    rework: int = 0

    @property
    def actions(self) -> tuple[str, ...]:
        """What the unit may do now, the next thing to do first."""
        if self.completed_at or self.status in {"completed", "returned", "withdrawn", "released"}:
            return ()
        if self.status == "return_requested":
            return ("progress",)
        if self.signed_at is None:
            return ("sign", "request-return")
        return ("complete", "progress", "request-extension", "request-return")


class Inbox(_Seen):
    """A page of the unit's dispatches, the most urgent first."""

    items: tuple[Dispatch, ...]
    next: str | None = None


async def inbox(services: Upstream, who: Reader, language: Language, state: State, cursor: str = "") -> Inbox:
    """The unit's dispatches in a state."""
    query = f"?unit=me&state={state}" + (f"&cursor={cursor}" if cursor else "")
    answer = await services.request("dispatch", "GET", BASE + query, token=who.token, language=language)
    return Inbox.model_validate(answer.json())


async def one(services: Upstream, who: Reader, language: Language, dispatch_id: str) -> Dispatch:
    """One dispatch. Raises `Refused` when it is not this unit's."""
    answer = await services.request("dispatch", "GET", f"{BASE}/{dispatch_id}", token=who.token, language=language)
    return Dispatch.model_validate(answer.json())
