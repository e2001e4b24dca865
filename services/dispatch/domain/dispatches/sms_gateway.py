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
from services.dispatch.domain.dispatches.state import DispatchedCase, Notice, Reporter
from services.dispatch.domain.dispatches.webhook_fields import addressee

RECIPIENT = "gateway"
"""Whose endpoints get it: no unit of the district has this id."""

_MISSED = frozenset({"no_answer", "busy"})


def received(case: DispatchedCase, event: discovery.ReportReceived) -> None:
    """From now on somebody may have to be told something."""
    case.state.case_number = event.case_number
    case.state.area = event.place.grid_code if event.place is not None else ""
    if event.reporter_ref is not None and event.request_type != "tip" and not event.confidential:
        case.state.reporters = [Reporter(report_id=event.report_id, case_number=event.case_number)]


def filed(case: DispatchedCase, event: acceptance.CaseFiled) -> None:
    """立案, or 更正. What turns out to be confidential is told to no reporter from now on."""
    case.state.area = event.place.grid_code
    if event.confidential:
        case.state.reporters = []


def joined(case: DispatchedCase, event: acceptance.ReportJoined) -> None:
    """Another reporter, who hears the result like the first."""
    if event.reporter_ref is not None:
        reporter = Reporter(report_id=event.report_id, case_number=event.attached_case_number)
        case.state.reporters = [*case.state.reporters, reporter]


def left(case: DispatchedCase, event: acceptance.ReportLeft) -> None:
    """It goes its own way again."""
    case.state.reporters = [each for each in case.state.reporters if each.report_id != event.report_id]


def reporters(case: DispatchedCase, template: NoticeTemplate) -> None:
    """Everybody who reported it."""
    for reporter in case.state.reporters:
        _reporter(case, reporter, template)


def feedback_asked(case: DispatchedCase, event: evaluation.FeedbackRequested) -> None:
    """请评价: one reporter is asked whether it is solved."""
    _one(case, event.report_id, "feedback_asked")


def replied(case: DispatchedCase, event: storms.ReplyGiven) -> None:
    """One reply for everybody who reported the same flood: each hears of it under the number on the own receipt."""
    _one(case, event.report_id, "reply_given")


def call_back_tried(case: DispatchedCase, event: evaluation.CallBackTried) -> None:
    """A call that nobody took: who called, and what about."""
    if event.result in _MISSED:
        _one(case, event.report_id, "call_back_missed")


def unit(case: DispatchedCase, unit_id: str, template: NoticeTemplate) -> None:
    """Whoever watches over the unit's orders; of a team that is no unit, over those of the unit that gets them."""
    _tell(case, f"unit:{addressee(unit_id, case.district)}", template)


def overdue(case: DispatchedCase, event: supervision.OverdueNotified) -> None:
    """超期告知, to whoever is late."""
    if event.unit_id is not None:
        unit(case, event.unit_id, "overdue")
    elif event.officer_id is not None:
        _officer(case, event.officer_id, "overdue")
    elif event.role is not None:
        _desk(case, event.role, "overdue", event.centre_id)


def ordered(case: DispatchedCase, event: supervision.OrderIssued) -> None:
    """督办, to the officer or the desk that the case waits for."""
    if event.officer_id is not None:
        _officer(case, event.officer_id, "order_issued")
    elif event.role is not None:
        _desk(case, event.role, "order_issued", event.centre_id)


def attention_needed(case: DispatchedCase, event: supervision.AttentionNeeded) -> None:
    """A person at the centre must look. The director was silent: it is the county leader's."""
    if event.reason == "director_silent":
        _tell(case, f"leader:{case.district.settings.id}", "attention_needed")
    else:
        _desk(case, event.queue, "attention_needed")


def task_assigned(
    case: DispatchedCase,
    event: (
        acceptance.VerificationRequested
        | acceptance.VerificationAssigned
        | supervision.RecheckRequested
        | supervision.RecheckAssigned
    ),
) -> None:
    """An officer has something to look at in the street."""
    _officer(case, event.officer_id, "task_assigned")


def task_escalated(case: DispatchedCase, event: supervision.TaskEscalated) -> None:
    """The grid lead sees to a late task; that it has reached the centre is said by `attention_needed`."""
    _officer(case, event.officer_id, "task_escalated")


def _officer(case: DispatchedCase, officer_id: str | None, template: NoticeTemplate) -> None:
    if officer_id is not None:
        _tell(case, f"officer:{officer_id}", template)


def _desk(case: DispatchedCase, role: str, template: NoticeTemplate, centre_id: str | None = None) -> None:
    """At the centre that is named, else the responsible one; where the place is not known, or nobody's, at the county's."""
    try:
        where = centre_id or case.district.centre_for(case.state.area).id
    except LookupError:
        where = case.district.settings.id
    _tell(case, f"{role}:{where}", template)


def _one(case: DispatchedCase, report_id: UUID, template: NoticeTemplate) -> None:
    for reporter in case.state.reporters:
        if reporter.report_id == report_id:
            _reporter(case, reporter, template)


def _reporter(case: DispatchedCase, reporter: Reporter, template: NoticeTemplate) -> None:
    contact_at = f"/api/intake/reports/{reporter.report_id}/reporter"
    _tell(case, f"reporter:{reporter.report_id}", template, reporter.case_number, contact_at)


def _tell(
    case: DispatchedCase, who: str, template: NoticeTemplate, number: str = "", contact_at: str | None = None
) -> None:
    """What one recipient is told of a case comes in turn; what others are told does not wait for it."""
    data = NoticeRequestedData(
        recipient_ref=who,
        template=template,
        case_number=number or case.state.case_number,
        mode=case.state.mode,
        contact_at=contact_at,
    )
    case.state.notices.append(
        Notice(
            id=case.derive_id(f"{NoticeRequested.TYPE}:{template}:{who}"),
            about=derived(case.id, who),
            recipient=RECIPIENT,
            webhook=NoticeRequested(timestamp=case.now, data=data),
            mode=case.state.mode,
        )
    )
