"""HTTP API of storms 灾情归并 and control areas 统一答复区: declare them, reply to reporters, end them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from contracts.common import Place
from services.chassis import cursors
from services.chassis.auth import Caller, acts_for_centre
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
    ReplyReceipt,
    StormForm,
)
from services.intake.api.resources import Resources, resources
from services.intake.domain import areas, filing, problems, storms
from services.intake.domain.case import IntakeCases
from services.intake.domain.grids import GRIDS
from services.intake.domain.locating import GivenPlace, locate
from services.intake.store import areas as store
from services.intake.store.identifiers import uuid7

router = APIRouter(prefix="/api/intake", tags=["floods"])

_DECLARING_ROLES = ("shift_lead", "leader")
_READERS = needs("intake_clerk", "shift_lead", "hotline", "dispatcher", "leader", "assessor", only=acts_for_centre)


declarer = needs(*_DECLARING_ROLES, only=acts_for_centre)
"""Dependency: a shift lead or leader of the centre. A unit's leader cannot declare storms or control areas."""

_DECLARED = responses(
    *COMMAND,
    problems.CategoryUnknown,
    problems.CategoryUnsuitable,
    problems.PolygonInvalid,
    problems.PeriodInvalid,
    problems.OutOfYourArea,
)
_CHANGED = responses(*COMMAND, problems.AreaUnknown, problems.AreaOver)


@router.post(
    "/storms",
    response_model=AreaView,
    status_code=201,
    responses=_DECLARED | responses(problems.ConditionUnknown, problems.GridUnknown, problems.PlaceMissing),
)
async def declare_storm(
    form: StormForm,
    cmd: Command = Depends(command),
    caller: Caller = Depends(declarer),
    resources: Resources = Depends(resources),
) -> Response:
    """Declare a storm. Its parent case is filed at once.

    New matching reports are attached at once, older ones within seconds. The parent case and its attached reports
    never count as overdue.
    """
    area = _area("storm", form, cmd, caller, parent_case_id=(case_id := uuid7()))
    condition = filing.condition_of(form.category_ids[0], form.condition_id, cmd.district)
    place, serial = _place(form, area, cmd), await resources.serials.next_serial()

    def decide(cases: IntakeCases) -> AreaView:
        parent = cases[case_id]
        storms.declare_storm(parent, area, condition, place, serial)
        return AreaView.of(area, cmd.district, number=parent.state.received_report.case_number)

    return await cmd.create_case(case_id, decide, status=201, rows=lambda _: store.insert_rows(area))


@router.post("/storms/{storm_id}/reply", response_model=ReplyReceipt, responses=_CHANGED)
async def reply(
    storm_id: UUID, form: ReplyForm, cmd: Command = Depends(command), caller: Caller = Depends(declarer)
) -> Response:
    """Send one reply to all present and later reporters of a storm.

    Reporters see the reply when they follow their report.
    """
    _, parent_id = await _require_storm(cmd, storm_id, caller)

    def decide(cases: IntakeCases) -> ReplyReceipt:
        parent = cases[parent_id]
        return ReplyReceipt(reporters=storms.reply_to_reporters(cases, parent, form.text, form.text_en, caller.actor()))

    log_action = _log_action(storm_id, "replied", form.text, caller, cmd)
    return await cmd.run([parent_id], decide, also=log_action, versioned=False)


@router.post("/storms/{storm_id}/end", response_model=AreaView, responses=_CHANGED)
async def end_storm(
    storm_id: UUID, form: EndForm, cmd: Command = Depends(command), caller: Caller = Depends(declarer)
) -> Response:
    """End a storm early. The parent case continues and keeps its attached reports."""
    storm, parent_id = await _require_storm(cmd, storm_id, caller)
    storms.require_running(storm)

    def decide(cases: IntakeCases) -> AreaView:
        parent = cases[parent_id]
        storms.end_storm(parent, form.note, caller.actor())
        ended = storm.model_copy(update={"ended_at": cmd.context.clock.now()})
        return AreaView.of(ended, cmd.district, len(parent.state.joined), parent.state.received_report.case_number)

    log_action = _log_action(storm_id, "ended", form.note, caller, cmd)
    return await cmd.run([parent_id], decide, also=log_action, versioned=False)


@router.post("/control-areas", response_model=AreaView, status_code=201, responses=_DECLARED)
async def declare_control_area(
    form: ControlForm, cmd: Command = Depends(command), caller: Caller = Depends(declarer)
) -> Response:
    """Declare a control area.

    Every matching report is answered at once, except emergencies and reports from another authority.
    """
    area = _area("control", form, cmd, caller, answer=form.answer, answer_en=form.answer_en)

    async def write(connection: Connection, _: AreaView) -> None:
        for row in store.insert_rows(area):
            await connection.execute(row.sql, *row.values)

    return await cmd.run([], lambda _: AreaView.of(area, cmd.district), status=201, also=write)


@router.post("/control-areas/{area_id}/end", response_model=AreaView, responses=_CHANGED)
async def end_control_area(
    area_id: UUID, form: EndForm, cmd: Command = Depends(command), caller: Caller = Depends(declarer)
) -> Response:
    """End a control area early. New reports are then handled as usual."""
    found = await _require_area(cmd, "control", area_id, caller)
    storms.require_running(found.area)
    ended = found.area.model_copy(update={"ended_at": cmd.context.clock.now()})
    view = AreaView.of(ended, cmd.district, found.reports)
    return await cmd.run([], lambda _: view, also=_log_action(area_id, "ended", form.note, caller, cmd))


@router.get("/storms", response_model=Areas, responses=responses(*SIGNED_IN, CursorInvalid))
async def list_storms(
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ctx: Context = Depends(context),
    _: Caller = Depends(_READERS),
) -> Areas:
    """List storms, newest declaration first."""
    return await _list("storm", cursor, limit, ctx)


@router.get("/control-areas", response_model=Areas, responses=responses(*SIGNED_IN, CursorInvalid))
async def list_control_areas(
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ctx: Context = Depends(context),
    _: Caller = Depends(_READERS),
) -> Areas:
    """List control areas with the number of reports that each has answered, newest declaration first."""
    return await _list("control", cursor, limit, ctx)


async def _list(kind: Literal["storm", "control"], cursor: str | None, limit: int, ctx: Context) -> Areas:
    found = await store.list_areas(ctx.database, kind, cursors.instant_and_id(cursor), limit)
    return Areas(
        items=[AreaView.of(each.area, ctx.district, each.reports, each.parent_number) for each in found],
        next=cursors.next_cursor(found, limit, lambda last: (last.area.declared_at, last.area.id)),
    )


def _area(
    kind: Literal["storm", "control"], form: Declaration, cmd: Command, caller: Caller, **more: Any
) -> areas.Area:
    """Build the storm or control area from its declaration. Raises a problem if the declaration is invalid."""
    now, district = cmd.context.clock.now(), cmd.district
    areas.check_categories(form.category_ids, kind, district)
    areas.check_period(form.starts_at, form.ends_at, now)
    return areas.Area(
        id=uuid7(),
        kind=kind,
        name=form.name,
        name_en=form.name_en,
        category_ids=tuple(dict.fromkeys(form.category_ids)),
        polygon=areas.closed_ring(form.polygon.corners, form.polygon.crs, caller, GRIDS.of(district)),
        starts_at=form.starts_at,
        ends_at=form.ends_at,
        note=form.note,
        declared_by=caller.actor(),
        declared_at=now,
        **more,
    )


def _place(form: StormForm, area: areas.Area, cmd: Command) -> Place:
    """Return the place of the parent case: the named grid, or the middle of the polygon.

    Raises `GridUnknown` and `PlaceMissing`.
    """
    point = areas.point_inside(area.polygon) if form.grid_code is None else None
    today = area.declared_at.astimezone(cmd.district.zone).date()
    given = GivenPlace(point=point, crs="cgcs2000", grid_code=form.grid_code)
    located = locate(given, cmd.district, GRIDS.of(cmd.district), today)
    if located.place is None:
        raise problems.PlaceMissing
    return located.place


async def _require_storm(cmd: Command, storm_id: UUID, caller: Caller) -> tuple[areas.Area, UUID]:
    """Return the storm and the id of its parent case. Raises `AreaUnknown`."""
    storm = (await _require_area(cmd, "storm", storm_id, caller)).area
    assert storm.parent_case_id is not None
    return storm, storm.parent_case_id


async def _require_area(
    cmd: Command, kind: Literal["storm", "control"], area_id: UUID, caller: Caller
) -> store.ListedArea:
    """Return the storm or control area.

    Raises `AreaUnknown` if there is none with this id, or if the caller's own area does not contain the polygon.
    """
    found = await store.find_area(cmd.database, kind, area_id)
    if found is None or (caller.areas and not areas.covers_polygon(caller, found.area.polygon, GRIDS.of(cmd.district))):
        raise problems.AreaUnknown(area=str(area_id))
    return found


def _log_action(
    area_id: UUID, action: str, text: str, caller: Caller, cmd: Command
) -> Callable[[Connection, Any], Awaitable[None]]:
    """Return a function that logs, in the command's transaction, what a person did with a storm or control area."""

    async def write(connection: Connection, _: Any) -> None:
        await store.log_action(connection, area_id, action, caller.actor(), text, cmd.context.clock.now())

    return write
