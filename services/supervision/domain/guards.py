"""What is possible now, and the refusal of everything else."""

from __future__ import annotations

from typing import Literal, NoReturn

from services.chassis.auth import Caller
from services.chassis.problems import NotPossibleNow
from services.supervision.domain import access
from services.supervision.domain.state import SupervisionCase

Action = Literal["urge", "order", "claim", "answer", "review", "close", "force-close", "reopen", "feedback"]

_TO_TASKS: tuple[Action, ...] = ("claim", "answer")

HANDLED = frozenset({"awaiting_recheck", "rechecking"})
"""Statuses in which the units have done their part, and no leader has to look first."""


def possible(case: SupervisionCase) -> tuple[Action, ...]:
    """What could be done with the case now, by whoever may."""
    flow = case.state.flow
    if flow.voided or flow.withdrawn or flow.not_filed or flow.attached_to:
        return ()
    if flow.closed:
        waiting = any(report.asked == "waiting" for report in case.state.reports.values())
        was_case = flow.filed or flow.answered or flow.settlement == "approved"
        again: tuple[Action, ...] = ("reopen",) if was_case else ()
        return (*again, "feedback") if waiting else again
    actions: list[Action] = ["order"]
    if any(dispatch.open for dispatch in flow.dispatches.values()):
        actions.insert(0, "urge")
    if any(task.waiting for task in case.state.tasks.values()):
        actions += _TO_TASKS
    if flow.review == "awaiting":
        actions.append("review")
    if flow.status in HANDLED:
        actions.append("close")
    return (*actions, "force-close") if flow.filed else tuple(actions)


def require(case: SupervisionCase, caller: Caller, action: Action) -> None:
    """Raises `CaseUnknown` or `NotPossibleNow` unless the caller's centre may do this now."""
    access.require_case(case, caller)
    if action not in possible(case):
        refuse(case)


def refuse(case: SupervisionCase) -> NoReturn:
    """Raises `NotPossibleNow` with what is possible instead."""
    raise NotPossibleNow(case.state.flow.status, possible(case))
