"""Coverage of the roster 排班: who is on duty in each grid at an instant, and which grids have nobody on duty."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.registry import Grid
from services.chassis import duty
from services.chassis.duty import ShiftOccurrence
from services.chassis.registry_snapshot import RegistrySnapshot, is_valid

_LOOK_AHEAD = timedelta(days=8)
"""How far ahead the next turn is looked for. Every weekly pattern begins at least once in eight days."""


@dataclass(frozen=True, slots=True)
class GridCoverage:
    """A grid and the turns that cover the grid, those with the smallest area first."""

    grid: Grid
    turns: tuple[ShiftOccurrence, ...]
    coming: ShiftOccurrence | None
    """The turn that begins next; `None` if none begins within eight days."""


def grid_coverage(district: RegistrySnapshot, at: datetime, areas: tuple[str, ...]) -> list[GridCoverage]:
    """Return the coverage of every base and dedicated grid in these areas (none: all), ordered by grid code."""
    running = [turn for turn in duty.occurrences(district.shifts.values(), at, at, district.zone) if turn.officer_id]
    ahead = duty.occurrences(district.shifts.values(), at, at + _LOOK_AHEAD, district.zone)
    coming = sorted((turn for turn in ahead if turn.officer_id and turn.starts > at), key=_soonest)
    today = at.astimezone(district.zone).date()
    grids = [
        grid
        for grid in district.grids.values()
        if grid.kind != "micro" and is_valid(grid, today) and (not areas or grid.id.startswith(areas))
    ]
    grids.sort(key=lambda grid: grid.id)
    return [_coverage_of(grid, running, coming) for grid in grids]


def _coverage_of(grid: Grid, running: Iterable[ShiftOccurrence], coming: Iterable[ShiftOccurrence]) -> GridCoverage:
    here = sorted((turn for turn in running if duty.covers(turn.shift, grid.id)), key=_narrowest)
    return GridCoverage(grid, tuple(here), next((turn for turn in coming if duty.covers(turn.shift, grid.id)), None))


def _narrowest(turn: ShiftOccurrence) -> tuple[int, str]:
    return -max(len(area) for area in turn.shift.areas), turn.shift.id


def _soonest(turn: ShiftOccurrence) -> tuple[datetime, int, str]:
    return turn.starts, *_narrowest(turn)
