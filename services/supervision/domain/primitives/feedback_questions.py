"""Feedback questions to reporters after closing: who is asked, until when an answer counts, when the centre calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal
from uuid import UUID

from contracts.events.evaluation import FeedbackLapsed, FeedbackRequested
from services.supervision.domain.primitives.case import SupervisionCase, emit_event
from services.supervision.domain.primitives.provisional import DeadlineBasis, compute_deadline
from services.supervision.domain.primitives.report_state import Report

FEEDBACK_TIMER = "feedback"
"""First part of the timer name `feedback:<report>`. The timer ends the wait for the answer of one reporter."""


def ask_all(case: SupervisionCase) -> None:
    """Ask every reporter who can be asked and has not yet said that the problem is solved."""
    for report_id, report in case.state.reports.items():
        if report.solved is not True:
            ask(case, report_id)


def ask(case: SupervisionCase, report_id: UUID) -> None:
    """Ask one reporter, if the reporter can be asked. The answer counts within the feedback window of the district."""
    report = case.state.reports[report_id]
    if not report.can_be_asked:
        return
    report.asked, report.solved, report.satisfied, report.tries = "waiting", None, None, 0
    due_at = case.now + timedelta(days=case.district.settings.feedback_window_days)
    report.answer_until = due_at
    schedule_call_back(case, report_id, report)
    emit_event(case, FeedbackRequested(report_id=report_id, reporter_ref=report.reporter_ref, due_at=due_at))
    case.set_timer(f"{FEEDBACK_TIMER}:{report_id}", due_at)


def stop_waiting(case: SupervisionCase, report_id: UUID) -> None:
    """Stop waiting for the answer of one reporter."""
    report = case.state.reports[report_id]
    if report.asked == "waiting":
        close_question(case, report_id, "lapsed")
        emit_event(case, FeedbackLapsed(report_id=report_id))


def withdraw_questions(case: SupervisionCase) -> None:
    """Close all open questions of a case that was reopened or voided. The next closing asks the reporters again."""
    for report_id, report in case.state.reports.items():
        if report.asked == "waiting":
            close_question(case, report_id, "")
            emit_event(case, FeedbackLapsed(report_id=report_id))


def schedule_call_back(case: SupervisionCase, report_id: UUID, report: Report) -> None:
    """Set until when the intake desk must call the reporter next."""
    _set_call_deadline(
        case, report_id, report, DeadlineBasis(since=case.now, limit=case.district.settings.stage_limits.call_back)
    )


def recompute_deadlines(case: SupervisionCase) -> None:
    """Compute provisional deadlines of call-backs again with the new calendar."""
    for report_id, report in case.state.reports.items():
        if report.call_provisional is not None:
            _set_call_deadline(case, report_id, report, report.call_provisional)


def _set_call_deadline(case: SupervisionCase, report_id: UUID, report: Report, basis: DeadlineBasis) -> None:
    """Set until when the intake desk must call: within the call-back limit, and within the feedback window."""
    due_at, report.call_provisional = compute_deadline(basis.since, basis.limit, case.district.calendar)
    report.call_due_at = min(due_at, report.answer_until or due_at)
    case.state.changes.reports.add(report_id)
    case.state.changes.clocks = True


def close_question(case: SupervisionCase, report_id: UUID, asked: Literal["", "answered", "lapsed"]) -> None:
    """Close the feedback question of a report with this status, and remove its deadlines and its timer."""
    report = case.state.reports[report_id]
    report.asked, report.call_due_at, report.answer_until, report.call_provisional = asked, None, None, None
    case.clear_timer(f"{FEEDBACK_TIMER}:{report_id}")
    case.state.changes.reports.add(report_id)
    case.state.changes.clocks = True
