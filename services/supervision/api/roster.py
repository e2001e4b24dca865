"""The roster: who is on duty in an area at an instant, and which grids have nobody on duty."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.chassis.auth import Caller, acts_for_centre
from services.chassis.context import Context
from services.chassis.duty import ShiftOccurrence
from services.chassis.forms import Instant
from services.chassis.openapi_errors import SIGNED_IN, responses
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.web import context, needs
from services.supervision.domain.primitives import access
from services.supervision.domain.primitives.view import View
from services.supervision.domain.roster.coverage import GridCoverage, grid_coverage

router = APIRouter(prefix="/api/supervision/roster", tags=["roster"])

ROSTER_READERS = (
    "shift_lead",
    "leader",
    "dispatcher",
    "intake_clerk",
    "assessor",
    "administrator",
    "grid_lead",
    "instructor",
)
"""Roles that read the roster."""


class OnDuty(View):
    """A turn of an officer: one occurrence of the officer's shift."""

    officer_id: str
    name: str
    name_en: str
    shift_id: str
    starts_at: datetime
    ends_at: datetime
    stands_in_for: str | None
    """Id of the officer on leave whom this officer replaces; `null` if this officer replaces nobody."""
    stands_in_for_name: str | None
    stands_in_for_name_en: str | None


class GridDuty(View):
    """A grid and the officers on duty for it."""

    grid_code: str
    name: str
    name_en: str
    on_duty: list[OnDuty]
    """Turns that cover the grid at this instant, those with the smallest area first; empty if nobody is on duty."""
    next: OnDuty | None
    """The turn that begins next; `null` if none begins within eight days."""


class Roster(View):
    """The roster of an area at an instant."""

    at: datetime
    grids: int
    without: int
    """Number of grids with nobody on duty."""
    items: list[GridDuty]


@router.get("", response_model=Roster, responses=responses(*SIGNED_IN))
async def roster(
    at: Annotated[Instant | None, Query(description="Instant of the roster; without it, now.")] = None,
    only_without: Annotated[bool, Query(description="Only grids with nobody on duty.")] = False,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(*ROSTER_READERS, only=acts_for_centre)),
) -> Roster:
    """Show the base and dedicated grids of the caller's area, each with the officers on duty."""
    instant = at or ctx.clock.now()
    found = grid_coverage(ctx.district, instant, access.task_areas(caller, ctx.district))
    return Roster(
        at=instant,
        grids=len(found),
        without=sum(1 for each in found if not each.turns),
        items=[_grid(each, ctx.district) for each in found if not (only_without and each.turns)],
    )


def _grid(found: GridCoverage, district: RegistrySnapshot) -> GridDuty:
    return GridDuty(
        grid_code=found.grid.id,
        name=found.grid.name,
        name_en=found.grid.name_en,
        on_duty=[_turn(turn, district) for turn in found.turns],
        next=_turn(found.coming, district) if found.coming else None,
    )


def _turn(turn: ShiftOccurrence, district: RegistrySnapshot) -> OnDuty:
    (name, name_en), absent = _names(turn.officer_id or "", district), turn.stands_in_for
    absent_name, absent_name_en = _names(absent, district) if absent else (None, None)
    return OnDuty(
        officer_id=turn.officer_id or "",
        name=name,
        name_en=name_en,
        shift_id=turn.shift.id,
        starts_at=turn.starts,
        ends_at=turn.ends,
        stands_in_for=absent,
        stands_in_for_name=absent_name,
        stands_in_for_name_en=absent_name_en,
    )


def _names(officer_id: str, district: RegistrySnapshot) -> tuple[str, str]:
    officer = district.officers.get(officer_id)
    return (officer.name, officer.name_en) if officer else (officer_id, officer_id)
