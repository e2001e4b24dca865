"""The roster 排班 as the centre looks at it: who is on duty in each grid at an instant, and which grids have nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from contracts.registry import Grid
from services.chassis import duty
from services.chassis.district import District, is_valid
from services.chassis.duty import Turn


@dataclass(frozen=True, slots=True)
class Watched:
    """A grid and the officers' turns that run over it, narrowest first."""

    grid: Grid
    turns: tuple[Turn, ...]
    next_starts_at: datetime | None
    """Of a grid with nobody: when somebody comes; None when the roster promises nobody within a week."""


def watch(district: District, at: datetime, areas: tuple[str, ...]) -> list[Watched]:
    """Every base and dedicated grid of the areas (of all, without any), by code. Micro grids are their parents'."""
    running = [turn for turn in duty.turns(district.shifts.values(), at, at, district.zone) if turn.officer_id]
    today = at.astimezone(district.zone).date()
    grids = [
        grid for grid in district.grids.values()
        if grid.kind != "micro" and is_valid(grid, today) and (not areas or grid.id.startswith(areas))
    ]  # fmt: skip
    return [_watched(district, grid, running, at) for grid in sorted(grids, key=lambda grid: grid.id)]


def _watched(district: District, grid: Grid, running: Iterable[Turn], at: datetime) -> Watched:
    here = [turn for turn in running if duty.covers(turn.shift, grid.id)]
    here.sort(key=lambda turn: (-max(len(area) for area in turn.shift.areas), turn.shift.id))
    return Watched(grid, tuple(here), None if here else district.duty_from(grid.id, at))
