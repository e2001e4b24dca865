"""Changes of the record by events of acceptance 受理."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import acceptance as events
from contracts.events.acceptance import storms
from services.tracking.domain.details.photos import add_photos
from services.tracking.domain.record import Condition, JoinedReport, Record, RelatedCase, TaskRecord


def on_verification_requested(record: Record, event: events.VerificationRequested, _: Envelope) -> None:
    """Add a verification 核实."""
    record.tasks.append(
        TaskRecord(id=event.task_id, kind="verify", mode=event.mode, due_at=event.due_at, officer_id=event.officer_id)
    )


def on_verification_assigned(record: Record, event: events.VerificationAssigned, _: Envelope) -> None:
    """Assign the verification to another officer."""
    task = record.task(event.task_id)
    if task is not None:
        task.officer_id, task.due_at = event.officer_id, event.due_at


def on_verification_passed_on(record: Record, event: events.VerificationPassedOn, _: Envelope) -> None:
    """Remove the officer from the verification, and move the deadline if the event has a new deadline."""
    task = record.task(event.task_id)
    if task is not None:
        task.officer_id, task.due_at = None, event.due_at or task.due_at


def on_verification_recorded(record: Record, event: events.VerificationRecorded, _: Envelope) -> None:
    """Set the result of the verification, and add the photos."""
    task = record.task(event.task_id)
    if task is not None:
        task.status, task.result, task.mode = "done", event.result, event.mode or task.mode
        task.officer_id = event.officer_id or task.officer_id
    add_photos(record, event.photos, "acceptance")


def on_case_filed(record: Record, event: events.CaseFiled, meta: Envelope) -> None:
    """Set the filing condition and the time of filing, and add the photos."""
    record.condition = Condition(
        id=event.condition_id,
        text=event.condition_text,
        text_en=event.condition_text_en,
        closing=event.closing_condition,
        closing_en=event.closing_condition_en,
    )
    record.external = event.external or record.external
    record.filed_at = record.filed_at or meta.time
    add_photos(record, event.photos, "discovery")


def on_case_not_filed(record: Record, event: events.CaseNotFiled, _: Envelope) -> None:
    """Set the reason, which the reporter sees, why the case was not filed."""
    record.not_filed_reason = event.reason


def on_case_answered(record: Record, event: events.CaseAnswered, _: Envelope) -> None:
    """Set the answer to the reporter's inquiry."""
    record.answer, record.answer_en = event.answer, event.answer_en or ""


def on_reply_given(record: Record, event: storms.ReplyGiven, _: Envelope) -> None:
    """Set the answer to the reporter. A later reply replaces an earlier one."""
    record.answer, record.answer_en = event.text, event.text_en


def on_case_attached(record: Record, event: events.CaseAttached, _: Envelope) -> None:
    """Set the case to which this report is attached."""
    record.attached_to = RelatedCase(case_id=event.host_case_id, case_number=event.host_case_number)


def on_case_detached(record: Record, _: events.CaseDetached, __: Envelope) -> None:
    """Clear the case to which this report was attached."""
    record.attached_to = None


def on_report_joined(record: Record, event: events.ReportJoined, _: Envelope) -> None:
    """Add a further report of the same problem."""
    if all(each.report_id != event.report_id for each in record.joined):
        record.joined.append(
            JoinedReport(
                report_id=event.report_id,
                case_id=event.attached_case_id,
                case_number=event.attached_case_number,
                channel=event.channel,
            )
        )


def on_report_left(record: Record, event: events.ReportLeft, _: Envelope) -> None:
    """Remove a report that is no longer attached to this case."""
    record.joined = [each for each in record.joined if each.report_id != event.report_id]


def on_case_linked(record: Record, event: events.CaseLinked, _: Envelope) -> None:
    """Add another case that is linked to this one."""
    relative = RelatedCase(case_id=event.other_case_id, case_number=event.other_case_number, relation=event.relation)
    if relative not in record.relatives:
        record.relatives.append(relative)


DETAILS = {
    events.VerificationRequested: on_verification_requested,
    events.VerificationAssigned: on_verification_assigned,
    events.VerificationPassedOn: on_verification_passed_on,
    events.VerificationRecorded: on_verification_recorded,
    events.CaseFiled: on_case_filed,
    events.CaseCorrected: on_case_filed,
    events.CaseNotFiled: on_case_not_filed,
    events.CaseAnswered: on_case_answered,
    events.CaseAttached: on_case_attached,
    events.CaseDetached: on_case_detached,
    events.ReportJoined: on_report_joined,
    events.ReportLeft: on_report_left,
    events.CaseLinked: on_case_linked,
    storms.ReplyGiven: on_reply_given,
}
