"""Feedback 回访: each reporter answers *solved?* and *satisfied?*.

"Not solved" reopens the case or asks the shift lead.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from contracts.common import Actor
from contracts.events.evaluation import CallBackResult, CallBackTried, FeedbackRecorded, Satisfied
from services.chassis.auth import SYSTEM
from services.supervision.domain.lifecycle import reopening
from services.supervision.domain.primitives import attention, feedback_questions
from services.supervision.domain.primitives.case import SupervisionCase, emit_event

_FINAL_RESULTS: frozenset[CallBackResult] = frozenset({"wrong_number", "refused"})


class FeedbackAnswer(BaseModel):
    """The answer of a reporter."""

    solved: bool
    satisfied: Satisfied | None = None
    comment: str = ""
    """Free text in which personal numbers are masked."""

    def redacted(self, case: SupervisionCase) -> FeedbackAnswer:
        """Return the answer as it may be stored: for a confidential case, without the comment."""
        return self.model_copy(update={"comment": case.state.withhold(self.comment)})


def record(case: SupervisionCase, report_id: UUID, given: FeedbackAnswer, by: Actor) -> None:
    """Record a reporter's answer.

    "Not solved" from the first reporter reopens the case, as often as the district allows. After any other "not solved"
    the shift lead decides.
    """
    report = case.state.reports[report_id]
    report.solved, report.satisfied = given.solved, given.satisfied
    feedback_questions.close_question(case, report_id, "answered")
    emit_event(
        case,
        FeedbackRecorded(
            report_id=report_id, solved=given.solved, satisfied=given.satisfied, comment=given.comment, recorded_by=by
        ),
    )
    if not given.solved:
        _handle_not_solved(case, report_id, given.comment)


def record_failed_call(case: SupervisionCase, report_id: UUID, result: CallBackResult, note: str, by: Actor) -> None:
    """Record a call-back that brought no answer.

    After the last allowed try, or if the result rules out an answer, the question is closed.
    """
    report = case.state.reports[report_id]
    report.tries += 1
    feedback_questions.schedule_call_back(case, report_id, report)
    emit_event(case, CallBackTried(report_id=report_id, tries=report.tries, result=result, note=note, tried_by=by))
    if result in _FINAL_RESULTS or report.tries >= case.district.settings.call_back_tries:
        feedback_questions.stop_waiting(case, report_id)


def on_window_end(case: SupervisionCase, _due_at: datetime) -> None:
    """Stop waiting for a reporter's answer, because the feedback window has ended."""
    feedback_questions.stop_waiting(case, UUID(case.timer_name.partition(":")[2]))


def _handle_not_solved(case: SupervisionCase, report_id: UUID, comment: str) -> None:
    """Reopen the case if the first reporter says "not solved" and the district allows another reopening.

    Otherwise ask the shift lead.
    """
    state = case.state
    first = report_id == state.first_report
    if first and state.reopened_by_reporter < case.district.settings.reopen_limit and state.flow.filed:
        state.reopened_by_reporter += 1
        feedback_questions.withdraw_questions(case)
        reopening.reopen(case, "reporter_not_solved", comment, SYSTEM)
    elif first:
        again = state.reopened_by_reporter > 0
        attention.request_attention(
            case, "second_not_solved" if again else "reporter_not_solved", "shift_lead", comment
        )
    else:
        attention.request_attention(case, "other_reporter_not_solved", "shift_lead", comment)
