"""Adding, changing and cancelling of tasks. The store writes the rows of the tasks that are marked as changed."""

from __future__ import annotations

from uuid import UUID

from services.supervision.domain.primitives.case import SupervisionCase
from services.supervision.domain.primitives.task_state import Task


def cancel_tasks(case: SupervisionCase) -> None:
    """Cancel all open tasks of the case except appeals, which are decided even after the case has ended."""
    for task_id, task in list(case.state.tasks.items()):
        if task.waiting and task.kind != "appeal":
            change_task(case, task_id).status = "cancelled"


def cancel_appeals(case: SupervisionCase) -> None:
    """Cancel the undecided appeals of a voided case, because the contested figures no longer count the case."""
    for task_id, task in case.state.tasks.items():
        if task.kind == "appeal" and task.waiting:
            change_task(case, task_id).status = "cancelled"


def add_task(case: SupervisionCase, task_id: UUID, task: Task) -> None:
    """Add a task to its queue. A task without a grid gets the grid of the filed case."""
    task.grid_code = task.grid_code or (case.state.filed_case.grid_code if case.state.filed_case is not None else "")
    case.state.tasks[task_id] = task
    case.state.changes.tasks.add(task_id)
    case.state.changes.clocks = True


def change_task(case: SupervisionCase, task_id: UUID) -> Task:
    """Return a task so that the caller can change it, and mark its row for saving."""
    case.state.changes.tasks.add(task_id)
    case.state.changes.clocks = True
    return case.state.tasks[task_id]
