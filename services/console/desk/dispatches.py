"""Dispatches as the unit desk reads them from the API of the service dispatch. Unknown fields are ignored."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict

from contracts.board import Light
from contracts.common import Mode
from services.console.service_client import ServiceClient, ServiceRefusedError, ServiceUnreachableError
from services.console.session import Reader
from services.console.words import Language

BASE = "/api/dispatch/dispatches"
State = Literal["open", "done", "returns"]
"""Filter of a list of dispatches. `returns` are dispatches with a requested return that is not decided yet."""
_ENDED = frozenset({"completed", "returned", "withdrawn", "released"})


class _View(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Place(_View):
    """The place of a dispatch; only the community if the case is confidential."""

    community: str | None = None
    grid_code: str | None = None
    community_name: str | None = None
    community_name_en: str | None = None
    grid_name: str | None = None
    grid_name_en: str | None = None
    address: str | None = None

    def text(self, language: Language) -> str:
        """Return the place in one line, from community to address."""
        english = language == "en"
        names = (
            (english and self.community_name_en) or self.community_name,
            (english and self.grid_name_en) or self.grid_name,
            self.address,
        )
        return " · ".join(name for name in names if name) or "–"


class Milestone(_View):
    """A milestone of the dispatch's limit, with its own deadline."""

    name: str
    name_en: str = ""
    due_at: datetime
    provisional: bool = False
    """True if the deadline may move when the calendar of its year is announced."""
    reached_at: datetime | None = None


class Photo(_View):
    """A photo of the case."""

    sha256: str
    role: str

    @property
    def url(self) -> str:
        """Path of the photo on this site."""
        return f"/api/intake/photos/{self.sha256}"


class Condition(_View):
    """Closing condition of the case, and the evidence that it requires."""

    closing_condition: str = ""
    closing_condition_en: str = ""
    evidence: tuple[str, ...] = ()


class ReturnRequest(_View):
    """A unit's request to give the dispatch back, which awaits the dispatcher's decision."""

    reason: str
    note: str = ""
    suggested_unit_name: str | None = None
    suggested_unit_name_en: str | None = None


class Partner(_View):
    """Another dispatch of the same case."""

    dispatch_id: str
    unit_id: str
    unit_name: str
    unit_name_en: str
    role: str
    status: str

    @property
    def open(self) -> bool:
        """True while the unit still has the dispatch."""
        return self.status not in _ENDED


class Crew(_View):
    """Counts of the open dispatches of a crew. `crew` is `None` for the dispatches that no crew has."""

    unit_name: str
    unit_name_en: str
    crew: str | None
    open: int
    overdue: int
    next_due_at: datetime


class Links(_View):
    """Addresses of resources that belong to a dispatch."""

    text: str | None = None
    """Address of the text of a confidential case; `None` if there is none or the reader may not read it."""


class Dispatch(_View):
    """A dispatch with everything that the desk shows of it and its case."""

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
    """The hand-over of the case to another platform, such as 110; `None` if there is none."""
    mode: Mode
    possible: tuple[str, ...]
    outcomes: tuple[str, ...]
    """Outcomes that the unit may choose when it completes the dispatch."""
    category: dict[str, Any]
    condition: Condition
    place: Place
    description: str
    instructions: str
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
        """True while the unit still has the dispatch."""
        return self.status not in _ENDED

    def light(self, now: datetime) -> Light:
        """Return an approximate light: red after the deadline, yellow in the last fifth of the time before it.

        Here all hours count. Board and scorecards show the exact light, which supervision computes from office hours
        and pauses.
        """
        if self.status == "suspended" or not self.open:
            return "none"
        if now > self.due_at:
            return "red"
        return "yellow" if now > self.due_at - (self.due_at - self.created_at) / 5 else "green"


class Entry(_View):
    """An entry of the case's timeline."""

    at: datetime
    text: dict[str, str]
    note: str | None = None


class Inbox(_View):
    """A page of dispatches, earliest deadline first."""

    items: tuple[Dispatch, ...]
    next: str | None = None


async def inbox(
    services: ServiceClient,
    reader: Reader,
    language: Language,
    state: State,
    mode: Mode = "actual",
    cursor: str = "",
    crew: str = "",
) -> Inbox:
    """Return a page of the dispatches that the reader may see, filtered by state, mode and crew."""
    parameters = {"unit": "me", "state": state, "mode": mode, "crew": crew, "cursor": cursor}
    query = urlencode({name: value for name, value in parameters.items() if value})
    answer = await services.request("dispatch", "GET", f"{BASE}?{query}", token=reader.token, language=language)
    return Inbox.model_validate(answer.json())


async def load_dispatch(services: ServiceClient, reader: Reader, language: Language, dispatch_id: str) -> Dispatch:
    """Return one dispatch. Raises `ServiceRefusedError` if it belongs to another unit."""
    answer = await services.request("dispatch", "GET", f"{BASE}/{dispatch_id}", token=reader.token, language=language)
    return Dispatch.model_validate(answer.json())


async def timeline(services: ServiceClient, reader: Reader, language: Language, case_number: str) -> tuple[Entry, ...]:
    """Return the timeline of the case; empty while tracking is unavailable, so that the dispatch is shown anyway."""
    path = f"/api/tracking/cases/{case_number}/timeline"
    try:
        answer = await services.request("tracking", "GET", path, token=reader.token, language=language)
    except (ServiceRefusedError, ServiceUnreachableError):
        return ()
    return tuple(Entry.model_validate(item) for item in answer.json()["items"])


async def explanation(
    services: ServiceClient, reader: Reader, language: Language, dispatch: Dispatch
) -> dict[str, str] | None:
    """Return, in both languages, why routing chose the unit for the role that it has in this dispatch.

    This is the explanation of the latest routing decision that chose the unit. `None` if there is no such decision or
    routing is unavailable. Then the page shows the dispatch without an explanation.
    """
    path = f"/api/routing/cases/{dispatch.case_id}/explanation"
    try:
        answer = await services.request("routing", "GET", path, token=reader.token, language=language)
    except (ServiceRefusedError, ServiceUnreachableError):
        return None
    explanations = (
        {"zh": decision["explanation"], "en": decision["explanation_en"]}
        for decision in reversed(answer.json()["decisions"])
        if any(each["unit_id"] == dispatch.unit_id and each["role"] == dispatch.role for each in decision["chosen"])
    )
    return next(explanations, None)


async def crews(
    services: ServiceClient, reader: Reader, language: Language, mode: Mode = "actual", unit: str = "me"
) -> tuple[Crew, ...]:
    """Return counts of open dispatches for each crew, first the count of those without a crew."""
    query = urlencode({"unit": unit, "mode": mode})
    answer = await services.request(
        "dispatch", "GET", f"/api/dispatch/crews?{query}", token=reader.token, language=language
    )
    return tuple(Crew.model_validate(item) for item in answer.json()["items"])


async def mobile_teams(
    services: ServiceClient, reader: Reader, language: Language, place: Place
) -> list[dict[str, Any]]:
    """Return the mobile teams 机动组 of the place. A dispatch to a mobile team goes to the team's `convenor`."""
    path = "/api/registry/entities/team?limit=1000"
    answer = await services.request("registry", "GET", path, token=reader.token, language=language)
    area = place.grid_code or place.community or ""
    return [
        each for each in answer.json()["items"] if each["kind"] == "mobile" and area.startswith(tuple(each["areas"]))
    ]


async def load_request_task_id(
    services: ServiceClient, reader: Reader, language: Language, dispatch: Dispatch, kind: str
) -> str | None:
    """Return the id of the task for the unit's request of this kind; `None` if the request is decided already."""
    path = f"/api/supervision/cases/{dispatch.case_id}"
    answer = await services.request("supervision", "GET", path, token=reader.token, language=language)
    tasks = (each for each in answer.json()["tasks"] if each["kind"] == kind)
    return next((each["task_id"] for each in tasks if each["dispatch_id"] == dispatch.dispatch_id), None)


async def confidential_text(
    services: ServiceClient, reader: Reader, language: Language, case_id: str
) -> dict[str, Any]:
    """Return text and place of a confidential case. Raises `ServiceRefusedError` if the reader may not read them."""
    path = f"/api/intake/cases/{case_id}/confidential"
    answer = await services.request("intake", "GET", path, token=reader.token, language=language)
    return answer.json()
