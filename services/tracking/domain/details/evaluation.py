"""Changes of the record by events of evaluation 评价."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import evaluation as events
from services.tracking.domain.record import FeedbackRecord, Record


def feedback_recorded(record: Record, event: events.FeedbackRecorded, _: Envelope) -> None:
    """Set the feedback of a reporter; after a reopening a later one replaces it."""
    _set_feedback(
        record,
        FeedbackRecord(
            report_id=event.report_id, solved=event.solved, satisfied=event.satisfied, comment=event.comment
        ),
    )


def feedback_lapsed(record: Record, event: events.FeedbackLapsed, _: Envelope) -> None:
    """Note that the reporter did not answer in time."""
    _set_feedback(record, FeedbackRecord(report_id=event.report_id, lapsed=True))


def evaluated(record: Record, event: events.CaseEvaluated, _: Envelope) -> None:
    """Set the final figures."""
    record.solved, record.satisfied, record.figures = event.solved, event.satisfied, event.figures
    record.exempt_reason = event.exempt_reason


def _set_feedback(record: Record, said: FeedbackRecord) -> None:
    record.feedback = [*(each for each in record.feedback if each.report_id != said.report_id), said]


DETAILS = {
    events.FeedbackRecorded: feedback_recorded,
    events.FeedbackLapsed: feedback_lapsed,
    events.CaseEvaluated: evaluated,
}
