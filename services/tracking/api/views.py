"""Models of the responses of the case routes. `rendering` creates them."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.base import Instant
from contracts.board import Card, Light
from contracts.common import Channel, PhotoRole, RequestType
from contracts.events.command import DispatchRole, MilestoneDue
from contracts.events.discovery import External
from contracts.events.evaluation import ExemptReason, Figure, Satisfied
from contracts.events.handling import ReturnReason
from services.tracking.domain.timeline import Entry


class View(BaseModel):
    """Base class of responses."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class UnitView(View):
    """A responsible unit, with its names in the current release."""

    id: str
    name: str
    name_en: str


class PlaceView(View):
    """The place of a case. Longitude and latitude are in degrees of CGCS2000."""

    address: str | None
    grid_code: str | None
    grid_name: str | None
    community: str | None
    community_name: str | None
    longitude: float | None
    latitude: float | None


class PhotoView(View):
    """A photo of a case. Intake serves the file at `url` to callers who may see the case."""

    sha256: str
    role: PhotoRole
    stage: str
    url: str


class ReturnView(View):
    """A unit's request to give the dispatch back."""

    reason: ReturnReason
    note: str
    at: Instant
    suggested_unit: UnitView | None


class DispatchView(View):
    """One dispatch of a case."""

    id: UUID
    unit: UnitView
    role: DispatchRole
    status: str
    round: int
    coordinated: bool
    instructions: str
    light: Light
    created_at: Instant
    sign_due_at: Instant
    due_at: Instant | None
    """Deadline of the running clock, or of the last milestone if no clock runs."""
    provisional: bool
    """True (暂定) if the deadline may move when the calendar of its year is announced."""
    milestones: tuple[MilestoneDue, ...]
    reached: list[str]
    signed_at: Instant | None
    completed_at: Instant | None
    ended_at: Instant | None
    outcome: str | None
    crew: str | None
    rework: int
    suspended_until: Instant | None
    return_request: ReturnView | None


class TaskView(View):
    """A task: a verification 核实, a recheck 核查, or a review by a leader."""

    id: UUID
    kind: Literal["verify", "recheck", "review"]
    status: Literal["open", "claimed", "done"]
    mode: str
    due_at: Instant
    officer_id: str | None
    officer_name: str | None
    result: str | None


class RelativeView(View):
    """Another case linked to this one."""

    case_id: UUID
    case_number: str
    relation: str | None = None


class ReportView(View):
    """A further report of the problem, with the number of the case that was opened for the report."""

    report_id: UUID
    case_id: UUID
    case_number: str
    channel: Channel


class FeedbackView(View):
    """The feedback of one reporter. `lapsed` is true if the reporter did not answer in time."""

    report_id: UUID
    solved: bool | None
    satisfied: Satisfied | None
    comment: str
    lapsed: bool


class WaitingView(View):
    """A decision that a person must make before the case continues."""

    reason: str
    queue: str
    due_at: Instant | None


class ConditionView(View):
    """The filing condition of a case, with its closing condition."""

    id: str
    text: str
    text_en: str
    closing: str
    closing_en: str


class CaseView(Card):
    """A case with all content that the caller may see. The first fields are those of the card."""

    request_type: RequestType
    description: str | None
    place: PlaceView | None
    condition: ConditionView | None
    photos: list[PhotoView]
    external: External | None
    occurred_at: Instant | None
    filed_at: Instant | None
    closed_at: Instant | None
    case_due_at: Instant | None
    """Deadline promised to the reporter. It counts from `reported_at` and never restarts."""
    case_due_provisional: bool
    """True (暂定) if the deadline may move when the calendar of its year is announced."""
    outcome: str | None
    answer: str | None
    not_filed_reason: str | None
    dispatches: list[DispatchView]
    tasks: list[TaskView]
    waiting: WaitingView | None
    attached_to: RelativeView | None
    reports: list[ReportView]
    relatives: list[RelativeView]
    was_overdue: bool
    exempt_reason: ExemptReason | None
    """Why overdue limits of this case are not counted (曾超期，不计)."""
    feedback: list[FeedbackView]
    solved: bool | None
    satisfied: Satisfied | None
    figures: tuple[Figure, ...]
    timeline: list[Entry]
    """Timeline, oldest entry first, without starts and stops of clocks. `…/timeline?full=true` includes these."""


class Timeline(View):
    """The whole timeline of a case."""

    case_number: str
    items: list[Entry]


class CasePage(View):
    """A page of a list, newest report first."""

    items: list[Card]
    next: str | None
    """Cursor of the next page; `None` on the last page."""
