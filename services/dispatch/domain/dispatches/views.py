"""Dispatches as the API returns them to units and to the staff of a centre."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.case_state import DispatchStatus
from contracts.common import Mode
from contracts.events.command import DispatchRole, HandoverTarget, MilestoneDue
from contracts.events.handling import ReturnReason, WorkOutcome
from contracts.webhooks import WebhookCategory, WebhookCondition, WebhookLinks, WebhookPhoto, WebhookPlace
from services.chassis.auth import Caller
from services.chassis.registry_snapshot import RegistrySnapshot
from services.dispatch.domain.dispatches import access, webhook_fields
from services.dispatch.domain.dispatches.actions import Action, possible_actions
from services.dispatch.domain.dispatches.state import Dispatch, DispatchCase, FiledCase, ReturnRequest

_COPIED_FIELDS = {
    "unit_id",
    "role",
    "round",
    "handover",
    "awaiting_reassignment",
    "sign_due_at",
    "return_until",
    "coordinated",
    "instructions",
    "created_at",
    "signed_at",
    "crew",
    "extension_requested_at",
    "suspension_requested_until",
    "suspended_until",
    "rework_round",
    "outcome",
    "note",
    "completed_at",
}
"""Fields of the dispatch that its view has under the same name."""


class View(BaseModel):
    """Base class of responses. The docstring under a field is the description of the field in OpenAPI."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class MilestoneView(MilestoneDue):
    """A milestone with its deadline and, if it was reached, the time at which it was reached."""

    reached_at: datetime | None = None


class PlaceView(WebhookPlace):
    """A place, with its names from the registry release in force. For a confidential case only the community."""

    community_name: str | None = None
    community_name_en: str | None = None
    grid_name: str | None = None
    grid_name_en: str | None = None


class ReturnView(View):
    """A return that awaits the decision of the dispatcher."""

    reason: ReturnReason
    note: str
    suggested_unit_id: str | None
    suggested_unit_name: str | None = None
    suggested_unit_name_en: str | None = None
    requested_at: datetime


class PartnerView(View):
    """Another dispatch of the same case."""

    dispatch_id: UUID
    unit_id: str
    unit_name: str
    unit_name_en: str
    role: DispatchRole
    status: DispatchStatus


class DispatchView(View):
    """A dispatch in its current state."""

    dispatch_id: UUID
    case_id: UUID
    case_number: str
    unit_id: str
    unit_name: str
    unit_name_en: str
    role: DispatchRole
    round: int
    handover: HandoverTarget | None
    """Terms of a hand-over. Until the emergency service acknowledges it, the centre is responsible for the case."""
    status: DispatchStatus
    awaiting_reassignment: bool
    """待改派: the unit only keeps the place safe until another lead has acknowledged its dispatch."""
    case_ended: bool
    version: int
    """Version of the case; also the ETag. Send it back as `If-Match`."""
    possible: tuple[Action, ...]
    """Actions that the caller may do with the dispatch now."""
    outcomes: tuple[WorkOutcome, ...]
    """Outcomes with which the dispatch may be completed."""
    due_at: datetime
    """Deadline of the first milestone that was not reached; if all were, of the last milestone."""
    sign_due_at: datetime
    return_until: datetime
    case_due_at: datetime
    milestones: tuple[MilestoneView, ...]
    coordinated: bool
    mode: Mode
    category: WebhookCategory
    condition: WebhookCondition
    severity: int
    emergency: bool
    confidential: bool
    place: PlaceView
    description: str
    instructions: str
    photos: tuple[WebhookPhoto, ...]
    """Photos of the report."""
    created_at: datetime
    signed_at: datetime | None
    crew: str | None
    return_request: ReturnView | None
    extension_requested_at: datetime | None
    suspension_requested_until: datetime | None
    suspended_until: datetime | None
    rework_round: int
    outcome: WorkOutcome | None
    note: str
    completed_at: datetime | None
    evidence: tuple[WebhookPhoto, ...]
    """Photos that the unit sent as evidence since the creation of the dispatch or the last rework order."""
    partners: tuple[PartnerView, ...]
    links: WebhookLinks


@dataclass(frozen=True, slots=True)
class ViewContext:
    """What a view depends on besides the case: the caller, the time, the registry release and the public address."""

    caller: Caller
    now: datetime
    district: RegistrySnapshot
    base: str


def dispatch_view(
    case_id: UUID,
    version: int,
    state: DispatchCase,
    dispatch: Dispatch,
    filed_case: FiledCase,
    view_context: ViewContext,
) -> DispatchView:
    """Return the view of a dispatch.

    For a confidential case the view has neither text nor place but the community, whoever the caller is.
    """
    name, name_en = names_of(dispatch.unit_id, view_context.district)
    return_request = dispatch.return_request
    return DispatchView(
        **dispatch.model_dump(include=_COPIED_FIELDS),
        dispatch_id=dispatch.id,
        case_id=case_id,
        status=dispatch.status,
        case_number=filed_case.case_number,
        unit_name=name,
        unit_name_en=name_en,
        case_ended=bool(state.ended),
        version=version,
        possible=tuple(
            each
            for each in possible_actions(state, dispatch, view_context.now, view_context.district.settings)
            if access.may_do(view_context.caller, each, dispatch, filed_case, view_context.district)
        ),
        outcomes=filed_case.outcomes,
        due_at=dispatch.next_due_at,
        case_due_at=state.case_deadline(filed_case),
        milestones=tuple(
            MilestoneView(**each.model_dump(), reached_at=dispatch.reached.get(each.name))
            for each in dispatch.milestones
        ),
        mode=state.mode,
        category=webhook_fields.category(filed_case),
        condition=webhook_fields.condition(filed_case),
        severity=filed_case.severity,
        emergency=filed_case.emergency,
        confidential=filed_case.confidential,
        place=_place_view(filed_case, view_context.district),
        description=webhook_fields.description(filed_case),
        photos=() if filed_case.confidential else webhook_fields.photos(filed_case.photos, view_context.base),
        return_request=_return_view(return_request, view_context.district) if return_request else None,
        evidence=webhook_fields.photos(dispatch.photos, view_context.base),
        partners=tuple(
            _partner_view(each, view_context.district) for each in state.dispatches if each.id != dispatch.id
        ),
        links=webhook_fields.links(case_id, dispatch.id, filed_case, view_context.base),
    )


def _return_view(return_request: ReturnRequest, district: RegistrySnapshot) -> ReturnView:
    name, name_en = (
        names_of(return_request.suggested_unit_id, district) if return_request.suggested_unit_id else (None, None)
    )
    return ReturnView(**return_request.model_dump(), suggested_unit_name=name, suggested_unit_name_en=name_en)


def _place_view(filed_case: FiledCase, district: RegistrySnapshot) -> PlaceView:
    place = webhook_fields.place(filed_case)
    community = district.communities.get(place.community)
    grid = district.grids.get(place.grid_code or "")
    return PlaceView(
        **place.model_dump(),
        community_name=community.name if community else None,
        community_name_en=community.name_en if community else None,
        grid_name=grid.name if grid else None,
        grid_name_en=grid.name_en if grid else None,
    )


def _partner_view(dispatch: Dispatch, district: RegistrySnapshot) -> PartnerView:
    name, name_en = names_of(dispatch.unit_id, district)
    return PartnerView(
        dispatch_id=dispatch.id,
        unit_id=dispatch.unit_id,
        unit_name=name,
        unit_name_en=name_en,
        role=dispatch.role,
        status=dispatch.status,
    )


def names_of(unit_id: str, district: RegistrySnapshot) -> tuple[str, str]:
    """Return the Chinese and the English name of a unit or team; for an unknown one, the id as both names."""
    found = district.units.get(unit_id) or district.teams.get(unit_id)
    return (found.name, found.name_en) if found else (unit_id, unit_id)
