"""Deadlines of replies to notices and of decisions of the centre. No clock runs for these deadlines.

A newly announced calendar moves these deadlines. A reply or decision that was given before is judged by the deadline
shown at that time.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from contracts.events.supervision import AnswerDueMoved, AnswerKind
from services.supervision.domain.primitives import attention, supervision_orders
from services.supervision.domain.primitives.case import SupervisionCase, emit_event
from services.supervision.domain.primitives.provisional import compute_deadline
from services.supervision.domain.primitives.task_state import Task, TaskKind
from services.supervision.domain.primitives.tasks import change_task

_ANSWERS: Mapping[TaskKind, AnswerKind] = {
    "extension": "extension",
    "suspension": "suspension",
    "attention": "question",
    "appeal": "appeal",
}
"""Task kind → kind of answer. Rechecks and reviews are not listed, because their clocks announce the deadlines."""


def recompute_deadlines(case: SupervisionCase) -> None:
    """Compute provisional reply and decision deadlines again with the new calendar."""
    for notice_id in case.state.notices:
        _move_reply_deadline(case, notice_id)
    for task_id, task in list(case.state.tasks.items()):
        if task.waiting and task.kind in _ANSWERS:
            _move_task_deadline(case, task_id, task)


def _move_reply_deadline(case: SupervisionCase, notice_id: UUID) -> None:
    """Compute the deadline of a unit's reply to a notice again, if it is provisional."""
    notice = case.state.notices[notice_id]
    if notice.provisional is None:
        return
    before = notice.reply_due_at, notice.provisional
    notice.reply_due_at, notice.provisional = compute_deadline(
        notice.provisional.since, notice.provisional.limit, case.district.calendar
    )
    if (notice.reply_due_at, notice.provisional) == before:
        return
    overdue = notice_id in case.state.clocks
    if not overdue and max(before[0], notice.reply_due_at) > case.now:  # otherwise a leader has already been asked
        case.set_timer(f"{supervision_orders.REPLY_TIMER}:{notice_id}", notice.reply_due_at)
    emit_event(
        case,
        AnswerDueMoved(
            kind="overdue_reason" if overdue else "supervision_order_reply",
            reference_id=notice_id,
            dispatch_id=notice.dispatch_id,
            unit_id=notice.unit_id,
            due_at=notice.reply_due_at,
            provisional=notice.provisional is not None,
        ),
    )


def _move_task_deadline(case: SupervisionCase, task_id: UUID, task: Task) -> None:
    """Compute the deadline of a decision of the centre again, if it is provisional."""
    if task.provisional is None:
        return
    before = task.due_at, task.provisional
    task.due_at, task.provisional = compute_deadline(
        task.provisional.since, task.provisional.limit, case.district.calendar
    )
    if (task.due_at, task.provisional) == before:
        return
    change_task(case, task_id)
    if task.escalates and max(before[0], task.due_at) > case.now:  # otherwise it has already been escalated
        case.set_timer(f"{attention.ESCALATION_TIMER}:{task_id}", task.due_at)
    kind = _ANSWERS[task.kind]
    emit_event(
        case,
        AnswerDueMoved.model_validate(
            {
                "kind": kind,
                "reference_id": task_id,
                "dispatch_id": task.dispatch_id,
                "unit_id": task.unit_id,
                "reason": task.reason if kind == "question" else None,
                "due_at": task.due_at,
                "provisional": task.provisional is not None,
            }
        ),
    )
