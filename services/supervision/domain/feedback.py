"""Feedback: every reporter of the case is asked *solved?* and *satisfied?*, and a "no" has consequences."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from contracts.common import Actor
from contracts.events.evaluation import (
    CallBackResult,
    CallBackTried,
    FeedbackLapsed,
    FeedbackRecorded,
    FeedbackRequested,
    Satisfied,
)
from services.chassis.auth import SYSTEM
from services.supervision.domain import attention, evaluation, reopening
from services.supervision.domain.provisional import Provisional, lay_off
from services.supervision.domain.state import Report, SupervisionCase, tell

_FOR_GOOD: frozenset[CallBackResult] = frozenset({"wrong_number", "refused"})

TIMER = "feedback"
"""Timers are named `feedback:<report>`: each reporter has the whole window."""


def ask_all(case: SupervisionCase) -> None:
    """After closing: ask every reporter who can be asked and has not yet said that it is solved."""
    for report_id, report in case.state.reports.items():
        if report.solved is not True:
            ask(case, report_id)
    evaluation.evaluate_if_final(case)


def ask(case: SupervisionCase, report_id: UUID) -> None:
    """Ask one reporter; the answer counts for seven natural days (a district setting)."""
    report = case.state.reports[report_id]
    if not report.wanted:
        return
    report.asked, report.solved, report.satisfied, report.tries = "waiting", None, None, 0
    due_at = case.now + timedelta(days=case.district.settings.feedback_window_days)
    report.answer_until = due_at
    _call_next(case, report_id, report)
    tell(case, FeedbackRequested(report_id=report_id, reporter_ref=report.reporter_ref, due_at=due_at))
    case.set_timer(f"{TIMER}:{report_id}", due_at)


class Voice(BaseModel):
    """What a reporter says."""

    solved: bool
    satisfied: Satisfied | None = None
    comment: str = ""
    """Masked."""

    def kept(self, case: SupervisionCase) -> Voice:
        """What is kept of it: of a confidential matter no word, and the answers all the same."""
        return self.model_copy(update={"comment": case.state.kept(self.comment)})


def record(case: SupervisionCase, report_id: UUID, voice: Voice, by: Actor) -> None:
    """The answer. Solved: one voice less to wait for. Not solved: reopened once, else before the shift lead."""
    report = case.state.reports[report_id]
    report.solved, report.satisfied = voice.solved, voice.satisfied
    _asked_no_more(case, report_id, "answered")
    tell(
        case,
        FeedbackRecorded(
            report_id=report_id, solved=voice.solved, satisfied=voice.satisfied, comment=voice.comment, recorded_by=by
        ),
    )
    if not voice.solved:
        _not_solved(case, report_id, voice.comment)
    evaluation.evaluate_if_final(case)


def tried(case: SupervisionCase, report_id: UUID, result: CallBackResult, note: str, by: Actor) -> None:
    """A call-back brought no answer: the next is due a call-back's limit later. After the last try, or where no answer
    will ever come, nobody waits any more.
    """
    report = case.state.reports[report_id]
    report.tries += 1
    _call_next(case, report_id, report)
    tell(case, CallBackTried(report_id=report_id, tries=report.tries, result=result, note=note, tried_by=by))
    if result in _FOR_GOOD or report.tries >= case.district.settings.call_back_tries:
        lapse(case, report_id)


def on_window_end(case: SupervisionCase, _due_at: datetime) -> None:
    """No answer came: it leaves the denominator."""
    lapse(case, UUID(case.timer_name.partition(":")[2]))


def lapse(case: SupervisionCase, report_id: UUID) -> None:
    """Stop waiting for one reporter."""
    report = case.state.reports[report_id]
    if report.asked == "waiting":
        _asked_no_more(case, report_id, "lapsed")
        tell(case, FeedbackLapsed(report_id=report_id))
    evaluation.evaluate_if_final(case)


def withdraw_questions(case: SupervisionCase) -> None:
    """The case is open again: whoever has not answered yet will be asked after the next closing."""
    for report_id, report in case.state.reports.items():
        if report.asked == "waiting":
            _asked_no_more(case, report_id, "")
            tell(case, FeedbackLapsed(report_id=report_id))


def _call_next(case: SupervisionCase, report_id: UUID, report: Report) -> None:
    _call_by(case, report_id, report, Provisional(since=case.now, limit=case.district.settings.stage_limits.call_back))


def recalendar(case: SupervisionCase) -> None:
    """The calendar of a year was announced: until when the desk calls may move."""
    for report_id, report in case.state.reports.items():
        if report.call_provisional is not None:
            _call_by(case, report_id, report, report.call_provisional)


def _call_by(case: SupervisionCase, report_id: UUID, report: Report, laid_off: Provisional) -> None:
    """When the desk is to call: within the limit of a call-back, and never after the answer has ceased to count."""
    due_at, report.call_provisional = lay_off(laid_off.since, laid_off.limit, case.district.calendar)
    report.call_due_at = min(due_at, report.answer_until or due_at)
    case.state.changes.reports.add(report_id)
    case.state.changes.clocks = True


def _asked_no_more(case: SupervisionCase, report_id: UUID, asked: Literal["", "answered", "lapsed"]) -> None:
    report = case.state.reports[report_id]
    report.asked, report.call_due_at, report.answer_until, report.call_provisional = asked, None, None, None
    case.clear_timer(f"{TIMER}:{report_id}")
    case.state.changes.reports.add(report_id)
    case.state.changes.clocks = True


def _not_solved(case: SupervisionCase, report_id: UUID, comment: str) -> None:
    """The first reporter's "no" reopens once, to the same unit; a second, another reporter's, and one to an answer or to
    what was settled on the spot, a person weighs.
    """
    state = case.state
    first = report_id == state.first_report
    if first and state.reopened_by_reporter < case.district.settings.reopen_limit and state.flow.filed:
        state.reopened_by_reporter += 1
        withdraw_questions(case)
        reopening.reopen(case, "reporter_not_solved", comment, SYSTEM)
    elif first:
        again = state.reopened_by_reporter > 0
        attention.need(case, "second_not_solved" if again else "reporter_not_solved", "shift_lead", comment)
    else:
        attention.need(case, "other_reporter_not_solved", "shift_lead", comment)
