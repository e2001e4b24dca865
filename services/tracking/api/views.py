"""The case as it is answered: its card, and what the drawer shows beyond it. Built by `showing`."""

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
    """Part of an answer."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class UnitView(View):
    """A responsible unit, by the names it has now."""

    id: str
    name: str
    name_en: str


class PlaceView(View):
    """Where it is; degrees in CGCS2000."""

    address: str | None
    grid_code: str | None
    grid_name: str | None
    community: str | None
    community_name: str | None
    longitude: float | None
    latitude: float | None


class PhotoView(View):
    """A photo, fetched from intake by whoever may see the case."""

    sha256: str
    role: PhotoRole
    stage: str
    url: str


class ReturnView(View):
    """A unit's wish to give its dispatch back."""

    reason: ReturnReason
    note: str
    at: Instant
    suggested_unit: UnitView | None


class DispatchView(View):
    """One dispatch of the case."""

    id: UUID
    unit: UnitView
    role: DispatchRole
    status: str
    round: int
    coordinated: bool
    asked: str
    light: Light
    created_at: Instant
    sign_due_at: Instant
    due_at: Instant | None
    """Of its running clock, else of its last milestone."""
    provisional: bool
    """暂定: it may move when the calendar of its year is announced."""
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
    """A task 核实, 核查 or review."""

    id: UUID
    kind: Literal["verify", "recheck", "review"]
    status: Literal["open", "claimed", "done"]
    mode: str
    due_at: Instant
    officer_id: str | None
    officer_name: str | None
    result: str | None


class RelativeView(View):
    """Another case this one knows of."""

    case_id: UUID
    case_number: str
    relation: str | None = None


class ReportView(View):
    """A further report of the same problem."""

    report_id: UUID
    case_id: UUID
    case_number: str
    channel: Channel


class FeedbackView(View):
    """What one reporter said."""

    report_id: UUID
    solved: bool | None
    satisfied: Satisfied | None
    comment: str
    lapsed: bool


class WaitingView(View):
    """What a person must decide."""

    reason: str
    queue: str
    due_at: Instant | None


class ConditionView(View):
    """The filing condition, and what must be true to close the case."""

    id: str
    text: str
    text_en: str
    closing: str
    closing_en: str


class CaseView(Card):
    """One case with everything the caller may know of it. Begins with the fields of its card."""

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
    """The promise to the reporter; runs from `reported_at`, never restarts."""
    case_due_provisional: bool
    """暂定: it may move when the calendar of its year is announced."""
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
    """Why running over a limit is not counted for this case (曾超时，不计)."""
    feedback: list[FeedbackView]
    solved: bool | None
    satisfied: Satisfied | None
    figures: tuple[Figure, ...]
    timeline: list[Entry]
    """Oldest first, without the clocks; `…/timeline?full=true` has them."""


class Timeline(View):
    """The whole timeline of a case."""

    case_number: str
    items: list[Entry]


class CasePage(View):
    """A page of a list, newest first."""

    items: list[Card]
    next: str | None
    """Cursor of the next page; none on the last."""
