"""Handlers of timers, by the first part of the timer name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from services.chassis.cases import TimerHandler
from services.supervision.domain.evaluation.final_figures import evaluate_if_final
from services.supervision.domain.lifecycle import unit_requests
from services.supervision.domain.policies import assists, escalation, feedback
from services.supervision.domain.primitives import attention, clock_steps, feedback_questions, supervision_orders
from services.supervision.domain.primitives.case import SupervisedCase, SupervisionCase


def _end_feedback_window(case: SupervisionCase, due_at: datetime) -> None:
    """Stop waiting for a reporter's answer. If no other answer is awaited, state the final figures."""
    feedback.on_window_end(case, due_at)
    evaluate_if_final(case)


TIMERS: Mapping[str, TimerHandler[SupervisedCase]] = {
    clock_steps.CLOCK_TIMER: escalation.on_clock,
    supervision_orders.REPLY_TIMER: supervision_orders.on_reply_due,
    attention.ESCALATION_TIMER: attention.on_escalation_due,
    feedback_questions.FEEDBACK_TIMER: _end_feedback_window,
    unit_requests.RESUME_TIMER: unit_requests.on_suspension_end,
    assists.LAPSE_TIMER: assists.on_answer_due,
}
