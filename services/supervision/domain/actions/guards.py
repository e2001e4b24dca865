"""Actions that a caller can take on a case now, and the refusal of the other actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NoReturn
from uuid import UUID

from services.chassis.auth import Caller, acts_for_centre, is_centre_staff
from services.chassis.problems import NotPossibleNow, is_allowed
from services.supervision.domain.primitives import access
from services.supervision.domain.primitives.case import SupervisionCase
from services.supervision.domain.primitives.task_state import Task

Action = Literal["urge", "order", "claim", "answer", "review", "close", "force-close", "reopen", "feedback"]

ROLES: Mapping[Action, tuple[str, ...]] = {
    "urge": ("hotline", "intake_clerk", "shift_lead", "dispatcher", "assessor", "leader"),
    "order": ("shift_lead", "dispatcher", "leader"),
    "claim": access.TASK_ROLES,
    "answer": access.TASK_ROLES,
    "review": ("leader",),
    "close": ("shift_lead",),
    "force-close": ("leader",),
    "reopen": ("shift_lead", "leader"),
    "feedback": ("hotline", "intake_clerk", "shift_lead", "assessor"),
}
"""Action → roles that may take it. The API admits the same roles."""

CLOSABLE_STATUSES = frozenset({"awaiting_recheck", "rechecking"})
"""Statuses in which every unit is done and no leader has to review the case before it closes."""


def possible_actions(case: SupervisionCase, caller: Caller) -> tuple[Action, ...]:
    """Return the actions that the caller can take on the case now."""
    return tuple(each for each in _open_actions(case) if _may(case, caller, each))


def require_possible(case: SupervisionCase, caller: Caller, action: Action) -> None:
    """Raise a problem unless the case belongs to the caller's centre and its state allows this action.

    Raises `CaseUnknown` or `NotPossibleNow`.
    """
    access.require_case(case, caller)
    if action not in _open_actions(case):
        refuse_action(case, caller)


def refuse_action(case: SupervisionCase, caller: Caller) -> NoReturn:
    """Raise `NotPossibleNow` with the actions that the caller can take instead."""
    raise NotPossibleNow(case.state.flow.status, possible_actions(case, caller))


def _open_actions(case: SupervisionCase) -> tuple[Action, ...]:
    """Return the actions that the state of the case allows, regardless of the caller."""
    flow = case.state.flow
    to_tasks: tuple[Action, ...] = ("claim", "answer")
    if flow.voided or flow.withdrawn or flow.not_filed or flow.attached_to:
        return to_tasks
    if flow.closed:
        waiting = any(report.asked == "waiting" for report in case.state.reports.values())
        can_reopen = flow.filed or flow.answered or flow.settlement == "approved"
        again: tuple[Action, ...] = ("reopen",) if can_reopen else ()
        return (*to_tasks, *again, "feedback") if waiting else (*to_tasks, *again)
    actions: list[Action] = ["order", *to_tasks]
    if any(dispatch.open for dispatch in flow.dispatches.values()):
        actions.insert(0, "urge")
    if flow.review == "awaiting":
        actions.append("review")
    if flow.status in CLOSABLE_STATUSES:
        actions.append("close")
    return (*actions, "force-close") if flow.filed else tuple(actions)


def _may(case: SupervisionCase, caller: Caller, action: Action) -> bool:
    """Return True if the caller passes every check of the action."""
    if caller.kind == "resident":
        return action == "feedback" and _awaits_answer_of(case, caller)
    if not caller.has(*ROLES[action]) or not acts_for_centre(caller):
        return False
    if action in ("claim", "answer"):
        return is_centre_staff(caller) and any(
            _may_do(case, key, task, caller)
            for key, task in case.state.tasks.items()
            if task.status == "open" or (action == "answer" and task.waiting)
        )
    if not is_allowed(access.require_case, case, caller):
        return False
    if action == "close":
        return is_allowed(access.require_independent, case, caller)
    if action == "review":
        found = review_task_of(case)
        return found is not None and _may_do(case, found, case.state.tasks[found], caller)
    return True


def review_task_of(case: SupervisionCase) -> UUID | None:
    """Return the id of the last review task of the case, open or answered; `None` without one."""
    found = [key for key, task in case.state.tasks.items() if task.kind == "review" and task.status != "cancelled"]
    return found[-1] if found else None


def _may_do(case: SupervisionCase, task_id: UUID, task: Task, caller: Caller) -> bool:
    return is_allowed(access.require_task, case, task_id, task, caller) and is_allowed(
        access.require_available, task, caller
    )


def _awaits_answer_of(case: SupervisionCase, caller: Caller) -> bool:
    """Return True if the centre waits for feedback on the report that the resident's token names."""
    own = (each for key, each in case.state.reports.items() if str(key) == caller.report_id)
    return caller.case_id == str(case.id) and any(each.asked == "waiting" for each in own)
