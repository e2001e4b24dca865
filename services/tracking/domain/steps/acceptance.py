"""Stage 2, 受理, in the summary."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import acceptance as events
from services.tracking.domain.steps.place_and_category import set_category, set_place
from services.tracking.domain.summary import Summary


def verification_requested(
    case: Summary, event: events.VerificationRequested | events.VerificationAssigned, _: Envelope
) -> None:
    """An officer has a task 核实."""
    case.add_participant("officer", event.officer_id)


def verification_recorded(case: Summary, event: events.VerificationRecorded, _: Envelope) -> None:
    """The officer may have found it to be somewhere else."""
    case.add_participant("officer", event.officer_id)
    set_place(case, event.place)


def filed(case: Summary, event: events.CaseFiled, _: Envelope) -> None:
    """Category, place and deadline are fixed."""
    set_category(case, event.category_id, event.category_name, event.category_name_en)
    set_place(case, event.place)
    case.community, case.centre_id = event.community, event.centre_id
    case.severity = event.severity
    case.description = event.description or case.description
    case.external_number = (event.external.number if event.external else None) or case.external_number
    case.case_due_at, case.case_due_provisional = event.case_due_at, event.provisional


def joined(case: Summary, event: events.ReportJoined, _: Envelope) -> None:
    """A further report of the same problem."""
    if event.report_id not in case.reports:
        case.reports.append(event.report_id)


def left(case: Summary, event: events.ReportLeft, _: Envelope) -> None:
    """That report was detached again."""
    case.reports = [each for each in case.reports if each != event.report_id]


STEPS = {
    events.VerificationRequested: verification_requested,
    events.VerificationAssigned: verification_requested,
    events.VerificationRecorded: verification_recorded,
    events.CaseFiled: filed,
    events.CaseCorrected: filed,
    events.ReportJoined: joined,
    events.ReportLeft: left,
}
