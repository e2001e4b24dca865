"""Questions to reporters after closing: whom we ask, until when an answer counts, when the desk calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal
from uuid import UUID

from contracts.events.evaluation import FeedbackLapsed, FeedbackRequested
from services.supervision.domain.primitives.case import Report, SupervisionCase, emit_event
from services.supervision.domain.primitives.provisional import DeadlineBasis, compute_deadline

FEEDBACK_TIMER = "feedback"
"""Timers are named `feedback:<report>`: each reporter has the whole window."""


def ask_all(case: SupervisionCase) -> None:
    """After closing: ask every reporter who can be asked and has not yet said that it is solved."""
    for report_id, report in case.state.reports.items():
        if report.solved is not True:
            ask(case, report_id)


def ask(case: SupervisionCase, report_id: UUID) -> None:
    """Ask one reporter; the answer counts for seven natural days (a district setting)."""
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
    """Stop waiting for one reporter."""
    report = case.state.reports[report_id]
    if report.asked == "waiting":
        close_question(case, report_id, "lapsed")
        emit_event(case, FeedbackLapsed(report_id=report_id))


def withdraw_questions(case: SupervisionCase) -> None:
    """The case is open again: whoever has not answered yet will be asked after the next closing."""
    for report_id, report in case.state.reports.items():
        if report.asked == "waiting":
            close_question(case, report_id, "")
            emit_event(case, FeedbackLapsed(report_id=report_id))


def schedule_call_back(case: SupervisionCase, report_id: UUID, report: Report) -> None:
    _set_call_deadline(
        case, report_id, report, DeadlineBasis(since=case.now, limit=case.district.settings.stage_limits.call_back)
    )


def recompute_deadlines(case: SupervisionCase) -> None:
    """The calendar of a year was announced: until when the desk calls may move."""
    for report_id, report in case.state.reports.items():
        if report.call_provisional is not None:
            _set_call_deadline(case, report_id, report, report.call_provisional)


def _set_call_deadline(case: SupervisionCase, report_id: UUID, report: Report, laid_off: DeadlineBasis) -> None:
    """When the desk is to call: within the limit of a call-back, and never after the answer has ceased to count."""
    due_at, report.call_provisional = compute_deadline(laid_off.since, laid_off.limit, case.district.calendar)
    report.call_due_at = min(due_at, report.answer_until or due_at)
    case.state.changes.reports.add(report_id)
    case.state.changes.clocks = True


def close_question(case: SupervisionCase, report_id: UUID, asked: Literal["", "answered", "lapsed"]) -> None:
    report = case.state.reports[report_id]
    report.asked, report.call_due_at, report.answer_until, report.call_provisional = asked, None, None, None
    case.clear_timer(f"{FEEDBACK_TIMER}:{report_id}")
    case.state.changes.reports.add(report_id)
    case.state.changes.clocks = True
