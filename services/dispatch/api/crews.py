"""Open dispatches of each crew of a unit (internal assignment 二级派遣)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from contracts.base import Instant
from services.chassis import mode_filter
from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.openapi_errors import SIGNED_IN, responses
from services.chassis.web import context
from services.dispatch.api.dispatches import READING_CALLERS
from services.dispatch.domain.dispatches.views import View, names_of
from services.dispatch.store import cases as store

router = APIRouter(prefix="/api/dispatch", tags=["dispatches"])


class CrewView(View):
    """Workload of one crew."""

    unit_id: str
    unit_name: str
    unit_name_en: str
    crew: str | None
    """Name of the crew; `None` for the dispatches of the unit that are assigned to no crew."""
    open: int
    """Number of open dispatches."""
    overdue: int
    """Number of open dispatches past their deadline."""
    next_due_at: Instant
    """Earliest deadline of the open dispatches of this crew."""


class Crews(View):
    """Workload of all crews, by unit. For each unit, the dispatches without a crew come first."""

    items: list[CrewView]


@router.get("/crews", response_model=Crews, responses=responses(*SIGNED_IN))
async def list_crews(
    unit: Annotated[str, Query(description="`me` (units: always), or a unit's id, or `all`")] = "me",
    mode: mode_filter.ModeFilterQuery = "actual",
    ctx: Context = Depends(context),
    caller: Caller = Depends(READING_CALLERS),
) -> Crews:
    """Count open dispatches by crew.

    A unit sees its own crews. The staff of a centre see the crews of all units that have dispatches in the area of the
    centre.
    """
    own = caller.unit_and_team_ids(ctx.district)
    units = sorted(own) or (None if unit in ("me", "all") else [unit])
    rows = await store.list_crews(
        ctx.database,
        units=units,
        areas=list(caller.areas) or None if not own else None,
        mode=mode_filter.mode_or_none(mode),
        now=ctx.clock.now(),
    )
    return Crews(items=[_crew_view(each, ctx) for each in rows])


def _crew_view(row: store.CrewLoad, ctx: Context) -> CrewView:
    name, name_en = names_of(row.unit_id, ctx.district)
    return CrewView(
        unit_id=row.unit_id,
        unit_name=name,
        unit_name_en=name_en,
        crew=row.crew,
        open=row.open,
        overdue=row.overdue,
        next_due_at=row.next_due_at,
    )
