"""What a person must look at: one open question per reason, in the queue of a role."""

from __future__ import annotations

from uuid import UUID

from contracts.clocks import deadline
from contracts.places import Actor
from contracts.supervision import AttentionNeeded, AttentionQueue, AttentionReason, AttentionSettled
from services.supervision.domain.state import SupervisionCase, Task, tell
from services.supervision.domain.tasks import change_task, need_task


def need(
    case: SupervisionCase, reason: AttentionReason, queue: AttentionQueue, note: str = "", grid_code: str = ""
) -> None:
    """Put the case before a person, unless it is there already for this reason."""
    if any(task.kind == "attention" and task.reason == reason and task.waiting for task in case.state.tasks.values()):
        return
    due_at = deadline(case.now, case.district.settings.stage_limits.review, case.district.calendar).due_at
    task = Task(
        kind="attention", queue=queue, created_at=case.now, due_at=due_at, reason=reason, note=note, grid_code=grid_code
    )
    need_task(case, case.derive_id(f"attention/{reason}"), task)
    tell(case, AttentionNeeded(reason=reason, queue=queue, note=note))


def settle(case: SupervisionCase, task_id: UUID, note: str, by: Actor) -> None:
    """A person looked and leaves it as it is."""
    task = change_task(case, task_id)
    task.status = "answered"
    tell(case, AttentionSettled.model_validate({"reason": task.reason, "note": note, "settled_by": by}))


def settle_all(case: SupervisionCase, note: str, by: Actor, *reasons: AttentionReason) -> None:
    """What was decided or done answers every open question of the case, or those of these reasons."""
    for task_id, task in list(case.state.tasks.items()):
        if task.kind == "attention" and task.waiting and (not reasons or task.reason in reasons):
            settle(case, task_id, note, by)
