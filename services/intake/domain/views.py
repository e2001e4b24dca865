"""Views of cases in the responses of intake's API. Single responses, queues and task lists use the same view."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.common import Channel, Mode, Photo, Place, RequestType
from contracts.events.discovery import External, PlaceDoubt, Settlement
from contracts.registry import Category
from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain.case import Action, IntakeCase, Link, Missing, SentBackToDesk, Status, Task
from services.intake.domain.category_suggestions import SUGGESTERS
from services.intake.domain.confidential import public_place
from services.intake.domain.filing import why_unfileable
from services.intake.domain.possible_actions import Viewer, possible_actions


class View(BaseModel):
    """Base of the response models."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Named(View):
    """An entity of the district with its names in both languages."""

    id: str
    name: str
    name_en: str


class SuggestedCategory(Named):
    """A category that the report may be about; a person chooses."""

    words: tuple[str, ...]
    """Words of the category that occur in the text; empty if only similarity or the place suggests the category."""
    fileable: bool
    """Whether the category has a filing condition in this district."""


class PhotoView(Photo):
    """A photo with its URL."""

    url: str


class Suggested(View):
    """A case that may be about the same problem."""

    case_id: UUID
    case_number: str


class CaseView(View):
    """A case in intake."""

    case_id: UUID
    case_number: str
    version: int
    """Version of the case: the value to send as `If-Match` with a decision."""
    status: Status
    possible: tuple[Action, ...]
    """Actions that the caller can take in intake now."""
    channel: Channel
    mode: Mode
    request_type: RequestType
    category: Named | None
    condition_id: str | None
    suggested_categories: tuple[SuggestedCategory, ...]
    """Suggestions from description and place, best first. A person chooses.

    Empty unless the category is missing or cannot be filed here.
    """
    component_id: str | None
    emergency: bool
    confidential: bool
    place: Place | None
    place_doubt: PlaceDoubt | None
    address: str | None
    description: str
    photos: tuple[PhotoView, ...]
    occurred_at: datetime
    reported_at: datetime
    registered_at: datetime
    reporter_kept: bool
    """Whether intake stores a reporter for this report. Only `…/reporter` reveals the name and number."""
    feedback_wanted: bool
    external: External | None
    settlement: Settlement | None
    settlement_approved: bool | None
    missing: tuple[Missing, ...]
    note: str
    note_en: str
    """Why the category cannot be filed here and what to choose instead; empty if it can."""
    due_at: datetime | None
    """Deadline of intake's current step."""
    task: Task | None
    returned: SentBackToDesk | None
    """Set while a case that a dispatcher sent back is at the desk: the reason, and who had filed the case."""
    possible_duplicate_of: Suggested | None
    attached_to: UUID | None
    joined: int
    """Number of reports attached to this case."""
    links: tuple[Link, ...]
    not_filed: str | None
    outcome: str


class ReporterView(View):
    """A report as its reporter sees it with a token.

    `GET /api/tracking/public/{number}` shows the status of the case.
    """

    report_id: UUID
    case_number: str
    version: int
    """Version of the case: the value to send as `If-Match` with an addition or a withdrawal."""
    possible: tuple[Literal["add", "withdraw"], ...]
    """Actions that the reporter can take now."""
    request_type: RequestType
    category: Named | None
    place: Place | None
    address: str | None
    description: str
    photos: tuple[PhotoView, ...]
    """Photos of the report, without those of the verification."""
    occurred_at: datetime
    reported_at: datetime
    feedback_wanted: bool


class QueueItem(View):
    """A case that waits for the desk, and the kind of work that it needs."""

    kind: Literal["filing", "settlement", "verification", "compare"]
    due_at: datetime
    case: CaseView


class TaskItem(View):
    """A verification task and its case."""

    task_id: UUID
    kind: Literal["verify"] = "verify"
    mode: str
    due_at: datetime
    question: str
    officer_id: str | None
    lead_id: str | None
    """Grid lead to whom the late task was escalated; `None` if it was not."""
    case: CaseView


def view(case: Case[IntakeCase], caller: Caller) -> CaseView:
    """Return the view of a case that is loaded in a transaction."""
    return view_of(case.id, case.state, case.version, Viewer(caller, case.now, case.district))


def view_of(case_id: UUID, state: IntakeCase, version: int, viewer: Viewer) -> CaseView:
    """Return the view of a case that was read from the store."""
    report, district = state.received_report, viewer.district
    category = district.categories.get(state.category_id or "")
    photos = (*report.photos, *state.verified_photos)
    refusal = why_unfileable(state.category_id, district) if state.filed_at is None else None
    wanted = category is None or refusal is not None
    guesses = suggest_categories(report.description, state.place, state.component_id, district) if wanted else ()
    return CaseView(
        case_id=case_id,
        case_number=report.case_number,
        version=version,
        status=state.status,
        possible=possible_actions(state, viewer),
        channel=report.channel,
        mode=report.mode,
        request_type=report.request_type,
        category=_named(state, category) if category else None,
        condition_id=None if _is_category_hidden(state, category) else state.condition_id,
        suggested_categories=guesses,
        component_id=state.component_id,
        emergency=report.emergency,
        confidential=report.confidential,
        place=public_place(state.place, report.confidential),
        place_doubt=report.place_doubt,
        address=report.address,
        description=report.description,
        photos=tuple(PhotoView(**photo.model_dump(), url=f"/api/intake/photos/{photo.sha256}") for photo in photos),
        occurred_at=report.occurred_at,
        reported_at=report.reported_at,
        registered_at=report.registered_at,
        reporter_kept=report.reporter_ref is not None,
        feedback_wanted=report.feedback_wanted,
        external=report.external,
        settlement=report.settlement,
        settlement_approved=state.settlement_approved,
        missing=state.missing,
        note=refusal.text("zh") if refusal else "",
        note_en=refusal.text("en") if refusal else "",
        due_at=state.due_at,
        task=state.task,
        returned=state.sent_back_to_desk,
        possible_duplicate_of=_suggested(state),
        attached_to=state.attached_to,
        joined=len(state.joined),
        links=tuple(state.links),
        not_filed=state.not_filed,
        outcome=state.outcome,
    )


def reporter_view(case_id: UUID, state: IntakeCase, version: int, viewer: Viewer) -> ReporterView:
    """Return the report as its reporter sees it. A confidential report shows none of its content."""
    report, district = state.received_report, viewer.district
    adding: tuple[Literal["add"], ...] = ("add",) if state.open and not report.confidential else ()
    withdrawing: tuple[Literal["withdraw"], ...] = (
        ("withdraw",) if "withdraw" in possible_actions(state, viewer) else ()
    )
    category = district.categories.get(state.category_id or "")
    return ReporterView(
        report_id=case_id,
        case_number=report.case_number,
        version=version,
        possible=(*adding, *withdrawing),
        request_type=report.request_type,
        category=_named(state, category) if category and not report.confidential else None,
        place=public_place(report.place, report.confidential),
        address=report.address,
        description=report.description,
        photos=tuple(PhotoView(**each.model_dump(), url=f"/api/intake/photos/{each.sha256}") for each in report.photos),
        occurred_at=report.occurred_at,
        reported_at=report.reported_at,
        feedback_wanted=report.feedback_wanted,
    )


def _is_category_hidden(state: IntakeCase, category: Category | None) -> bool:
    """Return whether the category is hidden.

    A confidential category is shown to the desk until the case is filed, and hidden after that.
    """
    waits = state.status in ("reported", "awaiting_filing")
    return state.received_report.confidential and category is not None and category.confidential and not waits


def _named(state: IntakeCase, category: Category) -> Named:
    if _is_category_hidden(state, category):
        return Named(id=category.public_id, name=category.public_name, name_en=category.public_name_en)
    return Named(id=category.id, name=category.name, name_en=category.name_en)


def suggest_categories(
    text: str, place: Place | None, component_id: str | None, district: RegistrySnapshot
) -> tuple[SuggestedCategory, ...]:
    """Return suggested categories from text and place, best first."""
    found = (each for each in SUGGESTERS.of(district).suggest(text, place, component_id))
    return tuple(
        SuggestedCategory(
            id=each.category.id,
            name=each.category.name,
            name_en=each.category.name_en,
            words=each.words,
            fileable=bool(district.conditions_of(each.category.id)),
        )
        for each in found
    )


def _suggested(state: IntakeCase) -> Suggested | None:
    if state.possible_duplicate_of is None:
        return None
    return Suggested(case_id=state.possible_duplicate_of, case_number=state.possible_duplicate_number)
