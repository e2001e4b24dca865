"""Events in: what the other services say, and which decision follows for orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contracts.base import Event
from contracts.envelope import Envelope
from contracts.events import acceptance, command, discovery, evaluation, supervision
from contracts.events.acceptance import reporters, storms, upstream
from services.chassis.cases import Handler
from services.dispatch.domain.orders import course, decided, gateway
from services.dispatch.domain.orders.state import DispatchCase, DispatchedCase


def waking(step: Callable[[DispatchedCase, Any], None]) -> Handler[DispatchCase]:
    """The gateway is asked to tell somebody; for orders nothing follows."""

    def handler(case: DispatchedCase, event: Event, _: Envelope) -> None:
        step(case, event)

    return handler


EVENTS: dict[type[Event], Handler[DispatchCase]] = {
    discovery.ReportReceived: course.on_report_received,
    acceptance.CaseFiled: course.on_case_filed,
    acceptance.CaseCorrected: course.on_case_corrected,
    acceptance.CaseNotFiled: course.on_case_not_filed,
    acceptance.CaseWithdrawn: course.on_case_withdrawn,
    acceptance.CaseAnswered: course.on_case_answered,
    acceptance.ReportJoined: course.on_report_joined,
    acceptance.ReportLeft: course.on_report_left,
    acceptance.CaseLinked: course.on_case_linked,
    reporters.InformationAdded: course.on_information_added,
    upstream.ReturnedUpstream: course.on_returned_upstream,
    acceptance.CaseVoided: course.on_case_voided,
    acceptance.CaseAttached: course.on_case_attached,
    acceptance.CaseDetached: course.on_case_detached,
    command.CaseRouted: course.on_case_routed,
    supervision.UnitUrged: decided.on_unit_urged,
    supervision.OrderIssued: decided.on_order_issued,
    supervision.AnswerDueMoved: decided.on_answer_due_moved,
    supervision.ReworkOrdered: decided.on_rework_ordered,
    supervision.ExtensionDecided: decided.on_extension_decided,
    supervision.SuspensionDecided: decided.on_suspension_decided,
    supervision.SuspensionEnded: decided.on_suspension_ended,
    supervision.DeadlineMoved: decided.on_deadline_moved,
    supervision.CaseClosed: course.on_case_closed,
    supervision.CaseReopened: course.on_case_reopened,
    acceptance.VerificationRequested: waking(gateway.task_assigned),
    acceptance.VerificationAssigned: waking(gateway.task_assigned),
    supervision.RecheckRequested: waking(gateway.task_assigned),
    supervision.RecheckAssigned: waking(gateway.task_assigned),
    supervision.TaskEscalated: waking(gateway.task_escalated),
    supervision.OverdueNotified: waking(gateway.overdue),
    supervision.AttentionNeeded: waking(gateway.attention_needed),
    storms.ReplyGiven: waking(gateway.replied),
    evaluation.FeedbackRequested: waking(gateway.feedback_asked),
    evaluation.CallBackTried: waking(gateway.call_back_tried),
}  # type: ignore[dict-item]
