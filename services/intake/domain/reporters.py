"""Additions by reporters to their reports, and records of contact with reporters."""

from __future__ import annotations

from contracts.common import Actor, Photo
from contracts.events.acceptance.reporters import ContactMeans, InformationAdded, ReporterContacted
from services.chassis.auth import Caller
from services.chassis.cases import Case, MoreCasesNeeded
from services.chassis.problems import NotPossibleNow
from services.intake.domain.case import IntakeCase, IntakeCases, is_in_area
from services.intake.domain.problems import CaseUnknown, ConfidentialNotAmended, NoReporter
from services.intake.domain.receiving import DESK_ROLES


def add_information(
    cases: IntakeCases, case: Case[IntakeCase], text: str, photos: tuple[Photo, ...], by: Actor
) -> None:
    """Add text and photos to a report and, if the report is attached to another case, also to that case.

    Raises `MoreCasesNeeded`, `NotPossibleNow` if the case has ended, and `ConfidentialNotAmended` for a confidential
    case.
    """
    state = case.state
    if state.received_report.confidential:
        raise ConfidentialNotAmended
    host_id = state.attached_to
    if host_id is not None and host_id not in cases:
        raise MoreCasesNeeded({host_id})
    recipient = cases[host_id] if host_id is not None else case
    if not recipient.state.open:
        raise NotPossibleNow(state.status, state.possible)
    added = InformationAdded(report_id=state.received_report.report_id, text=text, photos=photos, added_by=by)
    for each in dict.fromkeys((case.id, recipient.id)):
        cases[each].emit(added)


def record_contact(case: Case[IntakeCase], means: ContactMeans, reached: bool, note: str, by: Actor) -> None:
    """Record an attempt to contact the reporter. Raises `NoReporter` if no contact is stored."""
    if case.state.received_report.reporter_ref is None:
        raise NoReporter
    public_note, report_id = case.state.public_text(note), case.state.received_report.report_id
    case.emit(ReporterContacted(report_id=report_id, means=means, reached=reached, note=public_note, contacted_by=by))


def require_contact_access(case: Case[IntakeCase], caller: Caller) -> None:
    """Raise `CaseUnknown` unless the caller may contact the reporter.

    The desk may contact the reporters of the cases in its area. A unit may contact the reporters of the cases that the
    unit or one of its mobile teams handles.
    """
    state = case.state
    if caller.unit_id is not None:
        allowed = not caller.unit_and_team_ids(case.district).isdisjoint(state.units)
    else:
        allowed = caller.has(*DESK_ROLES) and is_in_area(state, caller)
    if state.report is None or not allowed:
        raise CaseUnknown(case=str(case.id))


def is_sender_or_desk(state: IntakeCase, caller: Caller) -> bool:
    """Return whether the caller sent the report, follows it with a token, or works at a desk for the area of the case.

    Such a caller may read the report, add to it and withdraw it.
    """
    report = state.received_report
    sent_it = caller.kind != "resident" and (report.reported_by.kind, report.reported_by.id) == (caller.kind, caller.id)
    follows_it = caller.kind == "resident" and caller.report_id == str(report.report_id)
    at_desk = caller.has(*DESK_ROLES) and is_in_area(state, caller)
    return sent_it or follows_it or at_desk


def require_sender_or_desk(case: Case[IntakeCase], caller: Caller) -> None:
    """Raise `CaseUnknown` unless the caller sent the report or works at the desk; see `is_sender_or_desk`."""
    if case.state.report is None or not is_sender_or_desk(case.state, caller):
        raise CaseUnknown(case=str(case.id))
