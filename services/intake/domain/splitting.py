"""Splitting 拆分 of a report that describes two problems, and its undoing: a part becomes a case of its own.

The part has the reporter and the times of the original report, so the clocks of the part start at those times. The part
goes through triage like any report, but is never compared with the case that it was split from.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from contracts.common import Actor, Photo, Place
from contracts.events.acceptance import CaseSplit
from contracts.registry import Category
from services.chassis.cases import Case
from services.chassis.problems import PhotosMissing
from services.intake.domain import attachments
from services.intake.domain.case import IntakeCase, IntakeCases, require_possible
from services.intake.domain.components import require_matching_component
from services.intake.domain.problems import NotForConfidential
from services.intake.domain.receiving import ReportIds, case_number


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a report that becomes a case of its own."""

    description: str
    note: str
    """Why the part is a separate problem."""
    category: Category | None = None
    condition_id: str | None = None
    place: Place | None = None
    """Place of the part; `None` means the place of the original case."""
    component_id: str | None = None
    """The component of the part; the original case's component is not inherited."""
    photos: tuple[str, ...] = ()
    """Hashes of photos of the original case."""


def split(
    cases: IntakeCases, case: Case[IntakeCase], part: Part, child_id: UUID, identity: ReportIds, by: Actor
) -> None:
    """Make the part a case of its own.

    Raises `NotPossibleNow`, `PhotosMissing`, `ComponentContradicts`, and `NotForConfidential` for a confidential case.
    """
    require_possible(case, "split")
    state, child = case.state, cases[child_id]
    if state.received_report.confidential or (part.category is not None and part.category.confidential):
        raise NotForConfidential
    if part.category is not None:
        require_matching_component(part.category.id, part.component_id, case.district)
    number = case_number(case.district, case.now, identity.serial)
    place, category = part.place or state.place, part.category
    report = state.received_report.model_copy(
        update={
            "report_id": child.id,
            "case_number": number,
            "split_from": case.id,
            "description": part.description,
            "photos": _photos(state, part.photos),
            "place": place,
            "address": None if place else state.received_report.address,
            "category_id": category.id if category else None,
            "category_name": category.name if category else None,
            "category_name_en": category.name_en if category else None,
            "place_doubt": None,
            "external": None,
            "settlement": None,
            "reporter_ref": identity.reporter_ref,
            "emergency": category is not None and category.emergency,
        }
    )
    child.state.status, child.state.report, child.state.place = "reported", report, place
    child.state.category_id, child.state.condition_id = report.category_id, part.condition_id
    child.state.component_id = part.component_id
    child.state.call_id, child.state.split_from = state.call_id, case.id
    child.emit(report)
    case.emit(
        CaseSplit(child_case_id=child.id, child_case_number=number, note=case.state.public_text(part.note), split_by=by)
    )
    attachments.link(cases, case, "child", child.id)


def undo_split(cases: IntakeCases, case: Case[IntakeCase], note: str, by: Actor) -> None:
    """Undo a split: attach the part to the case that it was split from. A repeated call changes nothing.

    Raises `NotPossibleNow`, `HostUnsuitable` and `MoreCasesNeeded`.
    """
    origin = case.state.split_from
    if origin is not None and case.state.attached_to == origin:
        return
    require_possible(case, "unsplit")
    assert origin is not None
    attachments.attach(cases, case, origin, "split_undone", by, note)


def _photos(state: IntakeCase, wanted: tuple[str, ...]) -> tuple[Photo, ...]:
    known = {photo.sha256: photo for photo in (*state.received_report.photos, *state.verified_photos)}
    if missing := [each for each in wanted if each not in known]:
        raise PhotosMissing(missing=missing)
    return tuple(known[each] for each in dict.fromkeys(wanted))
