"""Changes of the summary by events of acceptance 受理."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import acceptance as events
from services.tracking.domain.steps.place_and_category import set_category, set_place
from services.tracking.domain.summary import Summary


def on_verification_given(
    case: Summary, event: events.VerificationRequested | events.VerificationAssigned, _: Envelope
) -> None:
    """Add the officer of a verification 核实 as a participant, who may see the case from now on."""
    case.add_participant("officer", event.officer_id)


def on_verification_recorded(case: Summary, event: events.VerificationRecorded, _: Envelope) -> None:
    """Add the officer as a participant, and set the place that the officer found."""
    case.add_participant("officer", event.officer_id)
    set_place(case, event.place)


def on_case_filed(case: Summary, event: events.CaseFiled, _: Envelope) -> None:
    """Set category, place, severity, promised deadline and the other values of the filing."""
    set_category(case, event.category_id, event.category_name, event.category_name_en)
    set_place(case, event.place)
    case.community, case.centre_id = event.community, event.centre_id
    case.severity = event.severity
    case.description = event.description or case.description
    case.external_number = (event.external.number if event.external else None) or case.external_number
    case.case_due_at, case.case_due_provisional = event.case_due_at, event.provisional


def on_report_joined(case: Summary, event: events.ReportJoined, _: Envelope) -> None:
    """Add a further report of the same problem."""
    if event.report_id not in case.reports:
        case.reports.append(event.report_id)


def on_report_left(case: Summary, event: events.ReportLeft, _: Envelope) -> None:
    """Remove a report that is no longer attached to this case."""
    case.reports = [each for each in case.reports if each != event.report_id]


STEPS = {
    events.VerificationRequested: on_verification_given,
    events.VerificationAssigned: on_verification_given,
    events.VerificationRecorded: on_verification_recorded,
    events.CaseFiled: on_case_filed,
    events.CaseCorrected: on_case_filed,
    events.ReportJoined: on_report_joined,
    events.ReportLeft: on_report_left,
}
