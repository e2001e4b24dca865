"""Permissions: by role, by area and by independence, because nobody may judge a case in which they took part."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from contracts.grid_codes import communities_of
from services.chassis.auth import Caller
from services.chassis.problems import NotAllowed
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.primitives import officers
from services.supervision.domain.primitives.case import SupervisedCase, SupervisionCase
from services.supervision.domain.primitives.task_state import Queue, Task
from services.supervision.domain.problems import (
    CaseUnknown,
    NotIndependent,
    OwnAppeal,
    TaskCancelled,
    TaskTaken,
    TaskUnknown,
)

CENTRE_ROLES = ("intake_clerk", "hotline", "shift_lead", "dispatcher", "leader", "assessor", "administrator")
"""Roles that act for a centre. They see the cases of their area."""

FIELD_ROLES = ("officer", "grid_lead", "lane_lead", "helper", "team_leader", "instructor")
"""Roles that work in the field."""

QUEUES: dict[Queue, tuple[str, ...]] = {
    "officer": ("officer", "grid_lead"),
    "desk": ("intake_clerk", "hotline", "assessor", "shift_lead"),
    "leader": ("leader",),
    "dispatcher": ("dispatcher", "shift_lead"),
    "shift_lead": ("shift_lead",),
    "assessor": ("assessor",),
}
"""Queue of tasks → roles that do its tasks."""

TASK_ROLES = tuple(dict.fromkeys(role for roles in QUEUES.values() for role in roles))
"""All roles that do tasks in supervision."""


def has_centre_role(caller: Caller, *roles: str) -> bool:
    """Return True if the caller acts for a centre in one of these roles. Members of a unit never act for a centre."""
    return caller.unit_id is None and caller.has(*(roles or CENTRE_ROLES))


def grid_of(state: SupervisedCase) -> str | None:
    """Return the grid in which the case lies, or else the grid of one of its tasks; `None` if neither is known."""
    if state.location is not None:
        return state.location.grid_code
    return next((task.grid_code for task in state.tasks.values() if task.grid_code), None)


def require_case(case: SupervisionCase, caller: Caller) -> None:
    """Raise `CaseUnknown` unless the case exists and the caller acts for a centre whose area contains it."""
    if not case.state.case_number or not has_centre_role(caller) or not caller.covers(grid_of(case.state)):
        raise CaseUnknown(case=str(case.id))


def may_see(state: SupervisedCase, caller: Caller, district: RegistrySnapshot) -> bool:
    """Return True if the caller may see the case.

    Staff of a centre see the cases of their area. Members of a unit see the cases in which the unit has a dispatch or
    was asked to step in. Field staff see the cases in their area and those in which they have a task, but no
    confidential cases.
    """
    if not state.case_number:
        return False
    own = caller.unit_and_team_ids(district)
    if any(order.unit_id in own for order in state.dispatches.values()) or not own.isdisjoint(
        state.authorities.values()
    ):
        return True
    if caller.unit_id is not None:
        return False
    if has_centre_role(caller):
        return caller.covers(grid_of(state))
    confidential = state.filed_case is not None and state.filed_case.confidential
    if confidential or not caller.has(*FIELD_ROLES):
        return False
    assigned = any(task.officer_id == caller.officer_id is not None for task in state.tasks.values())
    has_field_work = state.filed_case is not None or any(task.grid_code for task in state.tasks.values())
    areas, grid = task_areas(caller, district), grid_of(state) if has_field_work else None
    return assigned or (grid is not None and bool(areas) and grid.startswith(areas))


def task_areas(caller: Caller, district: RegistrySnapshot) -> tuple[str, ...]:
    """Return the areas whose open tasks the caller sees.

    For an officer without areas, these are the communities of the officer's grids.
    """
    officer = district.officers.get(caller.officer_id or "")
    if caller.areas or officer is None:
        return caller.areas
    return tuple(sorted(communities_of(filter(None, (officer.primary_grid, *officer.grids)))))


def may_assign(task: Task, caller: Caller) -> bool:
    """Return True if the caller may assign officers to the task.

    Shift leads and dispatchers of the centre may assign officers, and so may grid leads, each in their own area.
    """
    if caller.has("grid_lead") and caller.areas:
        return caller.covers(task.grid_code)
    return has_centre_role(caller, "shift_lead", "dispatcher") and caller.covers(task.grid_code)


def require_task(case: SupervisionCase, task_id: UUID, task: Task, caller: Caller) -> None:
    """Raise a problem unless the caller may do this task.

    Raises `TaskUnknown`, `NotAllowed`, `NotIndependent` or `OwnAppeal`. A caller who may not see the case always gets
    `TaskUnknown`.
    """
    near = task.queue == "officer" and _is_near(case.district, task, caller, case.now)
    if not near and not may_see(case.state, caller, case.district):
        raise TaskUnknown(task=str(task_id))
    roles = QUEUES[task.queue]
    if not caller.has(*roles) or (task.queue != "officer" and not has_centre_role(caller)):
        raise NotAllowed(roles=", ".join(roles))
    if task.queue == "officer" and caller.officer_id is None:
        raise NotAllowed(roles="officer")
    in_area = near if task.queue == "officer" else caller.covers(task.grid_code or grid_of(case.state))
    if not in_area:
        raise TaskUnknown(task=str(task_id))
    if task.queue == "officer":
        _require_unbiased(case.district, task, caller)
    if task.kind in JUDGING_TASKS:
        require_independent(case, caller, task.excluded)
    if task.kind == "appeal" and not {caller.id, caller.officer_id}.isdisjoint(task.excluded):
        raise OwnAppeal


def require_available(task: Task, caller: Caller) -> None:
    """Raise `TaskCancelled` or `TaskTaken` unless the caller can take the task.

    A grid lead may take over the task of an officer who has not claimed it. Nobody else may take a task that another
    officer has.
    """
    if task.status == "cancelled":
        raise TaskCancelled
    claimed_elsewhere = task.status == "claimed" and task.claimed_by != caller.id
    assigned_elsewhere = task.officer_id is not None and task.officer_id != caller.officer_id
    if task.status == "answered" or claimed_elsewhere or (assigned_elsewhere and not caller.has("grid_lead")):
        raise TaskTaken


JUDGING_TASKS = frozenset({"recheck", "review"})
"""Tasks that judge the work of a unit."""


def require_independent(case: SupervisionCase, caller: Caller, excluded: Collection[str] = ()) -> None:
    """Raise `NotIndependent` if the caller worked on the case or belongs to a unit that worked on it.

    The check also compares officer ids, because one person may have several accounts in a small centre.
    """
    handlers = case.state.handlers
    own_post = caller.officer_id is not None and caller.officer_id in {*handlers.officers, *excluded}
    if (
        own_post
        or caller.id in handlers.accounts
        or not caller.unit_and_team_ids(case.district).isdisjoint(handlers.units)
    ):
        raise NotIndependent


def _require_unbiased(district: RegistrySnapshot, task: Task, caller: Caller) -> None:
    """Raise `NotIndependent` for an officer who took part in the case, or whose role or grid rules out a recheck."""
    if not officers.may_recheck(district, caller.officer_id or "", task.grid_code, task.excluded):
        raise NotIndependent


def _is_near(district: RegistrySnapshot, task: Task, caller: Caller, at: datetime) -> bool:
    """Return True if the caller has the task, or if the grid of the task is near the caller.

    A grid is near the caller if it lies in the areas of the caller, or is one of the grids of the caller or next to
    one.
    """
    officer = district.officers.get(caller.officer_id or "")
    if officer is None:
        return False
    if task.officer_id == officer.id or (bool(caller.areas) and caller.covers(task.grid_code)):
        return True
    near = {code[:15] for grids in officers.near_grids(district, task.grid_code, at) for code in grids}
    return not near.isdisjoint(code[:15] for code in (officer.primary_grid, *officer.grids) if code)
