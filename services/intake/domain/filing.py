"""Filing 立案, and the decisions that end a case in another way: not to file it, to void it, to withdraw it.

Filing fixes category and filing condition. Only a filed case can be dispatched.
"""

from __future__ import annotations

from contracts.common import Actor, Photo, Place
from contracts.events.acceptance import (
    CaseCorrected,
    CaseFiled,
    CaseNotFiled,
    CaseVoided,
    CaseWithdrawn,
    FilingAwaited,
    NotFiledReason,
)
from contracts.grid_codes import community_of
from contracts.registry import FilingCondition
from services.chassis.cases import Case
from services.chassis.problems import Problem
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain import deadlines, required_photos
from services.intake.domain.case import IntakeCase, Missing, end_case, require_possible
from services.intake.domain.components import require_matching_component
from services.intake.domain.confidential import is_community_only, public_condition, public_place
from services.intake.domain.problems import (
    CategoryWithoutCondition,
    ComponentNotMatter,
    ConditionUnknown,
    OnlyBeforeFiling,
    PlaceMissing,
)
from services.intake.domain.receiving import hide_confidential


def condition_of(category_id: str, condition_id: str | None, district: RegistrySnapshot) -> FilingCondition:
    """Return the filing condition with this id, or the only condition of the category if no id is given.

    Raises `ConditionUnknown`, and the problem that `why_unfileable` returns.
    """
    if (refusal := why_unfileable(category_id, district)) is not None:
        raise refusal
    known = district.conditions_of(category_id)
    if condition_id is None and len(known) == 1:
        return known[0]
    for condition in known:
        if condition.id == condition_id:
            return condition
    raise ConditionUnknown(
        condition_id=condition_id, category_id=category_id, possible=", ".join(each.id for each in known) or "–"
    )


def why_unfileable(category_id: str | None, district: RegistrySnapshot) -> Problem | None:
    """Return the problem that says why this category cannot be filed here, and what to choose instead.

    Return `None` if the category can be filed or is unknown. The catalogue holds all categories of the national
    standard, including those without a filing condition in this district.
    """
    category = district.categories.get(category_id or "")
    if category is None or district.conditions_of(category.id):
        return None
    matter = district.categories.get(f"{category.standard}/matter/{category.code}")
    if category.kind == "component" and matter is not None:
        return ComponentNotMatter(
            category_id=category.id,
            name=category.name,
            name_en=category.name_en,
            matter_id=matter.id,
            matter=matter.name,
            matter_en=matter.name_en,
        )
    return CategoryWithoutCondition(category_id=category.id, name=category.name, name_en=category.name_en)


def file(
    case: Case[IntakeCase],
    condition: FilingCondition,
    filed_by: Actor,
    *,
    joint: bool = False,
    handler_officer_id: str | None = None,
) -> None:
    """File the case under this condition. Raises `PlaceMissing`.

    The calling function has checked that filing is allowed. `joint` files the case for a joint team.
    `handler_officer_id` is the officer whose settlement on the spot failed its recheck. Both values stay with the case
    when the case is sent back and filed again.
    """
    state = case.state
    state.handler_officer_id, state.joint = handler_officer_id or state.handler_officer_id, joint or state.joint
    case.emit(_filed_event(case, condition, filed_by))
    directly = state.status == "reported" and state.is_from_upstream
    state.may_return_upstream = directly and case.district.settings.return_filed_upstream
    state.status, state.ended_at, state.outcome = "filed", None, ""
    state.filed_by, state.filed_at, state.sent_back_to_desk = filed_by, state.filed_at or case.now, None
    state.task, state.missing, state.due_at = None, (), None


def correct(
    case: Case[IntakeCase],
    condition: FilingCondition,
    place: Place | None,
    component_id: str | None,
    note: str,
    corrected_by: Actor,
    *,
    moved: bool = False,
) -> None:
    """Correct category, condition, place or component of a filed case 更正.

    A correction without a change does nothing. `moved` says whether the encrypted place or component of a confidential
    case changes. Raises `ComponentContradicts`, `NotPossibleNow`, and `OnlyBeforeFiling` if the correction would make
    the case confidential or public.
    """
    state, secret = case.state, case.district.categories[condition.category].confidential
    require_matching_component(condition.category, component_id, case.district)
    place, component_id = public_place(place, secret) or state.place, None if secret else component_id
    now = (condition.category, condition.id, place, component_id)
    if (state.category_id, state.condition_id, state.place, state.component_id) == now and not moved:
        return
    require_possible(case, "correct")
    if secret != _is_filed_as_confidential(state, case.district):
        raise OnlyBeforeFiling
    assert state.filed_by is not None
    state.place, state.component_id = place, component_id
    note = state.public_text(note)
    filed = dict(_filed_event(case, condition, state.filed_by))
    case.emit(CaseCorrected.model_validate({**filed, "note": note, "corrected_by": corrected_by}))


def _is_filed_as_confidential(state: IntakeCase, district: RegistrySnapshot) -> bool:
    """Return whether the case is filed as confidential.

    The report must have been confidential when it was accepted, and the category must still be confidential: the desk
    may have filed such a report under an ordinary category.
    """
    category = district.categories.get(state.category_id or "")
    return state.received_report.confidential and (category is None or category.confidential)


def _filed_event(case: Case[IntakeCase], condition: FilingCondition, filed_by: Actor) -> CaseFiled:
    """Apply the condition to the state, and return the event `CaseFiled`. Raises `PlaceMissing`."""
    state, district = case.state, case.district
    category = district.categories[condition.category]
    if category.confidential:
        hide_confidential(state)
    report, place, parent = state.received_report, state.place, state.parent()
    if place is None or (is_community_only(place) and not category.confidential):
        raise PlaceMissing
    state.category_id, state.condition_id = category.id, condition.id
    due = deadlines.case_deadline(report, condition, district)
    published = public_condition(condition, category)
    return CaseFiled(
        case_number=report.case_number,
        report_id=report.report_id,
        channel=report.channel,
        request_type=report.request_type,
        category_id=category.public_id,
        category_name=category.public_name,
        category_name_en=category.public_name_en,
        condition_id=published.id,
        condition_text=published.text,
        condition_text_en=published.text_en,
        closing_condition=published.closing_condition,
        closing_condition_en=published.closing_condition_en,
        milestones=published.milestones,
        verify_mode=condition.verify_mode,
        recheck_mode=condition.recheck_mode,
        evidence=condition.evidence,
        severity=condition.severity,
        emergency=state.urgent or district.is_emergency(category.id, condition.severity),
        confidential=category.confidential,
        category_pseudonym=case.pseudonyms.pseudonym_of(case.id, category.id) if category.confidential else None,
        place=place,
        community=community_of(place.grid_code),
        centre_id=district.centre_for(place.grid_code).id,
        component_id=state.component_id,
        description=report.description,
        photos=_evidence(state),
        reported_at=report.reported_at,
        reporter_officer_id=report.reported_by.officer_id,
        filed_by=filed_by,
        handler_officer_id=state.handler_officer_id,
        case_due_at=due.due_at,
        provisional=due.provisional,
        external=report.external,
        discoverable_on_patrol=condition.discoverable_on_patrol,
        parent_case_id=parent.case_id if parent else None,
        possible_duplicate_of=state.possible_duplicate_of,
        joint=state.joint,
        mode=None if report.mode == "actual" else report.mode,
    )


def await_filing(case: Case[IntakeCase], *, decision: bool = False, photo: bool = True) -> None:
    """Put the case into the desk's queue with a list of what is missing.

    `decision` adds a person's decision to the list. `photo` says whether a missing photo belongs on the list. The
    desk's limit runs only once: a case that waits already keeps its deadline, and after a verification only the unused
    part of the limit runs.
    """
    state = case.state
    missing = list(missing_for_filing(case, photo=photo))
    if "decision" not in missing and (decision or not missing or state.possible_duplicate_of is not None):
        missing.append("decision")
    waits_until = state.due_at if state.status == "awaiting_filing" else None
    due_at = waits_until or deadlines.filing_deadline(case.now, case.district, state.filing_time_left)
    case.emit(FilingAwaited(missing=tuple(missing), possible_duplicate_of=state.possible_duplicate_of, due_at=due_at))
    state.status, state.task, state.missing, state.due_at = "awaiting_filing", None, tuple(missing), due_at
    state.filing_time_left = None


def missing_for_filing(case: Case[IntakeCase], *, photo: bool) -> tuple[Missing, ...]:
    """Return what is missing for filing. A condition that is no longer in force counts as missing.

    `photo` says whether a missing photo counts. If a new release has made the category confidential, a person's
    decision is missing: a person must file the case, so that its texts are encrypted.
    """
    state = case.state
    missing: list[Missing] = []
    if state.category_id not in case.district.categories:
        missing.append("category")
    if state.condition_id not in case.district.conditions:
        missing.append("condition")
    photos = (*state.received_report.photos, *state.verified_photos)
    if photo and (
        not photos or required_photos.missing_roles(case.district.conditions.get(state.condition_id or ""), photos)
    ):
        missing.append("photo")
    if state.place is None:
        missing.append("place")
    if case.district.contradicts(state.category_id, state.component_id):
        missing.append("component")
    if case.district.is_confidential(state.category_id) and not state.received_report.confidential:
        missing.append("decision")
    return tuple(missing)


def not_file(case: Case[IntakeCase], reason: NotFiledReason, note: str, decided_by: Actor) -> None:
    """Decide not to file 不予立案, with the reason that the reporter receives. A repeated call changes nothing."""
    if case.state.not_filed == reason:
        return
    require_possible(case, "not_file")
    record_not_filed(case, reason, note, decided_by)


def record_not_filed(case: Case[IntakeCase], reason: NotFiledReason, note: str, decided_by: Actor) -> None:
    """Record the decision not to file, without checking whether a person may decide that."""
    case.emit(CaseNotFiled(reason=reason, note=case.state.public_text(note), decided_by=decided_by))
    case.state.not_filed = reason
    end_case(case, "not_filed", case.now)


def void(case: Case[IntakeCase], note: str, decided_by: Actor) -> None:
    """Void a case that was filed by mistake 作废. A repeated call changes nothing."""
    if case.state.status == "voided":
        return
    require_possible(case, "void")
    record_voided(case, note, decided_by)


def record_voided(case: Case[IntakeCase], note: str, decided_by: Actor) -> None:
    """Record the voiding, without checking whether a person may do it."""
    case.emit(CaseVoided(note=case.state.public_text(note), decided_by=decided_by))
    end_case(case, "voided", case.now)


def withdraw(case: Case[IntakeCase], note: str, withdrawn_by: Actor) -> None:
    """Withdraw the report before filing, at the reporter's wish. A repeated call changes nothing."""
    if case.state.status == "withdrawn":
        return
    require_possible(case, "withdraw")
    case.emit(CaseWithdrawn(note=case.state.public_text(note), withdrawn_by=withdrawn_by))
    end_case(case, "withdrawn", case.now)


def _evidence(state: IntakeCase) -> tuple[Photo, ...]:
    found = {photo.sha256: photo for photo in (*state.received_report.photos, *state.verified_photos)}
    return tuple(found.values())
