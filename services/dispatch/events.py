"""Handlers of the dispatch service: for each event type, the function that applies an event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contracts.base import Event
from contracts.envelope import Envelope
from contracts.events import acceptance, command, discovery, evaluation, supervision
from contracts.events.acceptance import reporters, storms, upstream
from services.chassis.cases import Handler
from services.dispatch.domain.dispatches import case_events, sms_gateway, supervision_events
from services.dispatch.domain.dispatches.state import DispatchCase, DispatchedCase


def notify(step: Callable[[DispatchedCase, Any], None]) -> Handler[DispatchCase]:
    """Return an event handler that only calls `step`, a function that asks the SMS gateway to notify somebody."""

    def handler(case: DispatchedCase, event: Any, _: Envelope) -> None:
        step(case, event)

    return handler


EVENTS: dict[type[Event], Handler[DispatchCase]] = {
    discovery.ReportReceived: case_events.on_report_received,
    acceptance.CaseFiled: case_events.on_case_filed,
    acceptance.CaseCorrected: case_events.on_case_corrected,
    acceptance.CaseNotFiled: case_events.on_case_not_filed,
    acceptance.CaseWithdrawn: case_events.on_case_withdrawn,
    acceptance.CaseAnswered: case_events.on_case_answered,
    acceptance.ReportJoined: case_events.on_report_joined,
    acceptance.ReportLeft: case_events.on_report_left,
    acceptance.CaseLinked: case_events.on_case_linked,
    reporters.InformationAdded: case_events.on_information_added,
    upstream.ReturnedUpstream: case_events.on_returned_upstream,
    acceptance.CaseVoided: case_events.on_case_voided,
    acceptance.CaseAttached: case_events.on_case_attached,
    acceptance.CaseDetached: case_events.on_case_detached,
    command.CaseRouted: case_events.on_case_routed,
    supervision.UnitUrged: supervision_events.on_unit_urged,
    supervision.SupervisionOrderIssued: supervision_events.on_supervision_order_issued,
    supervision.AnswerDueMoved: supervision_events.on_answer_due_moved,
    supervision.ReworkOrdered: supervision_events.on_rework_ordered,
    supervision.ExtensionDecided: supervision_events.on_extension_decided,
    supervision.SuspensionDecided: supervision_events.on_suspension_decided,
    supervision.SuspensionEnded: supervision_events.on_suspension_ended,
    supervision.DeadlineMoved: supervision_events.on_deadline_moved,
    supervision.CaseClosed: case_events.on_case_closed,
    supervision.CaseReopened: case_events.on_case_reopened,
    acceptance.VerificationRequested: notify(sms_gateway.notify_task_assigned),
    acceptance.VerificationAssigned: notify(sms_gateway.notify_task_assigned),
    supervision.RecheckRequested: notify(sms_gateway.notify_task_assigned),
    supervision.RecheckAssigned: notify(sms_gateway.notify_task_assigned),
    supervision.TaskEscalated: notify(sms_gateway.notify_task_escalated),
    supervision.OverdueNotified: notify(sms_gateway.notify_overdue),
    supervision.AttentionNeeded: notify(sms_gateway.notify_attention_needed),
    storms.ReplyGiven: notify(sms_gateway.notify_reply),
    evaluation.FeedbackRequested: notify(sms_gateway.notify_feedback_request),
    evaluation.CallBackTried: notify(sms_gateway.notify_missed_call),
}
