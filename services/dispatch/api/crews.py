"""二级派遣: which crew of a unit has how much, and by when. What it has in particular: the inbox, asked for that crew."""

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
    """What a crew has to do."""

    unit_id: str
    unit_name: str
    unit_name_en: str
    crew: str | None
    """None: what the unit has handed on to nobody."""
    open: int
    """Orders in hand."""
    overdue: int
    """Of these, past their deadline."""
    next_due_at: Instant
    """The nearest deadline."""


class Crews(View):
    """Of each unit first what is with nobody, then crew by crew."""

    items: list[CrewView]


@router.get("/crews", response_model=Crews, responses=responses(*SIGNED_IN))
async def list_crews(
    unit: Annotated[str, Query(description="`me` (units: always), or a unit's id, or `all`")] = "me",
    mode: mode_filter.AskedMode = "actual",
    ctx: Context = Depends(context),
    caller: Caller = Depends(READING_CALLERS),
) -> Crews:
    """Open orders crew by crew: of a unit its own, of the centre's desks those of the units at work in their area."""
    own = caller.houses(ctx.district)
    units = sorted(own) or (None if unit in ("me", "all") else [unit])
    rows = await store.list_crews(
        ctx.database,
        units=units,
        areas=list(caller.areas) or None if not own else None,
        mode=mode_filter.only(mode),
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
