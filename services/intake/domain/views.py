"""What intake shows of a case: the same form in answers, queues and task lists."""

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
from services.chassis.registry_snapshot import District
from services.intake.domain.case import Action, IntakeCase, Link, Missing, SentBackToDesk, Status, Task
from services.intake.domain.category_suggestions import SUGGESTERS
from services.intake.domain.confidential import public_place
from services.intake.domain.filing import why_unfileable
from services.intake.domain.possible_actions import Viewer, possible_actions


class View(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Named(View):
    """Something of the district by its id, with its name in both languages."""

    id: str
    name: str
    name_en: str


class SuggestedCategory(Named):
    """A category that the report may be about: a person chooses."""

    words: tuple[str, ...]
    """Words of it that stand in the text; none when it is only like what was said before, or the place speaks for it."""
    fileable: bool
    """Whether it has a filing condition here."""


class PhotoView(Photo):
    """A photo and where to fetch it."""

    url: str


class Suggested(View):
    """A case that may be about the same problem."""

    case_id: UUID
    case_number: str


class CaseView(View):
    """A case as intake knows it."""

    case_id: UUID
    case_number: str
    version: int
    """For `If-Match`."""
    status: Status
    possible: tuple[Action, ...]
    """What the caller may do with it at intake now."""
    channel: Channel
    mode: Mode
    request_type: RequestType
    category: Named | None
    condition_id: str | None
    suggested_categories: tuple[SuggestedCategory, ...]
    """From the words of the description and the place, best first, when no category is named or what is named cannot be
    filed: a person confirms."""
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
    """Whether intake can reach the reporter; who it is only `…/reporter` reveals."""
    feedback_wanted: bool
    external: External | None
    settlement: Settlement | None
    settlement_approved: bool | None
    missing: tuple[Missing, ...]
    note: str
    note_en: str
    """Why the category cannot be filed here, and what to choose instead; empty where it can."""
    due_at: datetime | None
    """Of what intake owes now."""
    task: Task | None
    returned: SentBackToDesk | None
    """Sent back by a dispatcher: what is wrong, and who had filed it."""
    suggested_host: Suggested | None
    attached_to: UUID | None
    joined: int
    """Reports attached to this case."""
    links: tuple[Link, ...]
    not_filed: str | None
    outcome: str


class ReporterView(View):
    """A report as its reporter sees it with the token: what was told, and what the reporter may still do.

    How the case stands says `GET /api/tracking/public/{number}`.
    """

    report_id: UUID
    case_number: str
    version: int
    """For `If-Match`."""
    possible: tuple[Literal["add", "withdraw"], ...]
    """What the reporter may do with it now."""
    request_type: RequestType
    category: Named | None
    place: Place | None
    address: str | None
    description: str
    photos: tuple[PhotoView, ...]
    """Those of the report, not those of whoever verified it."""
    occurred_at: datetime
    reported_at: datetime
    feedback_wanted: bool


class QueueItem(View):
    """A case that waits for the desk, and for what."""

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
    """Grid lead before whom it was put because it is late."""
    case: CaseView


def view(case: Case[IntakeCase], caller: Caller) -> CaseView:
    """A case inside a transaction, as the caller sees it."""
    return view_of(case.id, case.state, case.sequence, Viewer(caller, case.now, case.district))


def view_of(case_id: UUID, state: IntakeCase, version: int, sight: Viewer) -> CaseView:
    """A case as it was read."""
    report, district = state.received_report, sight.district
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
        possible=possible_actions(state, sight),
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
        suggested_host=_suggested(state),
        attached_to=state.attached_to,
        joined=len(state.joined),
        links=tuple(state.links),
        not_filed=state.not_filed,
        outcome=state.outcome,
    )


def reporter_view(case_id: UUID, state: IntakeCase, version: int, sight: Viewer) -> ReporterView:
    """Return the report as its reporter sees it. A confidential one shows nothing of what was told."""
    report, district = state.received_report, sight.district
    adding: tuple[Literal["add"], ...] = ("add",) if state.open and not report.confidential else ()
    withdrawing: tuple[Literal["withdraw"], ...] = ("withdraw",) if "withdraw" in possible_actions(state, sight) else ()
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
    """What a confidential matter is the desk knows until it has filed it, and its competent unit from then on."""
    waits = state.status in ("reported", "awaiting_filing")
    return state.received_report.confidential and category is not None and category.confidential and not waits


def _named(state: IntakeCase, category: Category) -> Named:
    if _is_category_hidden(state, category):
        return Named(id=category.public_id, name=category.public_name, name_en=category.public_name_en)
    return Named(id=category.id, name=category.name, name_en=category.name_en)


def suggest_categories(
    text: str, place: Place | None, component_id: str | None, district: District
) -> tuple[SuggestedCategory, ...]:  # fmt: skip
    """The categories that words and place speak for, best first."""
    found = (each for each in SUGGESTERS.of(district).suggest(text, place, component_id))
    return tuple(
        SuggestedCategory(
            id=each.category.id, name=each.category.name, name_en=each.category.name_en, words=each.words,
            fileable=bool(district.conditions_of(each.category.id)),
        )
        for each in found
    )  # fmt: skip


def _suggested(state: IntakeCase) -> Suggested | None:
    if state.suggested_host is None:
        return None
    return Suggested(case_id=state.suggested_host, case_number=state.suggested_host_number)
