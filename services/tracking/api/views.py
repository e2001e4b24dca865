"""The case as it is answered: its card, and what the drawer shows beyond it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.base import Instant
from contracts.board import Card, Light
from contracts.command import DispatchRole, MilestoneDue
from contracts.discovery import External
from contracts.evaluation import Figure, Satisfied
from contracts.handling import ReturnReason
from contracts.places import Channel, PhotoRole, RequestType
from services.tracking.domain.card import card, category_of, light_of_dispatch
from services.tracking.domain.fold import fold
from services.tracking.domain.names import Names
from services.tracking.domain.record import DispatchRecord, Record
from services.tracking.domain.scope import Scope
from services.tracking.domain.summary import Summary
from services.tracking.domain.timeline import Entry, entries
from services.tracking.domain.told import Told


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
    provisional: bool
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


def case_view(case_id: UUID, told: Sequence[Told], names: Names, scope: Scope) -> CaseView:
    """The case for a caller, folded from what was told. Whoever may not know a confidential case's matter gets its steps and units only."""
    record = fold(told)
    knows = scope.knows(record)
    shown = card(case_id, record, names)
    fields = {name: getattr(shown, name) for name in Card.model_fields}
    if record.facts.confidential and knows:
        fields["category"] = category_of(record, names)
    return CaseView(
        **fields,
        request_type=record.request_type,
        description=record.description if knows else None,
        place=_place(record, names) if knows else None,
        condition=ConditionView(**record.condition.model_dump()) if knows and record.condition else None,
        photos=_photos(record) if knows else [],
        external=record.external if knows else None,
        occurred_at=record.occurred_at,
        filed_at=record.filed_at,
        closed_at=record.closed_at,
        case_due_at=record.case_due_at,
        provisional=record.provisional,
        outcome=record.facts.outcome or None,
        answer=(record.answer or None) if knows else None,
        not_filed_reason=record.not_filed_reason or None,
        dispatches=[_dispatch(record, each, names, knows=knows) for each in record.dispatches],
        tasks=_tasks(record, names) if knows else [],
        waiting=WaitingView(**record.waiting.model_dump()) if record.waiting else None,
        attached_to=RelativeView(**record.attached_to.model_dump()) if record.attached_to else None,
        reports=[ReportView(**each.model_dump()) for each in record.joined],
        relatives=[RelativeView(**each.model_dump()) for each in record.relatives] if knows else [],
        was_overdue=bool(record.overdue_clocks),
        feedback=[FeedbackView(**each.model_dump()) for each in record.feedback] if knows else [],
        solved=record.solved,
        satisfied=record.satisfied,
        figures=record.figures,
        timeline=entries(told, names, knows=knows),
    )


def etag_of(case: Summary, names: Names) -> str:
    """Changes with every event of the case and every release whose names it shows."""
    versions = ".".join(
        str(case.versions.get(source, 0)) for source in ("intake", "routing", "dispatch", "supervision")
    )
    return f'"{versions}-{names.release}"'


def _place(record: Record, names: Names) -> PlaceView | None:
    place = record.place
    if place is None and record.address is None:
        return None
    code = place.grid_code if place else None
    return PlaceView(
        address=place.address if place else record.address,
        grid_code=code,
        grid_name=names.grid(code).zh if code else None,
        community=record.community,
        community_name=names.community(record.community).zh if record.community else None,
        longitude=place.longitude if place else None,
        latitude=place.latitude if place else None,
    )


def _photos(record: Record) -> list[PhotoView]:
    return [
        PhotoView(sha256=each.sha256, role=each.role, stage=each.stage, url=f"/api/intake/photos/{each.sha256}")
        for each in record.photos
    ]


def _unit(unit_id: str, names: Names) -> UnitView:
    text = names.unit(unit_id)
    return UnitView(id=unit_id, name=text.zh, name_en=text.en)


def _dispatch(record: Record, each: DispatchRecord, names: Names, *, knows: bool) -> DispatchView:
    state = record.facts.dispatches.get(each.id)
    running = next((clock for clock in record.clocks if clock.dispatch_id == each.id and clock.name == "handle"), None)
    due = None if each.completed_at or each.ended_at else each.milestones[-1].due_at if each.milestones else None
    asked = each.return_asked
    return DispatchView(
        id=each.id,
        unit=_unit(each.unit_id, names),
        role=each.role,
        status=state.status if state else "awaiting_signature",
        round=each.round,
        coordinated=each.coordinated,
        asked=each.asked if knows else "",
        light=light_of_dispatch(record, each.id),
        created_at=each.created_at,
        sign_due_at=each.sign_due_at,
        due_at=(None if running.paused else running.due_at) if running else due,
        milestones=each.milestones if knows else (),
        reached=each.reached if knows else [],
        signed_at=each.signed_at,
        completed_at=each.completed_at,
        ended_at=each.ended_at,
        outcome=each.outcome or None,
        crew=each.crew if knows else None,
        rework=each.rework,
        suspended_until=each.suspended_until,
        return_request=ReturnView(
            reason=asked.reason,
            note=asked.note if knows else "",
            at=asked.at,
            suggested_unit=_unit(asked.suggested_unit_id, names) if asked.suggested_unit_id else None,
        )
        if asked and state and state.status == "return_requested"
        else None,
    )


def _tasks(record: Record, names: Names) -> list[TaskView]:
    return [
        TaskView(
            id=each.id, kind=each.kind, status=each.status, mode=each.mode, due_at=each.due_at,
            officer_id=each.officer_id, officer_name=names.officer(each.officer_id).zh if each.officer_id else None,
            result=each.result or None,
        )
        for each in record.tasks
    ]  # fmt: skip
