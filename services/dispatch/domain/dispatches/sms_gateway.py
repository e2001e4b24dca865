"""Whom the city's SMS or 企业微信 gateway is asked to wake or to tell, and of what: `notice.requested`.

We keep no numbers of staff: the gateway knows who is behind a unit, an officer or a desk. A reporter is named by the
report; intake alone knows whose it is and tells the gateway's key. Of tips and confidential matters no reporter is told
anything: a message on somebody's telephone would say that there was one.
"""

from __future__ import annotations

from uuid import UUID

from contracts.events import acceptance, discovery, evaluation, supervision
from contracts.events.acceptance import storms
from contracts.webhooks import NoticeRequested, NoticeRequestedData, NoticeTemplate
from services.chassis.identifiers import derived
from services.dispatch.domain.dispatches.state import DispatchedCase, OutgoingMessage, ReporterReference
from services.dispatch.domain.dispatches.webhook_fields import recipient_of

RECIPIENT = "gateway"
"""Whose endpoints get it: no unit of the district has this id."""

_MISSED_CALLS = frozenset({"no_answer", "busy"})


def record_report(case: DispatchedCase, event: discovery.ReportReceived) -> None:
    """From now on somebody may have to be told something."""
    case.state.case_number = event.case_number
    case.state.area = event.place.grid_code if event.place is not None else ""
    if event.reporter_ref is not None and event.request_type != "tip" and not event.confidential:
        case.state.reporters = [ReporterReference(report_id=event.report_id, case_number=event.case_number)]


def record_filing(case: DispatchedCase, event: acceptance.CaseFiled) -> None:
    """立案, or 更正. What turns out to be confidential is told to no reporter from now on."""
    case.state.area = event.place.grid_code
    if event.confidential:
        case.state.reporters = []


def add_reporter(case: DispatchedCase, event: acceptance.ReportJoined) -> None:
    """Another reporter, who hears the result like the first."""
    if event.reporter_ref is not None:
        reporter = ReporterReference(report_id=event.report_id, case_number=event.attached_case_number)
        case.state.reporters = [*case.state.reporters, reporter]


def remove_reporter(case: DispatchedCase, event: acceptance.ReportLeft) -> None:
    """It goes its own way again."""
    case.state.reporters = [each for each in case.state.reporters if each.report_id != event.report_id]


def notify_reporters(case: DispatchedCase, template: NoticeTemplate) -> None:
    """Everybody who reported it."""
    for reporter in case.state.reporters:
        _notify_reporter(case, reporter, template)


def notify_feedback_request(case: DispatchedCase, event: evaluation.FeedbackRequested) -> None:
    """请评价: one reporter is asked whether it is solved."""
    _notify_reporter_of(case, event.report_id, "feedback_asked")


def notify_reply(case: DispatchedCase, event: storms.ReplyGiven) -> None:
    """One reply for everybody who reported the same flood: each hears of it under the number on the own receipt."""
    _notify_reporter_of(case, event.report_id, "reply_given")


def notify_missed_call(case: DispatchedCase, event: evaluation.CallBackTried) -> None:
    """A call that nobody took: who called, and what about."""
    if event.result in _MISSED_CALLS:
        _notify_reporter_of(case, event.report_id, "call_back_missed")


def notify_unit(case: DispatchedCase, unit_id: str, template: NoticeTemplate) -> None:
    """Whoever watches over the unit's orders; of a team that is no unit, over those of the unit that gets them."""
    _request_notice(case, f"unit:{recipient_of(unit_id, case.district)}", template)


def notify_overdue(case: DispatchedCase, event: supervision.OverdueNotified) -> None:
    """超期告知, to whoever is late."""
    if event.unit_id is not None:
        notify_unit(case, event.unit_id, "overdue")
    elif event.officer_id is not None:
        _notify_officer(case, event.officer_id, "overdue")
    elif event.role is not None:
        _notify_desk(case, event.role, "overdue", event.centre_id)


def notify_order(case: DispatchedCase, event: supervision.OrderIssued) -> None:
    """督办, to the officer or the desk that the case waits for."""
    if event.officer_id is not None:
        _notify_officer(case, event.officer_id, "order_issued")
    elif event.role is not None:
        _notify_desk(case, event.role, "order_issued", event.centre_id)


def notify_attention_needed(case: DispatchedCase, event: supervision.AttentionNeeded) -> None:
    """A person at the centre must look. The director was silent: it is the county leader's."""
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
    """An officer has something to look at in the street."""
    _notify_officer(case, event.officer_id, "task_assigned")


def notify_task_escalated(case: DispatchedCase, event: supervision.TaskEscalated) -> None:
    """The grid lead sees to a late task; that it has reached the centre is said by `attention_needed`."""
    _notify_officer(case, event.officer_id, "task_escalated")


def _notify_officer(case: DispatchedCase, officer_id: str | None, template: NoticeTemplate) -> None:
    if officer_id is not None:
        _request_notice(case, f"officer:{officer_id}", template)


def _notify_desk(case: DispatchedCase, role: str, template: NoticeTemplate, centre_id: str | None = None) -> None:
    """At the centre that is named, else the responsible one; where the place is not known, or nobody's, at the county's."""
    try:
        where = centre_id or case.district.centre_for(case.state.area).id
    except LookupError:
        where = case.district.settings.id
    _request_notice(case, f"{role}:{where}", template)


def _notify_reporter_of(case: DispatchedCase, report_id: UUID, template: NoticeTemplate) -> None:
    for reporter in case.state.reporters:
        if reporter.report_id == report_id:
            _notify_reporter(case, reporter, template)


def _notify_reporter(case: DispatchedCase, reporter: ReporterReference, template: NoticeTemplate) -> None:
    contact_at = f"/api/intake/reports/{reporter.report_id}/reporter"
    _request_notice(case, f"reporter:{reporter.report_id}", template, reporter.case_number, contact_at)


def _request_notice(
    case: DispatchedCase, recipient_ref: str, template: NoticeTemplate, number: str = "", contact_at: str | None = None
) -> None:
    """What one recipient is told of a case comes in turn; what others are told does not wait for it."""
    data = NoticeRequestedData(
        recipient_ref=recipient_ref,
        template=template,
        case_number=number or case.state.case_number,
        mode=case.state.mode,
        contact_at=contact_at,
    )
    case.state.messages.append(
        OutgoingMessage(
            id=case.derive_id(f"{NoticeRequested.TYPE}:{template}:{recipient_ref}"),
            about=derived(case.id, recipient_ref),
            recipient=RECIPIENT,
            webhook=NoticeRequested(timestamp=case.now, data=data),
            mode=case.state.mode,
        )
    )
