"""What people have to do: tasks come into a queue, change, fall away. The store's rows follow what is marked here."""

from __future__ import annotations

from uuid import UUID

from services.supervision.domain.primitives.case import SupervisionCase, Task


def cancel_tasks(case: SupervisionCase) -> None:
    """Nobody needs to do anything more: the case ended, or was decided in another way. Appeals outlive their case."""
    for task_id, task in list(case.state.tasks.items()):
        if task.waiting and task.kind != "appeal":
            change_task(case, task_id).status = "cancelled"


def cancel_appeals(case: SupervisionCase) -> None:
    """Cancel undecided appeals of a voided case: nothing of it counts any more."""
    for task_id, task in case.state.tasks.items():
        if task.kind == "appeal" and task.waiting:
            change_task(case, task_id).status = "cancelled"


def add_task(case: SupervisionCase, task_id: UUID, task: Task) -> None:
    """Put a task into its queue, and under the place of its case: whose area that is sees it."""
    task.grid_code = task.grid_code or (case.state.filed_case.grid_code if case.state.filed_case is not None else "")
    case.state.tasks[task_id] = task
    case.state.changes.tasks.add(task_id)
    case.state.changes.clocks = True


def change_task(case: SupervisionCase, task_id: UUID) -> Task:
    """The task, marked as changed so that its row follows."""
    case.state.changes.tasks.add(task_id)
    case.state.changes.clocks = True
    return case.state.tasks[task_id]
