"""Notices: requests to the SMS or 企业微信 gateway of the city to notify somebody (`notice.requested`).

Gridloop stores no phone numbers of staff. The notice names a unit, an officer, or a role at a centre, and the gateway
knows their phone numbers. For a reporter the notice names the report, and the gateway asks intake for the phone
number. Reporters of tips and of confidential cases are never notified, because a message on their phone would reveal
the report.
"""

from __future__ import annotations

from uuid import UUID

from contracts.events import acceptance, discovery, evaluation, supervision
from contracts.events.acceptance import storms
from contracts.webhooks import NoticeRequested, NoticeRequestedData, NoticeTemplate
from services.chassis.identifiers import derive_id
from services.dispatch.domain.dispatches.state import DispatchedCase, ReporterReference, add_message
from services.dispatch.domain.dispatches.webhook_fields import recipient_of

RECIPIENT = "gateway"
"""Recipient id that stands for the SMS gateway in messages and endpoints. No unit has this id."""

_MISSED_CALLS = frozenset({"no_answer", "busy"})


def record_report(case: DispatchedCase, event: discovery.ReportReceived) -> None:
    """Store case number, area and reporter for later notices. The reporter of a tip is not stored."""
    case.state.case_number = event.case_number
    case.state.area = event.place.grid_code if event.place is not None else ""
    if event.reporter_ref is not None and event.request_type != "tip" and not event.confidential:
        case.state.reporters = [ReporterReference(report_id=event.report_id, case_number=event.case_number)]


def record_filing(case: DispatchedCase, event: acceptance.CaseFiled) -> None:
    """Store the area of a filed 立案 or corrected 更正 case. If the case is confidential, forget its reporters."""
    case.state.area = event.place.grid_code
    if event.confidential:
        case.state.reporters = []


def add_reporter(case: DispatchedCase, event: acceptance.ReportJoined) -> None:
    """Notify the reporter of an attached report from now on."""
    if event.reporter_ref is not None:
        reporter = ReporterReference(report_id=event.report_id, case_number=event.attached_case_number)
        case.state.reporters = [*case.state.reporters, reporter]


def remove_reporter(case: DispatchedCase, event: acceptance.ReportLeft) -> None:
    """Stop notifying the reporter of a report that was detached."""
    case.state.reporters = [each for each in case.state.reporters if each.report_id != event.report_id]


def notify_reporters(case: DispatchedCase, template: NoticeTemplate) -> None:
    """Notify everybody who reported the case."""
    for reporter in case.state.reporters:
        _notify_reporter(case, reporter, template)


def notify_feedback_request(case: DispatchedCase, event: evaluation.FeedbackRequested) -> None:
    """Ask one reporter for feedback 请评价."""
    _notify_reporter_of(case, event.report_id, "feedback_asked")


def notify_reply(case: DispatchedCase, event: storms.ReplyGiven) -> None:
    """Notify a reporter that a reply to the report was given, such as the reply to all reports of a storm 灾情归并.

    The notice names the case number that is on the receipt of the reporter.
    """
    _notify_reporter_of(case, event.report_id, "reply_given")


def notify_missed_call(case: DispatchedCase, event: evaluation.CallBackTried) -> None:
    """Notify a reporter who did not answer a call-back 回访, or whose line was busy."""
    if event.result in _MISSED_CALLS:
        _notify_reporter_of(case, event.report_id, "call_back_missed")


def notify_unit(case: DispatchedCase, unit_id: str, template: NoticeTemplate) -> None:
    """Notify a unit. The gateway knows which people of the unit to notify.

    A team is notified through the unit that receives the dispatches of the team.
    """
    _request_notice(case, f"unit:{recipient_of(unit_id, case.district)}", template)


def notify_overdue(case: DispatchedCase, event: supervision.OverdueNotified) -> None:
    """Send an overdue notice 超期告知 to a late unit, officer, or role at a centre."""
    if event.unit_id is not None:
        notify_unit(case, event.unit_id, "overdue")
    elif event.officer_id is not None:
        _notify_officer(case, event.officer_id, "overdue")
    elif event.role is not None:
        _notify_desk(case, event.role, "overdue", event.centre_id)


def notify_supervision_order(case: DispatchedCase, event: supervision.SupervisionOrderIssued) -> None:
    """Notify the receiver of a supervision order 督办: an officer, or a role at a centre."""
    if event.officer_id is not None:
        _notify_officer(case, event.officer_id, "supervision_order_issued")
    elif event.role is not None:
        _notify_desk(case, event.role, "supervision_order_issued", event.centre_id)


def notify_attention_needed(case: DispatchedCase, event: supervision.AttentionNeeded) -> None:
    """Notify the role at a centre that must react. If the director did not react, notify the leader of the county."""
    if event.reason == "director_silent":
        _request_notice(case, f"leader:{case.district.settings.id}", "attention_needed")
    else:
        _notify_desk(case, event.queue, "attention_needed")


def notify_task_assigned(
    case: DispatchedCase,
    event: (
        acceptance.VerificationRequested
        | acceptance.VerificationAssigned
        | supervision.RecheckRequested
        | supervision.RecheckAssigned
    ),
) -> None:
    """Notify an officer of a new task."""
    _notify_officer(case, event.officer_id, "task_assigned")


def notify_task_escalated(case: DispatchedCase, event: supervision.TaskEscalated) -> None:
    """Notify the head of a grid 网格长 to whom a late task was escalated."""
    _notify_officer(case, event.officer_id, "task_escalated")


def _notify_officer(case: DispatchedCase, officer_id: str | None, template: NoticeTemplate) -> None:
    if officer_id is not None:
        _request_notice(case, f"officer:{officer_id}", template)


def _notify_desk(case: DispatchedCase, role: str, template: NoticeTemplate, centre_id: str | None = None) -> None:
    """Notify a role at a centre, such as its dispatchers.

    `centre_id`: the centre; by default the responsible centre, or the centre of the county if the place is unknown.
    """
    try:
        centre = centre_id or case.district.centre_for(case.state.area).id
    except LookupError:
        centre = case.district.settings.id
    _request_notice(case, f"{role}:{centre}", template)


def _notify_reporter_of(case: DispatchedCase, report_id: UUID, template: NoticeTemplate) -> None:
    for reporter in case.state.reporters:
        if reporter.report_id == report_id:
            _notify_reporter(case, reporter, template)


def _notify_reporter(case: DispatchedCase, reporter: ReporterReference, template: NoticeTemplate) -> None:
    contact_url = f"/api/intake/reports/{reporter.report_id}/reporter"
    _request_notice(case, f"reporter:{reporter.report_id}", template, reporter.case_number, contact_url)


def _request_notice(
    case: DispatchedCase, recipient_ref: str, template: NoticeTemplate, number: str = "", contact_url: str | None = None
) -> None:
    """Queue a notice. Notices about one case to one recipient are delivered in order."""
    data = NoticeRequestedData(
        recipient_ref=recipient_ref,
        template=template,
        case_number=number or case.state.case_number,
        mode=case.state.mode,
        contact_url=contact_url,
    )
    webhook = NoticeRequested(timestamp=case.now, data=data)
    about = derive_id(case.id, recipient_ref)
    add_message(case, webhook, key=f"{template}:{recipient_ref}", about=about, recipient=RECIPIENT)
