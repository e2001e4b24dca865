"""Dispatches as the desk shows them: read from dispatch's API, tolerant of members that are not for us."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict

from contracts.board import Light
from contracts.common import Mode
from services.console.session import Reader
from services.console.upstream import Refused, Unreachable, Upstream
from services.console.words import Language

BASE = "/api/dispatch/dispatches"
State = Literal["open", "done", "returns"]
"""`returns`: those that wait for the dispatcher's decision."""
_OVER = frozenset({"completed", "returned", "withdrawn", "released"})


class _Seen(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Place(_Seen):
    """Where it is; of a confidential dispatch only the community."""

    community: str | None = None
    grid_code: str | None = None
    community_name: str | None = None
    community_name_en: str | None = None
    grid_name: str | None = None
    grid_name_en: str | None = None
    address: str | None = None

    def text(self, language: Language) -> str:
        """One line, the large before the small."""
        english = language == "en"
        names = (
            (english and self.community_name_en) or self.community_name,
            (english and self.grid_name_en) or self.grid_name,
            self.address,
        )
        return " · ".join(name for name in names if name) or "–"


class Milestone(_Seen):
    """One step of the limit."""

    name: str
    name_en: str = ""
    due_at: datetime
    provisional: bool = False
    """It may move when the calendar of its year is announced."""
    reached_at: datetime | None = None


class Photo(_Seen):
    """A photo of the case, at an address that this reader may open."""

    sha256: str
    role: str

    @property
    def url(self) -> str:
        """On this site: the reader's own session opens it."""
        return f"/api/intake/photos/{self.sha256}"


class Condition(_Seen):
    """What the situation is, and when it counts as solved."""

    closing_condition: str = ""
    closing_condition_en: str = ""
    evidence: tuple[str, ...] = ()


class ReturnRequest(_Seen):
    """A return that the dispatcher has yet to decide."""

    reason: str
    note: str = ""
    suggested_unit_name: str | None = None
    suggested_unit_name_en: str | None = None


class Partner(_Seen):
    """Another order of the same case."""

    dispatch_id: str
    unit_id: str
    unit_name: str
    unit_name_en: str
    role: str
    status: str

    @property
    def open(self) -> bool:
        """Whether it is still in hand."""
        return self.status not in _OVER


class Crew(_Seen):
    """A crew of a unit with what it has open, or (no name) what the unit handed on to nobody."""

    unit_name: str
    unit_name_en: str
    crew: str | None
    open: int
    overdue: int
    next_due_at: datetime


class Links(_Seen):
    """What belongs to an order."""

    text: str | None = None
    """Where its unit reads what was told in confidence."""


class Dispatch(_Seen):
    """One order to this unit."""

    dispatch_id: str
    case_id: str
    version: int
    case_number: str
    case_ended: bool
    unit_id: str
    unit_name: str
    unit_name_en: str
    role: str
    status: str
    handover: dict[str, Any] | None
    """A hand-over to an emergency service."""
    mode: Mode
    possible: tuple[str, ...]
    outcomes: tuple[str, ...]
    """What it may be completed with."""
    category: dict[str, Any]
    condition: Condition
    place: Place
    description: str
    asked: str
    emergency: bool
    confidential: bool
    due_at: datetime
    sign_due_at: datetime
    created_at: datetime
    signed_at: datetime | None
    completed_at: datetime | None
    milestones: tuple[Milestone, ...]
    photos: tuple[Photo, ...]
    evidence: tuple[Photo, ...]
    return_request: ReturnRequest | None
    rework_round: int
    crew: str | None
    extension_requested_at: datetime | None
    suspension_requested_until: datetime | None
    suspended_until: datetime | None
    partners: tuple[Partner, ...]
    links: Links

    @property
    def open(self) -> bool:
        """Whether it is still in hand."""
        return self.status not in _OVER

    def light(self, now: datetime) -> Light:
        """Red past the deadline, which is exact; yellow in its last fifth, by the plain calendar.

        The light that counts is supervision's, by office hours and pauses; the board and the scorecards show that one.
        """
        if self.status == "suspended" or not self.open:
            return "none"
        if now > self.due_at:
            return "red"
        return "yellow" if now > self.due_at - (self.due_at - self.created_at) / 5 else "green"


class Entry(_Seen):
    """A line of the case's timeline."""

    at: datetime
    text: dict[str, str]
    note: str | None = None


class Inbox(_Seen):
    """A page of the unit's dispatches, the most urgent first."""

    items: tuple[Dispatch, ...]
    next: str | None = None


async def inbox(
    services: Upstream, who: Reader, language: Language, state: State, mode: Mode = "actual", cursor: str = "", crew: str = "",
) -> Inbox:  # fmt: skip
    """The unit's dispatches in a state, real ones or those of exercises or tests; of a crew, if one is named."""
    asked = {"unit": "me", "state": state, "mode": mode, "crew": crew, "cursor": cursor}
    query = urlencode({name: value for name, value in asked.items() if value})
    answer = await services.request("dispatch", "GET", f"{BASE}?{query}", token=who.token, language=language)
    return Inbox.model_validate(answer.json())


async def one(services: Upstream, who: Reader, language: Language, dispatch_id: str) -> Dispatch:
    """One dispatch. Raises `Refused` when it is not this unit's."""
    answer = await services.request("dispatch", "GET", f"{BASE}/{dispatch_id}", token=who.token, language=language)
    return Dispatch.model_validate(answer.json())


async def timeline(services: Upstream, who: Reader, language: Language, case_number: str) -> tuple[Entry, ...]:
    """What has happened to the case; nothing where tracking cannot say it just now: the order itself matters more."""
    path = f"/api/tracking/cases/{case_number}/timeline"
    try:
        answer = await services.request("tracking", "GET", path, token=who.token, language=language)
    except (Refused, Unreachable):
        return ()
    return tuple(Entry.model_validate(item) for item in answer.json()["items"])


async def explanation(services: Upstream, who: Reader, language: Language, order: Dispatch) -> dict[str, str] | None:
    """Return why the unit got this dispatch, in both languages: the explanation of the last decision that chose it.

    None if routing cannot tell it now: the dispatch itself matters more.
    """
    path = f"/api/routing/cases/{order.case_id}/explanation"
    try:
        answer = await services.request("routing", "GET", path, token=who.token, language=language)
    except (Refused, Unreachable):
        return None
    chosen_for_it = (
        {"zh": decision["explanation"], "en": decision["explanation_en"]}
        for decision in reversed(answer.json()["decisions"])
        if any(each["unit_id"] == order.unit_id and each["role"] == order.role for each in decision["chosen"])
    )
    return next(chosen_for_it, None)


async def crews(
    services: Upstream, who: Reader, language: Language, mode: Mode = "actual", unit: str = "me"
) -> tuple[Crew, ...]:
    """What each crew has open, first what is with nobody."""
    query = urlencode({"unit": unit, "mode": mode})
    answer = await services.request(
        "dispatch", "GET", f"/api/dispatch/crews?{query}", token=who.token, language=language
    )
    return tuple(Crew.model_validate(item) for item in answer.json()["items"])


async def mobile_teams(services: Upstream, who: Reader, language: Language, place: Place) -> list[dict[str, Any]]:
    """Mobile teams 机动组 of the place, whose orders their `convenor` gets."""
    path = "/api/registry/entities/team?limit=1000"
    answer = await services.request("registry", "GET", path, token=who.token, language=language)
    area = place.grid_code or place.community or ""
    return [
        each for each in answer.json()["items"] if each["kind"] == "mobile" and area.startswith(tuple(each["areas"]))
    ]


async def request_of(
    services: Upstream, who: Reader, language: Language, order: Dispatch, kind: str
) -> str | None:  # fmt: skip
    """Supervision's task in which the unit's request of this kind waits to be decided; none any more."""
    path = f"/api/supervision/cases/{order.case_id}"
    answer = await services.request("supervision", "GET", path, token=who.token, language=language)
    tasks = (each for each in answer.json()["tasks"] if each["kind"] == kind)
    return next((each["task_id"] for each in tasks if each["dispatch_id"] == order.dispatch_id), None)


async def confidential_text(services: Upstream, who: Reader, language: Language, case_id: str) -> dict[str, Any]:
    """Text and place of a confidential case. Raises `Refused` for anybody but its competent unit."""
    path = f"/api/intake/cases/{case_id}/confidential"
    answer = await services.request("intake", "GET", path, token=who.token, language=language)
    return answer.json()
