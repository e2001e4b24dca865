"""Officers who can recheck: on duty, near the place, and not involved in the case."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from services.chassis import duty
from services.chassis.registry_snapshot import RegistrySnapshot


def near_grids(district: RegistrySnapshot, grid_code: str, at: datetime) -> list[tuple[str, ...]]:
    """Return the groups of grids to search for an officer, the nearest group first.

    For a dedicated grid, only its neighbours are searched.
    """
    grid = district.grids.get(grid_code)
    parent = district.grids.get(grid.parent) if grid and grid.parent else grid
    neighbours = district.neighbours_of(grid_code, at.astimezone(district.zone).date())
    dedicated = parent is not None and parent.kind == "dedicated"
    return [neighbours] if dedicated else [(grid_code,), neighbours]


def may_recheck(district: RegistrySnapshot, officer_id: str, grid_code: str, excluded: Collection[str]) -> bool:
    """Return True if the officer may recheck a case in this grid.

    Officers may not recheck the case if they are excluded, have no role that rechecks, or work in the dedicated grid of
    the case.
    """
    officer = district.officers.get(officer_id)
    if officer is None or officer_id in excluded or not district.is_verifier(officer_id):
        return False
    grid = district.grids.get(grid_code)
    parent = district.grids.get(grid.parent) if grid and grid.parent else grid
    if parent is not None and parent.kind == "dedicated":
        return parent.id not in {officer.primary_grid, *officer.grids}
    return True


def candidates(district: RegistrySnapshot, grid_code: str, at: datetime, excluded: Collection[str]) -> list[str]:
    """Return the officers on duty who may recheck a case in this grid, the nearest officer first."""
    found: dict[str, None] = {}
    for grids in near_grids(district, grid_code, at):
        for code in grids:
            for officer in district.officers_on_duty(code, at):
                if may_recheck(district, officer.id, grid_code, excluded):
                    found[officer.id] = None
    return list(found)


def responsible_officers(district: RegistrySnapshot, grid_code: str, at: datetime) -> list[str]:
    """Return the officers responsible for a grid at an instant.

    These are the officers on duty whose shift covers the grid. If several shifts cover the grid, only those with the
    smallest area count. If no shift in the roster ever covers the grid, the officers that the registry assigns to the
    grid are responsible.
    """

    def patrols(officer_id: str | None) -> bool:
        officer = district.officers.get(officer_id or "")
        return officer is not None and officer.role == "officer"

    rostered = [each for each in district.shifts.values() if patrols(each.officer) and duty.covers(each, grid_code)]
    if not rostered:
        return [officer.id for officer in district.officers_of(grid_code) if patrols(officer.id)]
    found = [
        (duty.area_precision(turn.shift), turn.officer_id)
        for turn in duty.on_duty(rostered, grid_code, at, district.zone)
        if turn.officer_id is not None and patrols(turn.officer_id)
    ]
    return list(dict.fromkeys(officer_id for narrow, officer_id in found if narrow == found[0][0]))


def next_duty_start(
    district: RegistrySnapshot, grid_code: str, at: datetime, excluded: Collection[str]
) -> datetime | None:
    """Return the next time at which an officer who may recheck is on duty nearby.

    That is now or the start of a shift; `None` if no shift begins within a week.
    """

    def may_do_task(officer_id: str | None) -> bool:
        return officer_id is not None and may_recheck(district, officer_id, grid_code, excluded)

    shifts = district.shifts.values()
    near = (code for grids in near_grids(district, grid_code, at) for code in grids)
    starts = (duty.next_duty_start(shifts, code, at, district.zone, may_do_task) for code in near)
    return min((start for start in starts if start is not None), default=None)
