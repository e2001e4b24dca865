"""Storm mode 风暴模式 and control areas 管控区: the centre declares them, and says what everybody concerned is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from contracts.common import Place
from services.chassis import cursors
from services.chassis.auth import Caller, of_a_centre
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.database import Connection
from services.chassis.openapi_errors import COMMAND, SIGNED_IN, responses
from services.chassis.problems import CursorInvalid
from services.chassis.web import Command, command, context, needs
from services.intake.api.area_forms import (
    Areas,
    AreaView,
    ControlForm,
    Declaration,
    EndForm,
    ReplyForm,
    StormForm,
    Told,
)
from services.intake.domain import areas, filing, floods, problems
from services.intake.domain.case import IntakeCases
from services.intake.domain.grids import GRIDS
from services.intake.domain.locating import Whereabouts, locate
from services.intake.identifiers import uuid7
from services.intake.parts import Parts, parts
from services.intake.store import areas as store

router = APIRouter(prefix="/api/intake", tags=["floods"])

_DECLARING = ("shift_lead", "leader")
_LOOKING = needs("intake_clerk", "shift_lead", "hotline", "dispatcher", "leader", "assessor", only=of_a_centre)


declaring = needs(*_DECLARING, only=of_a_centre)
"""Dependency: the centre's shift lead or leader; the leader of a unit declares nothing."""

_DECLARED = responses(
    *COMMAND, problems.CategoryUnknown, problems.CategoryUnsuitable, problems.PolygonInvalid, problems.PeriodInvalid,
    problems.OutOfYourArea,
)  # fmt: skip
_CHANGED = responses(*COMMAND, problems.AreaUnknown, problems.AreaOver)


@router.post(
    "/storms", response_model=AreaView, status_code=201,
    responses=_DECLARED | responses(problems.ConditionUnknown, problems.GridUnknown, problems.PlaceMissing),
)  # fmt: skip
async def declare_storm(
    form: StormForm, cmd: Command = Depends(command), caller: Caller = Depends(declaring), own: Parts = Depends(parts)
) -> Response:  # fmt: skip
    """Declare a storm. Its parent case is filed at once; reports follow it from now on, older ones within seconds.

    Running over a limit is not counted for the parent nor for what it takes in.
    """
    area = _area("storm", form, cmd, caller, own, parent_case_id=(case_id := uuid7()))
    condition = filing.condition_of(form.category_ids[0], form.condition_id, cmd.district)
    place, serial = _place(form, area, cmd, own), await own.serials.take()

    def decide(cases: IntakeCases) -> AreaView:
        parent = cases[case_id]
        floods.declare(parent, area, condition, place, serial)
        return AreaView.of(area, cmd.district, number=parent.state.known.case_number)

    return await cmd.begin(case_id, decide, status=201, rows=lambda _: store.declare(area))


@router.post("/storms/{storm_id}/reply", response_model=Told, responses=_CHANGED)
async def reply(
    storm_id: UUID, form: ReplyForm, cmd: Command = Depends(command), caller: Caller = Depends(declaring)
) -> Response:  # fmt: skip
    """One reply to everybody who reported it: they read it where they follow their report. Those to come read it too."""
    _, parent_id = await _storm(cmd, storm_id, caller)

    def decide(cases: IntakeCases) -> Told:
        parent = cases[parent_id]
        return Told(reporters=floods.reply(cases, parent, form.text, form.text_en, caller.actor()))

    said = _said(storm_id, "replied", form.text, caller, cmd)
    return await cmd.run([parent_id], decide, also=said, versioned=False)


@router.post("/storms/{storm_id}/end", response_model=AreaView, responses=_CHANGED)
async def end_storm(
    storm_id: UUID, form: EndForm, cmd: Command = Depends(command), caller: Caller = Depends(declaring)
) -> Response:  # fmt: skip
    """End a storm before its time. What it took in stays with the parent, whose life goes on."""
    storm, parent_id = await _storm(cmd, storm_id, caller)
    floods.require_running(storm)

    def decide(cases: IntakeCases) -> AreaView:
        parent = cases[parent_id]
        floods.end(parent, form.note, caller.actor())
        over = storm.model_copy(update={"ended_at": cmd.context.clock.now()})
        return AreaView.of(over, cmd.district, len(parent.state.joined), parent.state.known.case_number)

    said = _said(storm_id, "ended", form.note, caller, cmd)
    return await cmd.run([parent_id], decide, also=said, versioned=False)


@router.post("/control-areas", response_model=AreaView, status_code=201, responses=_DECLARED)
async def declare_control_area(
    form: ControlForm, cmd: Command = Depends(command), caller: Caller = Depends(declaring), own: Parts = Depends(parts)
) -> Response:  # fmt: skip
    """Declare a control area: who reports one of these categories in it is answered at once. Never for emergencies."""
    area = _area("control", form, cmd, caller, own, answer=form.answer, answer_en=form.answer_en)

    async def write(connection: Connection, _: AreaView) -> None:
        for row in store.declare(area):
            await connection.execute(row.sql, *row.values)

    return await cmd.run([], lambda _: AreaView.of(area, cmd.district), status=201, also=write)


@router.post("/control-areas/{area_id}/end", response_model=AreaView, responses=_CHANGED)
async def end_control_area(
    area_id: UUID, form: EndForm, cmd: Command = Depends(command), caller: Caller = Depends(declaring)
) -> Response:  # fmt: skip
    """End a control area before its time: reports are taken like everywhere else again."""
    found = await _one(cmd, "control", area_id, caller)
    floods.require_running(found.area)
    over = found.area.model_copy(update={"ended_at": cmd.context.clock.now()})
    view = AreaView.of(over, cmd.district, found.reports)
    return await cmd.run([], lambda _: view, also=_said(area_id, "ended", form.note, caller, cmd))


@router.get("/storms", response_model=Areas, responses=responses(*SIGNED_IN, CursorInvalid))
async def storms(
    cursor: Cursor | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50, parts: Context = Depends(context),
    caller: Caller = Depends(_LOOKING),
) -> Areas:  # fmt: skip
    """Storms, the one declared last first."""
    return await _list("storm", cursor, limit, parts)


@router.get("/control-areas", response_model=Areas, responses=responses(*SIGNED_IN, CursorInvalid))
async def control_areas(
    cursor: Cursor | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50, parts: Context = Depends(context),
    caller: Caller = Depends(_LOOKING),
) -> Areas:  # fmt: skip
    """Control areas, the one declared last first: what the desk answers at once, and how often it did."""
    return await _list("control", cursor, limit, parts)


async def _list(kind: Literal["storm", "control"], cursor: str | None, limit: int, parts: Context) -> Areas:
    found = await store.listed(parts.database, kind, cursors.instant_and_id(cursor), limit)
    return Areas(
        items=[AreaView.of(each.area, parts.district, each.reports, each.parent_number) for each in found],
        next=cursors.following(found, limit, lambda last: (last.area.declared_at, last.area.id)),
    )


def _area(
    kind: Literal["storm", "control"], form: Declaration, cmd: Command, caller: Caller, own: Parts, **more: Any
) -> areas.Area:  # fmt: skip
    """The declaration, checked. Raises what is wrong with it."""
    now, district = cmd.context.clock.now(), cmd.district
    areas.check_categories(form.category_ids, kind, district)
    areas.check_period(form.starts_at, form.ends_at, now)
    return areas.Area(
        id=uuid7(),
        kind=kind,
        name=form.name,
        name_en=form.name_en,
        category_ids=tuple(dict.fromkeys(form.category_ids)),
        polygon=areas.ring(form.polygon.corners, form.polygon.crs, caller, GRIDS.of(district)),
        starts_at=form.starts_at,
        ends_at=form.ends_at,
        note=form.note,
        declared_by=caller.actor(),
        declared_at=now,
        **more,
    )


def _place(form: StormForm, area: areas.Area, cmd: Command, own: Parts) -> Place:
    """Where the parent is: in the grid named, else in the middle of the polygon. Raises `GridUnknown`, `PlaceMissing`."""
    point = areas.middle(area.polygon) if form.grid_code is None else None
    today = area.declared_at.astimezone(cmd.district.zone).date()
    said = Whereabouts(point=point, crs="cgcs2000", grid_code=form.grid_code)
    located = locate(said, cmd.district, GRIDS.of(cmd.district), today)
    if located.place is None:
        raise problems.PlaceMissing
    return located.place


async def _storm(cmd: Command, storm_id: UUID, caller: Caller) -> tuple[areas.Area, UUID]:
    """The storm and its parent case. Raises `AreaUnknown`."""
    storm = (await _one(cmd, "storm", storm_id, caller)).area
    assert storm.parent_case_id is not None
    return storm, storm.parent_case_id


async def _one(cmd: Command, kind: Literal["storm", "control"], area_id: UUID, caller: Caller) -> store.Listed:
    """The area, if it lies in the caller's. Raises `AreaUnknown`."""
    found = await store.one(cmd.database, kind, area_id)
    if found is None or (caller.areas and not _own(found.area, cmd, caller)):
        raise problems.AreaUnknown(area=str(area_id))
    return found


def _own(area: areas.Area, cmd: Command, caller: Caller) -> bool:
    grids = [
        grid.id for grid in cmd.district.grids.values() if grid.polygon and area.covers(areas.middle(grid.polygon))
    ]
    return bool(grids) and all(caller.covers(code) for code in grids)


def _said(
    area_id: UUID, what: str, said: str, caller: Caller, cmd: Command
) -> Callable[[Connection, Any], Awaitable[None]]:  # fmt: skip
    """What a person did with the area, into its log in the same transaction."""

    async def write(connection: Connection, _: Any) -> None:
        await store.say(connection, area_id, what, caller.actor(), said, cmd.context.clock.now())

    return write
