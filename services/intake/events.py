"""Handlers of the events from other services that change a case in intake."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.base import Event
from contracts.common import Actor
from contracts.envelope import Envelope
from contracts.events.command import CaseDispatched, CaseSentBack, DispatchWithdrawn
from contracts.events.evaluation import CallBackTried, FeedbackLapsed, FeedbackRecorded, FeedbackRequested
from contracts.events.handling import CoUnitReleased, HandoverRefused, ProgressReported, ReturnAccepted, WorkCompleted
from contracts.events.supervision import (
    CaseClosed,
    CaseReopened,
    ClockName,
    DeadlineMoved,
    RecheckRecorded,
    SampleFailed,
    TaskEscalated,
)
from services.chassis.auth import SYSTEM
from services.chassis.cases import Case, Handler
from services.intake.domain import filing, verification
from services.intake.domain.case import IntakeCase, SentBackToDesk, Status, end_case
from services.intake.domain.photos import uploader


def on_case_dispatched(case: Case[IntakeCase], event: CaseDispatched, _: Envelope) -> None:
    """Remember the unit of the dispatch.

    The unit may read the confidential parts of the case, and the number of a reporter who consents.
    """
    case.state.dispatches[event.dispatch_id] = event.unit_id


def on_case_sent_back(case: Case[IntakeCase], event: CaseSentBack, meta: Envelope) -> None:
    """Return the case to the desk 退回受理. The case keeps its fields, and the filing limit starts again.

    If the case has been merged meanwhile, the desk gets the case when the merge is undone.
    """
    state = case.state
    status = state.status_before_attaching or state.status
    if status != "filed" or state.ended_at is not None or state.filed_by is None:
        return
    state.sent_back_to_desk = SentBackToDesk(
        reason=event.reason,
        note=event.note,
        returned_by=event.decided_by,
        returned_at=meta.time,
        filed_by=state.filed_by,
    )
    if state.status_before_attaching:
        state.status_before_attaching = "awaiting_filing"
    else:
        filing.await_filing(case, decision=True, photo=False)


def on_dispatch_ended(
    case: Case[IntakeCase], event: DispatchWithdrawn | ReturnAccepted | HandoverRefused | CoUnitReleased, _: Envelope
) -> None:
    """Forget the dispatch, so that its unit may no longer read anything of the case."""
    case.state.dispatches.pop(event.dispatch_id, None)


def on_case_closed(case: Case[IntakeCase], event: CaseClosed, meta: Envelope) -> None:
    """Close the case.

    A case that was closed by force while it was back at the desk needs no filing any more.
    """
    state = case.state
    if state.sent_back_to_desk is not None and state.status in ("awaiting_filing", "verifying"):
        end_case(case, "filed", meta.time)
    if state.status in ("filed", "settled", "answered"):
        state.ended_at, state.outcome = meta.time, event.outcome


def on_case_reopened(case: Case[IntakeCase], _event: CaseReopened, _: Envelope) -> None:
    """Reopen the case, so that new reports near by can be attached to it again.

    A case without a dispatch, because it was answered, settled on the spot or sent back, goes to the desk.
    """
    state = case.state
    if state.status in ("filed", "settled", "answered"):
        state.ended_at, state.outcome = None, ""
    if state.status in ("settled", "answered") or (state.status == "filed" and state.sent_back_to_desk is not None):
        filing.await_filing(case, decision=True, photo=False)


def on_sample_failed(case: Case[IntakeCase], _event: SampleFailed, _: Envelope) -> None:
    """File a case whose settlement on the spot failed the recheck of a random sample.

    The officer who settled the case must not recheck it.
    """
    state = case.state
    if state.status != "settled":
        return
    state.settlement_approved, state.verified = False, True
    if filing.missing_for_filing(case, photo=False):
        filing.await_filing(case, photo=False)
    else:
        condition = case.district.conditions[state.condition_id or ""]
        filing.file(case, condition, SYSTEM, handler_officer_id=state.received_report.reported_by.officer_id)


def on_task_escalated(case: Case[IntakeCase], event: TaskEscalated, _: Envelope) -> None:
    """Record that a late verification task was escalated to a grid lead or to the centre."""
    verification.record_escalation(case, event.task_id, event.officer_id)


_CLOCK_NAMES: Mapping[Status, ClockName] = {"settled": "settlement", "awaiting_filing": "file", "verifying": "verify"}
"""Status → name of the clock that runs while a case has this status."""


def on_deadline_moved(case: Case[IntakeCase], event: DeadlineMoved, _: Envelope) -> None:
    """Take over a deadline that changed because the holidays of a year were announced."""
    state = case.state
    if event.reason != "calendar" or state.due_at is None or _CLOCK_NAMES.get(state.status) != event.name:
        return
    state.due_at = event.due_at
    if state.task is not None:
        state.task.due_at = event.due_at


def on_photos_named(
    case: Case[IntakeCase], event: ProgressReported | WorkCompleted | RecheckRecorded, _: Envelope
) -> None:
    """Let the case own the photos that the event names.

    Photos that the person named in the event has not uploaded are left out.
    """
    by: Actor
    if isinstance(event, ProgressReported):
        by = event.reported_by
    elif isinstance(event, WorkCompleted):
        by = event.completed_by
    else:
        by = event.recorded_by
    case.state.evidence += [(photo.sha256, uploader(by)) for photo in event.photos]


def on_call_back_due(case: Case[IntakeCase], event: FeedbackRequested | CallBackTried, meta: Envelope) -> None:
    """Record that a call-back is due, so that the hotline may see the reporter's number for it."""
    case.state.call_backs[event.report_id] = meta.id


def on_call_back_over(case: Case[IntakeCase], event: FeedbackRecorded | FeedbackLapsed, _: Envelope) -> None:
    """Forget the call-back: the reporter gave feedback, or feedback is no longer expected."""
    case.state.call_backs.pop(event.report_id, None)


EVENTS: dict[type[Event], Handler[IntakeCase]] = {
    CaseSentBack: on_case_sent_back,
    CaseDispatched: on_case_dispatched,
    DispatchWithdrawn: on_dispatch_ended,
    ReturnAccepted: on_dispatch_ended,
    HandoverRefused: on_dispatch_ended,
    CoUnitReleased: on_dispatch_ended,
    CaseClosed: on_case_closed,
    CaseReopened: on_case_reopened,
    SampleFailed: on_sample_failed,
    TaskEscalated: on_task_escalated,
    DeadlineMoved: on_deadline_moved,
    ProgressReported: on_photos_named,
    WorkCompleted: on_photos_named,
    RecheckRecorded: on_photos_named,
    FeedbackRequested: on_call_back_due,
    CallBackTried: on_call_back_due,
    FeedbackRecorded: on_call_back_over,
    FeedbackLapsed: on_call_back_over,
}
"""Event type → handler. Other event types only advance the applied position."""
