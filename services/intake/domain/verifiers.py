"""Verifiers of a report: people with the right role, near the place and free, except the reporters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from contracts.common import Channel, Mode
from contracts.grid_codes import communities_of
from services.chassis import duty
from services.chassis.auth import Caller, is_not_channel
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain.case import IntakeCase, Task
from services.intake.domain.receiving import DESK_ROLES

VERIFIER_ROLES = ("officer", "grid_lead", *DESK_ROLES)
"""Roles that may answer verification tasks."""

OpenTasks = Mapping[tuple[Mode, str], int]
"""Mode of the cases and officer id → number of open verification tasks."""

_DICTATED: frozenset[Channel] = frozenset({"hotline", "walk_in"})
"""Channels on which the desk writes down what somebody else reports."""


def may_verify(district: RegistrySnapshot, officer_id: str | None, excluded: Collection[str | None]) -> bool:
    """Return whether the officer has a role that verifies and is not excluded.

    Excluded are reporters and officers who passed the task on.
    """
    return officer_id is not None and officer_id not in excluded and district.is_verifier(officer_id)


def nearest_free(
    grid_code: str,
    now: datetime,
    district: RegistrySnapshot,
    load: Callable[[str], int],
    excluded: Collection[str | None],
) -> str | None:
    """Return the nearest officer on duty who is not busy; if all are busy, the least busy one.

    Return `None` if nobody is on duty. Officers of the grid come first, in order of their shift's area (smallest
    first), then officers of neighbouring grids. `excluded` are the ids of officers who must not verify the case. `load`
    returns the number of an officer's open tasks.
    """
    ranked = (
        officer.id
        for grid in _near(grid_code, now, district)
        for officer in district.officers_on_duty(grid, now)
        if may_verify(district, officer.id, excluded)
    )
    return duty.choose_officer(ranked, load)


def _near(grid_code: str, now: datetime, district: RegistrySnapshot) -> tuple[str, ...]:
    """Return the codes of the grid and its neighbours."""
    return (grid_code, *district.neighbours_of(grid_code, now.astimezone(district.zone).date()))


def open_task_count(mode: Mode, open_tasks: OpenTasks) -> Callable[[str], int]:
    """Return a function that gives the number of an officer's open tasks in cases of this mode.

    So the tasks of an exercise do not make an officer busy for real cases.
    """
    return lambda officer_id: open_tasks.get((mode, officer_id), 0)


def next_duty_start(
    grid_code: str, now: datetime, district: RegistrySnapshot, excluded: Collection[str | None]
) -> datetime | None:
    """Return when somebody who may verify is next on duty for the grid or for a neighbouring one.

    Return `None` if nobody is on duty within a week.
    """

    def suits(officer_id: str | None) -> bool:
        return may_verify(district, officer_id, excluded)

    shifts = district.shifts.values()
    begins = (duty.next_duty_start(shifts, grid, now, district.zone, suits) for grid in _near(grid_code, now, district))
    return min((each for each in begins if each is not None), default=None)


def is_reporter(caller: Caller, state: IntakeCase) -> bool:
    """Return whether the caller reported the case or an attached report, as officer, account or API key.

    A clerk who wrote down the report of somebody else is not the reporter, and may call that person back.
    """
    own = caller.actor()
    if own.officer_id is not None and own.officer_id in state.reporting_officers:
        return True
    reporters = ((actor.kind, actor.id) for channel, actor in state.reporters if channel not in _DICTATED)
    return (own.kind, own.id) in reporters


def may_answer(task: Task, caller: Caller, district: RegistrySnapshot, now: datetime) -> bool:
    """Return whether the caller may answer the task.

    Allowed are the assigned officer, officers of the grid or on duty for it, the leads of the grid, and the shift lead.
    The desk may answer tasks to verify by phone, tasks without an officer, and tasks escalated to the centre.
    """
    if caller.has("shift_lead") and (task.grid_code is None or caller.covers(task.grid_code)):
        return True
    desks = task.mode == "phone" or task.officer_id is None or task.escalated_to_centre
    if desks and caller.has(*DESK_ROLES) and caller.covers(task.grid_code):
        return True
    if task.mode == "phone" or not may_verify(district, caller.officer_id, ()):
        return False
    grid = task.grid_code or ""
    found = (*district.officers_of(grid), *district.officers_on_duty(grid, now), *district.leads_of(grid))
    responsible = {officer.id for officer in found}
    return caller.officer_id == task.officer_id or caller.officer_id in responsible


def is_in_work_area(task: Task, caller: Caller, district: RegistrySnapshot, now: datetime) -> bool:
    """Return whether the task lies where the caller works. To all other callers, the task appears as unknown."""
    grid, own = task.grid_code, caller.officer_id
    if grid is None or (own is not None and own in (task.officer_id, *task.declined)):
        return True
    if own is None or caller.areas:
        return caller.covers(grid)
    responsible = (*district.officers_of(grid), *district.officers_on_duty(grid, now), *district.leads_of(grid))
    officer = district.officers.get(own)
    around = communities_of(officer.grids) if officer is not None else ()
    return own in {each.id for each in responsible} or grid.startswith(tuple(around) or ("-",))


def may_answer_open_task(state: IntakeCase, caller: Caller, district: RegistrySnapshot, now: datetime) -> bool:
    """Return whether the case has an open task that the caller may answer."""
    task = state.task
    if task is None or not caller.has(*VERIFIER_ROLES) or not is_not_channel(caller) or is_reporter(caller, state):
        return False
    return is_in_work_area(task, caller, district, now) and may_answer(task, caller, district, now)


def is_listed_for(state: IntakeCase, caller: Caller, district: RegistrySnapshot) -> bool:
    """Return whether the case's verification task belongs in the caller's task list.

    A reporter of the case does not see the task, and neither does an officer whose role does not verify.
    """
    verifies = caller.officer_id is None or may_verify(district, caller.officer_id, ())
    return verifies and not is_reporter(caller, state)
