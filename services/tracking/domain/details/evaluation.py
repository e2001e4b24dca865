"""Changes of the record by events of evaluation 评价."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import evaluation as events
from services.tracking.domain.record import FeedbackRecord, Record


def on_feedback_recorded(record: Record, event: events.FeedbackRecorded, _: Envelope) -> None:
    """Set the feedback of a reporter. Feedback after a reopening replaces earlier feedback."""
    _set_feedback(
        record,
        FeedbackRecord(
            report_id=event.report_id, solved=event.solved, satisfied=event.satisfied, comment=event.comment
        ),
    )


def on_feedback_lapsed(record: Record, event: events.FeedbackLapsed, _: Envelope) -> None:
    """Record that a reporter did not give feedback in time."""
    _set_feedback(record, FeedbackRecord(report_id=event.report_id, lapsed=True))


def on_case_evaluated(record: Record, event: events.CaseEvaluated, _: Envelope) -> None:
    """Set the result of the evaluation: solved, satisfied and the figures that count the case."""
    record.solved, record.satisfied, record.figures = event.solved, event.satisfied, event.figures
    record.exempt_reason = event.exempt_reason


def _set_feedback(record: Record, feedback: FeedbackRecord) -> None:
    record.feedback = [*(each for each in record.feedback if each.report_id != feedback.report_id), feedback]


DETAILS = {
    events.FeedbackRecorded: on_feedback_recorded,
    events.FeedbackLapsed: on_feedback_lapsed,
    events.CaseEvaluated: on_case_evaluated,
}
