"""Questions to persons of the centre: at most one open question per reason, in the queue of a role."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts.common import Actor
from contracts.events.supervision import AttentionNeeded, AttentionQueue, AttentionReason, AttentionSettled
from services.chassis.auth import Caller
from services.supervision.domain.primitives import access
from services.supervision.domain.primitives.case import SupervisionCase, emit_event
from services.supervision.domain.primitives.provisional import compute_deadline
from services.supervision.domain.primitives.question_limits import limit_of
from services.supervision.domain.primitives.task_state import Task
from services.supervision.domain.primitives.tasks import add_task, change_task

ESCALATION_TIMER = "escalation"
"""First part of the timer name `escalation:<task>`. The timer escalates a question or request that nobody answered."""


def request_attention(
    case: SupervisionCase,
    reason: AttentionReason,
    queue: AttentionQueue,
    note: str = "",
    grid_code: str = "",
    dispatch_id: UUID | None = None,
) -> None:
    """Ask a role to look at the case, unless a question with the same reason is already open.

    A question to the leader goes to the director of the responsible centre first and, if nobody answers, to the county
    leader in charge.
    """
    if _is_waiting(case, reason):
        return
    task_id, task = _add_question(case, reason, queue, note, grid_code)
    task.dispatch_id = dispatch_id
    post, post_en = _director(case) if task.escalates else (None, None)
    set_escalation_timer(case, task_id)
    emit_event(case, AttentionNeeded(reason=reason, queue=queue, note=note, post=post, post_en=post_en))


def set_escalation_timer(case: SupervisionCase, task_id: UUID) -> None:
    """Set the timer of a task, if the task escalates."""
    task = case.state.tasks[task_id]
    if task.escalates:
        case.set_timer(f"{ESCALATION_TIMER}:{task_id}", task.due_at)


def on_escalation_due(case: SupervisionCase, _due_at: datetime) -> None:
    """Escalate a task that nobody answered in time.

    A unit's request goes to the director of the centre, a question to the county leader in charge.
    """
    task = case.state.tasks.get(UUID(case.timer_name.partition(":")[2]))
    if task is None or not task.waiting or case.state.ended:
        return
    if task.kind == "attention":
        _ask_county_leader(case, task)
    else:
        request_attention(case, "request_undecided", "leader", task.note)


def _ask_county_leader(case: SupervisionCase, task: Task) -> None:
    """Ask the county leader in charge, because the director did not answer in time."""
    if _is_waiting(case, "director_silent"):
        return
    settings = case.district.settings
    _add_question(case, "director_silent", "leader", task.note, settings.id)
    emit_event(
        case,
        AttentionNeeded(
            reason="director_silent",
            queue="leader",
            note=task.note,
            post=settings.leader_in_charge or "分管县领导",
            post_en=settings.leader_in_charge_en or "county leader in charge",
        ),
    )


def _is_waiting(case: SupervisionCase, reason: AttentionReason) -> bool:
    return any(
        each.kind == "attention" and each.reason == reason and each.waiting for each in case.state.tasks.values()
    )


def _add_question(
    case: SupervisionCase, reason: AttentionReason, queue: AttentionQueue, note: str, grid_code: str
) -> tuple[UUID, Task]:
    """Add the question as a task.

    A task whose grid is the code of the whole district is visible only to people who see the whole district.
    """
    limit = limit_of(reason, case.district.settings.stage_limits)
    due_at, provisional = compute_deadline(case.now, limit, case.district.calendar)
    task_id = case.derive_id(f"attention/{reason}")
    task = Task(
        kind="attention",
        queue=queue,
        created_at=case.now,
        due_at=due_at,
        provisional=provisional,
        reason=reason,
        note=note,
        grid_code=grid_code,
    )
    add_task(case, task_id, task)
    return task_id, task


def _director(case: SupervisionCase) -> tuple[str, str]:
    filed = case.state.filed_case
    centre = case.district.centres.get(filed.centre_id) if filed is not None else None
    if centre is None or not centre.director:
        return "中心主任", "director of the centre"
    return centre.director, centre.director_en or "director of the centre"


def settle(case: SupervisionCase, task_id: UUID, note: str, by: Actor, *, answered: bool = False) -> None:
    """Close a question.

    `answered` is True if the role that was asked answered the question. The time until the answer is then judged.
    """
    task = change_task(case, task_id)
    task.status = "answered"
    case.clear_timer(f"{ESCALATION_TIMER}:{task_id}")
    emit_event(
        case,
        AttentionSettled.model_validate(
            {"reason": task.reason, "note": note, "answered": answered or None, "settled_by": by}
        ),
    )


def close_request_question(case: SupervisionCase, task_id: UUID, by: Actor) -> None:
    """Stop the escalation of a request for an extension or a suspension that was decided or cancelled.

    Also close the question about such undecided requests, unless another one of the case is past its deadline.
    """
    case.clear_timer(f"{ESCALATION_TIMER}:{task_id}")
    late = (each for each in case.state.tasks.values() if each.kind in ("extension", "suspension") and each.waiting)
    if not any(each.due_at <= case.now for each in late):
        settle_all(case, "", by, "request_undecided")


def settle_all(case: SupervisionCase, note: str, by: Actor, *reasons: AttentionReason, answered: bool = False) -> None:
    """Close the open questions of the case: all of them, or only those with one of these reasons."""
    for task_id, task in list(case.state.tasks.items()):
        if task.kind == "attention" and task.waiting and (not reasons or task.reason in reasons):
            settle(case, task_id, note, by, answered=answered)


def answer_all(case: SupervisionCase, note: str, caller: Caller, *reasons: AttentionReason) -> None:
    """Close open questions after a decision of the caller.

    A question to a role of the caller counts as answered; the other questions are only closed.
    """
    for task_id, task in list(case.state.tasks.items()):
        if task.kind == "attention" and task.waiting and (not reasons or task.reason in reasons):
            roles = access.QUEUES[task.queue]
            settle(case, task_id, note, caller.acting_as(*roles).actor(), answered=caller.has(*roles))
