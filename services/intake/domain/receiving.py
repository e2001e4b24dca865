"""Acceptance of a report: its checks, and the first event of its case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts.common import Place
from contracts.events.discovery import ReportReceived, Settlement
from contracts.grid_codes import communities_of
from contracts.masking import mask_phone
from contracts.registry import Category, Officer
from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain import deadlines, required_photos
from services.intake.domain.case import IntakeCase, NamedLink
from services.intake.domain.components import require_matching_component
from services.intake.domain.confidential import public_place
from services.intake.domain.grids import GridIndex
from services.intake.domain.locating import GivenPlace, Located, locate, place_of_component
from services.intake.domain.problems import (
    CategoryUnknown,
    ChannelNotAllowed,
    ComponentUnknown,
    ConditionUnknown,
    DeskOnly,
    NotSettleable,
    TimeImplausible,
)
from services.intake.domain.submission import Submission

DESK_ROLES = ("intake_clerk", "shift_lead", "hotline")
"""Roles of the people at the desk."""

SETTLING_CHANNELS = frozenset({"grid_terminal", "patrol_team", "lane_lead", "helper"})
"""Channels of officers on the spot, who may solve a problem at once and report it as settled."""

_TOLERANCE = timedelta(minutes=5)
"""How far a time may lie in the future, because the clocks of phones differ."""
_OLDEST_DAYS = 30


@dataclass(frozen=True, slots=True)
class ReportIds:
    """Ids that are generated before the decision, so that the decision itself stays a pure function."""

    serial: int
    reporter_ref: UUID | None = None
    """Id of the stored reporter; `None` if intake stores no reporter for the report."""


@dataclass(frozen=True, slots=True)
class HandoverDetails:
    """What an emergency service's hand-over message says about the case, beyond the fields of a report."""

    urgent: bool = False
    """Whether the emergency service marked the case as urgent."""
    linked: NamedLink | None = None
    """The other case that the message names as linked to this one."""


def receive(
    case: Case[IntakeCase],
    submission: Submission,
    identity: ReportIds,
    caller: Caller,
    index: GridIndex,
    handover: HandoverDetails = HandoverDetails(),
) -> Place | None:
    """Check the report, record it as the first event of its case, and return the exact place if it is known.

    A report and its case have the same id, even if the report is attached to another case later. The exact place is
    returned because the state of a confidential case does not hold it. Raises the problem that a check finds.
    """
    district = case.district
    check_channel(submission, caller)
    category, condition_id = resolve_category(submission.category_id, submission.condition_id, district)
    if submission.component_id is not None and submission.component_id not in district.components:
        raise ComponentUnknown(component_id=submission.component_id)
    for field in ("occurred_at", "captured_at"):
        _check_time(field, getattr(submission, field), case.now)
    settlement = _settlement(submission, condition_id, district)
    _check_photos(submission, district)
    _check_component(submission, category, condition_id, district)
    located = _locate(submission, district, index, case.now)
    if settlement is not None and located.place is None:
        raise NotSettleable(reason="须在本区网格内", reason_en="it must be in a grid of the district")
    confidential = category is not None and category.confidential
    officer = district.officers.get(caller.officer_id or "")
    report = ReportReceived(
        report_id=case.id,
        case_number=case_number(district, case.now, identity.serial),
        channel=submission.channel,
        request_type=submission.request_type,
        category_id=category.public_id if category else None,
        category_name=category.public_name if category else None,
        category_name_en=category.public_name_en if category else None,
        place=public_place(located.place, confidential),
        address=None if located.place or confidential else submission.address,
        place_doubt=located.doubt,
        description="" if confidential else submission.description,
        photos=() if confidential else submission.event_photos,
        occurred_at=submission.occurred_at or submission.captured_at or case.now,
        reported_at=min(submission.captured_at or case.now, case.now),
        registered_at=case.now,
        reporter_ref=None if submission.request_type == "tip" else identity.reporter_ref,
        caller_masked=None if confidential else _masked_caller(submission),
        feedback_wanted=submission.reporter.feedback_wanted,
        reported_by=caller.actor(),
        officer_grids=_duty_grids(officer, confidential=confidential),
        external=submission.external,
        settlement=_without_text(settlement) if confidential else settlement,
        confidential=confidential,
        mode=submission.mode,
        emergency=handover.urgent or (category is not None and category.emergency),
    )
    state = case.state
    state.status, state.report = "reported", report
    state.given_location, state.place = submission.location, located.place
    state.category_id, state.condition_id = category.id if category else None, condition_id
    state.component_id, state.frame_confirmed = submission.component_id, submission.frame_confirmed
    state.due_at = deadlines.filing_deadline(case.now, district)
    state.urgent, state.named_link = handover.urgent, handover.linked
    # The other reports of the call would reveal who gave a tip or a confidential report.
    if not confidential and submission.request_type != "tip":
        state.call_id = submission.call_id
    if confidential:
        hide_confidential(state)
    case.emit(report)
    return located.place


def _duty_grids(officer: Officer | None, *, confidential: bool) -> tuple[str, ...]:
    """Return the duty grids of the officer who reports; in a confidential case, only their communities."""
    grids = officer.grids if officer else ()
    return communities_of(grids) if confidential else grids


def check_channel(submission: Submission, caller: Caller) -> None:
    """Raise `ChannelNotAllowed` if the caller may not use the channel.

    Raises `DeskOnly` if the report has a field that only the desk may set.
    """
    if submission.channel not in caller.channels:
        raise ChannelNotAllowed(channel=submission.channel, allowed=", ".join(sorted(caller.channels)) or "–")
    if submission.call_id is not None and submission.channel != "hotline":
        raise DeskOnly(field="call_id")
    if not caller.has(*DESK_ROLES, "leader", "administrator"):
        exercise = submission.mode != "actual" and submission.channel != "emergency"
        for field, wanted in (("frame_confirmed", submission.frame_confirmed), ("mode", exercise)):
            if wanted:
                raise DeskOnly(field=field)


def case_number(district: RegistrySnapshot, now: datetime, serial: int) -> str:
    """Return a case number such as `LJ-20261123-000123`: the district's prefix, the local date and a unique serial."""
    return f"{district.settings.case_prefix}-{now.astimezone(district.zone):%Y%m%d}-{serial:06d}"


def hide_confidential(state: IntakeCase) -> None:
    """Remove text, photos, exact place and component from the state. They are stored encrypted instead."""
    state.report, state.place = (
        _confidential_report(state.received_report),
        public_place(state.place, confidential=True),
    )
    state.given_location, state.component_id, state.verified_photos, state.call_id = None, None, (), None


def _confidential_report(report: ReportReceived) -> ReportReceived:
    """Return the report without its confidential parts."""
    hidden = {
        "confidential": True,
        "description": "",
        "photos": (),
        "address": None,
        "caller_masked": None,
        "settlement": _without_text(report.settlement),
        "officer_grids": communities_of(report.officer_grids),
    }
    if not report.confidential:
        hidden.update(dict.fromkeys(("category_id", "category_name", "category_name_en")))
    return report.model_copy(update={**hidden, "place": public_place(report.place, confidential=True)})


def _without_text(settlement: Settlement | None) -> Settlement | None:
    """Return the settlement without the text of what was done."""
    return settlement and settlement.model_copy(update={"what_was_done": ""})


def _masked_caller(submission: Submission) -> str | None:
    """Return the masked phone number if the handling unit may ask for the full one 联系群众, else `None`."""
    reporter = submission.reporter
    if reporter.phone is None or not may_share_contact(submission):
        return None
    return mask_phone(reporter.phone)


def may_share_contact(submission: Submission) -> bool:
    """Return whether the handling unit may see the reporter's phone number, once."""
    reporter = submission.reporter
    phone = None if reporter.anonymous else reporter.phone
    return reporter.contact_consent and phone is not None and submission.request_type != "tip"


def resolve_category(
    category_id: str | None, condition_id: str | None, district: RegistrySnapshot
) -> tuple[Category | None, str | None]:
    """Return category and filing condition, completed from each other.

    A condition gives its category; a category with only one condition gives that condition. Raises `CategoryUnknown`
    and `ConditionUnknown`.
    """
    if category_id is not None:
        named = district.category_named(category_id)
        if named is None:
            raise CategoryUnknown(category_id=category_id)
        category_id = named.id
    if condition_id is not None:
        condition = district.conditions.get(condition_id)
        if condition is None or category_id not in (None, condition.category):
            known = ", ".join(each.id for each in district.conditions_of(category_id or "")) or "–"
            raise ConditionUnknown(condition_id=condition_id, category_id=category_id, possible=known)
        category_id = condition.category
    if category_id is not None and condition_id is None:
        conditions = district.conditions_of(category_id)
        condition_id = conditions[0].id if len(conditions) == 1 else None
    return (district.categories[category_id] if category_id else None), condition_id


def is_plausible(moment: datetime, now: datetime) -> bool:
    """Return whether the time is neither in the future nor too long ago."""
    return now - timedelta(days=_OLDEST_DAYS) <= moment <= now + _TOLERANCE


def _check_time(field: str, moment: datetime | None, now: datetime) -> None:
    if moment is not None and not is_plausible(moment, now):
        raise TimeImplausible(field=field, days=_OLDEST_DAYS)


def _settlement(submission: Submission, condition_id: str | None, district: RegistrySnapshot) -> Settlement | None:
    form = submission.settlement
    if form is None:
        return None
    condition = district.conditions.get(condition_id or "")
    roles = {photo.role for photo in submission.photos}
    refused = None
    if submission.channel not in SETTLING_CHANNELS:
        refused = ("只有现场人员可以自行处置", "only people on the spot may do this")
    elif condition is None:
        refused = ("请选定立案条件", "name the filing condition")
    elif not condition.settleable:
        refused = ("此立案条件须立案办理", "this filing condition must be filed")
    elif form.outcome == "settled_on_the_spot" and not {"before", "after"} <= roles:
        refused = ("须有处置前、处置后照片", "photos before and after are required")
    if refused:
        raise NotSettleable(reason=refused[0], reason_en=refused[1])
    return Settlement(outcome=form.outcome, what_was_done=form.what_was_done)


def _check_photos(submission: Submission, district: RegistrySnapshot) -> None:
    """Raise `ReportPhotosNeeded` if an officer on the spot names a condition and photos are missing.

    Any other report with missing photos waits at the desk. Emergencies need no photos, and `_settlement` checks the
    photos of a settlement.
    """
    condition = district.conditions.get(submission.condition_id or "")
    if condition is None or not _on_site(submission) or submission.settlement is not None:
        return
    if district.is_emergency(condition.category, condition.severity):
        return
    if missing := required_photos.missing_roles(condition, submission.photos):
        raise required_photos.ReportPhotosNeeded(missing)


def _check_component(
    submission: Submission, category: Category | None, condition_id: str | None, district: RegistrySnapshot
) -> None:
    """Raise `ComponentContradicts` if an officer on the spot names a component that contradicts the category.

    Any other report with such a component waits at the desk. Emergencies are accepted as they are.
    """
    if category is None or not _on_site(submission):
        return
    condition = district.conditions.get(condition_id or "")
    if district.is_emergency(category.id, condition.severity if condition else 4):
        return
    require_matching_component(category.id, submission.component_id, district)


def _on_site(submission: Submission) -> bool:
    """Return whether the reporter is an officer who stands at the place now and can correct the report at once."""
    return submission.channel in ("grid_terminal", "patrol_team") and submission.captured_at is None


def _locate(submission: Submission, district: RegistrySnapshot, index: GridIndex, now: datetime) -> Located:
    """Return the place from the location or the grid code; without both, the place of the component."""
    point = submission.location
    component = district.components.get(submission.component_id or "")
    if point is None and submission.grid_code is None and component is not None:
        return Located(place_of_component(component, submission.address))
    given = GivenPlace.of(point, submission.grid_code, submission.address)
    return locate(given, district, index, now.astimezone(district.zone).date())
