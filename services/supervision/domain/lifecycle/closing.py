"""Closing 结案 of a case after a passed recheck, after a leader's review or by force, and every other end of a case."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts.clocks import deadline
from contracts.common import Actor
from contracts.events.supervision import CaseClosed, CloseOutcome, ReviewRecorded, ReviewRequested
from services.chassis.auth import SYSTEM
from services.supervision.domain.lifecycle import rework, unit_requests
from services.supervision.domain.primitives import attention, clocks, feedback_questions, supervision_orders
from services.supervision.domain.primitives.case import SupervisionCase, emit_event
from services.supervision.domain.primitives.task_state import Task
from services.supervision.domain.primitives.tasks import add_task, cancel_tasks, change_task

_OUTCOMES: dict[str, CloseOutcome] = {
    "explained": "explained",
    "not_solvable": "explained",
    "mediated": "mediated",
    "transferred_to_enforcement": "handed_over",
    "handed_over": "handed_over",
    "settled_on_the_spot": "settled_on_the_spot",
    "answered": "answered",
}

REVIEWED_OUTCOMES = frozenset({"explained", "not_solvable"})
"""Outcomes that a leader reviews, because there is nothing in the field to recheck."""


def outcome_of(outcome: str) -> CloseOutcome:
    """Return the closing outcome for an outcome that a unit or officer stated; `solved` if no other one is defined."""
    return _OUTCOMES.get(outcome, "solved")


def close(
    case: SupervisionCase, outcome: CloseOutcome, note: str, by: Actor, *, forced: bool = False, met: bool = True
) -> None:
    """Close the case: close its questions, stop its clocks, cancel its tasks, ask its reporters for feedback."""
    attention.settle_all(case, note, by)
    emit_event(
        case,
        CaseClosed(outcome=outcome, closing_condition_met=met, note=note, forced=forced, closed_by=by),
    )
    end_case(case, case.now, judge_promise=True)
    feedback_questions.ask_all(case)


def end_case(case: SupervisionCase, at: datetime, *, judge_promise: bool = False) -> None:
    """Stop all clocks and cancel all tasks of the case, except appeals.

    Clocks stop as cancelled. With `judge_promise`, the promise to the reporter is judged instead.
    """
    attention.settle_all(case, "", SYSTEM)
    for clock_id, clock in clocks.find(case):
        case.state.promise_judged |= judge_promise and clock.name == "case"
        clocks.stop(case, clock_id, at, cancelled=not (judge_promise and clock.name == "case"))
    for order_id in list(case.state.notices):
        case.clear_timer(f"{supervision_orders.REPLY_TIMER}:{order_id}")
    case.state.notices.clear()
    for dispatch_id in case.state.dispatches:
        case.clear_timer(f"{unit_requests.RESUME_TIMER}:{dispatch_id}")
    cancel_tasks(case)


def request_review(case: SupervisionCase, outcome: str) -> UUID:
    """Ask a leader to review an `explained` or `not_solvable` case before it closes."""
    limit = case.district.settings.stage_limits.review
    due_at = deadline(case.now, limit, case.district.calendar).due_at
    review_id = case.derive_id("review")
    add_task(case, review_id, Task(kind="review", queue="leader", created_at=case.now, due_at=due_at, reason=outcome))
    emit_event(case, ReviewRequested(review_id=review_id, outcome=outcome, due_at=due_at))
    clocks.start(case, "review", case.now, limit.unit, limit=limit, task_id=review_id)
    return review_id


def review(case: SupervisionCase, review_id: UUID, *, approved: bool, note: str, by: Actor) -> None:
    """Record the leader's decision: close the case, or return the case to the unit for rework."""
    task = change_task(case, review_id)
    task.status, task.passed = "answered", approved
    for clock_id, _ in clocks.find(case, "review", task_id=review_id):
        clocks.stop(case, clock_id, case.now)
    emit_event(case, ReviewRecorded(review_id=review_id, approved=approved, note=note, decided_by=by))
    if approved:
        close(case, outcome_of(task.reason), note, by)
    else:
        rework.order_rework(case, "review_refused", note)


def close_by_unit(case: SupervisionCase) -> None:
    """Close a confidential case once its units state that they are done, because nobody else may check the work."""
    close(case, outcome_of(case.state.outcome), "", SYSTEM)
