"""Handover sheets 交接班单: the open cases of a centre at a shift change, with lateness and promises.

The system writes a sheet for each shift change in the area of a centre. The outgoing and the incoming shift both sign
the sheet.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from pydantic import AwareDatetime

from contracts.clocks import clock_to_show
from contracts.events.supervision import ClockName, Light
from contracts.grid_codes import community_of
from services.chassis import duty
from services.chassis.duty import ShiftOccurrence
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.primitives.case import SupervisedCase
from services.supervision.domain.primitives.view import View

_SHEETS = UUID("0b0c0a52-94bb-5a58-8a3e-3f6d6f0f6c55")
"""Namespace of sheet ids: one id per centre and instant of the change."""

PROMISE_PERIOD = timedelta(hours=24)
"""Time after the change within which a promise must be due to be on the sheet."""

Side = Literal["outgoing", "incoming"]

PromiseKind = Literal["case_due", "supervision_order_reply", "suspension_ends", "call_back"]


class Promise(View):
    """A promise about a case, with the time when the promise is due."""

    what: PromiseKind
    """`case_due`: the reporter expects the result. `supervision_order_reply`: a unit must reply to an order or notice.

    `suspension_ends`: a suspended dispatch resumes. `call_back`: a recheck by phone is due.
    """
    at: AwareDatetime


CONFIDENTIAL = ("保密", "Confidential")
"""Names shown instead of the category of a confidential case."""


class Holder(View):
    """A unit or officer who works on a case."""

    id: str
    name: str
    name_en: str


class SheetCase(View):
    """An open case on a handover sheet."""

    case_id: UUID
    case_number: str
    category_id: str | None
    """`null` if the case is not filed yet or is confidential."""
    category: str
    category_en: str
    grid_code: str
    """Grid of the case; empty if the place is not known yet."""
    grid: str = ""
    grid_en: str = ""
    stage: str
    status: str
    clock: ClockName | None
    """The most urgent clock other than the promise to the reporter; `null` without one.

    `light` and `due_at` belong to this clock.
    """
    light: Light | None
    due_at: AwareDatetime | None
    overdue: bool
    units: tuple[str, ...]
    """Units with an open dispatch."""
    officer_id: str | None
    """Officer with an open task; `null` without one."""
    holders: tuple[Holder, ...] = ()
    """The units in `units` and the officer in `officer_id`, with their names at the shift change."""
    promised: tuple[Promise, ...]


class Post(View):
    """A turn of an officer, team or unit that ends or begins at the change."""

    shift_id: str
    holder: str
    name: str
    name_en: str
    areas: tuple[str, ...]


class Sheet(View):
    """The handover sheet of a centre with all its open cases."""

    centre_id: str
    centre: str
    centre_en: str
    changes_at: AwareDatetime
    outgoing: tuple[Post, ...]
    incoming: tuple[Post, ...]
    open: int
    overdue: int
    promised: int
    cases: tuple[SheetCase, ...]


def sheet_id(centre_id: str, changes_at: datetime) -> UUID:
    """Return the id of the handover sheet of a centre for the change at this instant."""
    return uuid5(_SHEETS, f"{centre_id}/{changes_at.timestamp():.0f}")


def shift_changes(district: RegistrySnapshot, after: datetime, until: datetime) -> list[tuple[str, datetime]]:
    """Return centre and instant of every shift change in `(after, until]`, in order."""
    found = {
        (instant, district.centre_for(turn.shift.areas[0]).id)
        for turn in duty.occurrences(district.shifts.values(), after, until, district.zone)
        for instant in (turn.starts, turn.ends)
        if after < instant <= until
    }
    return [(centre_id, instant) for instant, centre_id in sorted(found)]


def write_sheet(
    district: RegistrySnapshot, centre_id: str, changes_at: datetime, cases: Iterable[tuple[UUID, SupervisedCase]]
) -> Sheet:
    """Return the handover sheet: late cases first, then by deadline.

    `cases` are the open cases in the area of the centre.
    """
    lines = sorted(
        (sheet_case(district, case_id, state, changes_at) for case_id, state in cases),
        key=lambda each: (not each.overdue, each.due_at is None, each.due_at or changes_at, each.case_number),
    )
    just_before = changes_at - timedelta(seconds=1)
    turns = [
        turn
        for turn in duty.occurrences(district.shifts.values(), just_before, changes_at, district.zone)
        if district.centre_for(turn.shift.areas[0]).id == centre_id
    ]
    centre = district.centres[centre_id]
    return Sheet(
        centre_id=centre_id,
        centre=centre.name,
        centre_en=centre.name_en,
        changes_at=changes_at,
        outgoing=tuple(_post(district, turn) for turn in turns if turn.ends == changes_at),
        incoming=tuple(_post(district, turn) for turn in turns if turn.starts == changes_at),
        open=len(lines),
        overdue=sum(each.overdue for each in lines),
        promised=sum(bool(each.promised) for each in lines),
        cases=tuple(lines),
    )


def sheet_case(district: RegistrySnapshot, case_id: UUID, state: SupervisedCase, changes_at: datetime) -> SheetCase:
    """Return a case as the handover sheet shows it."""
    first = clock_to_show(clock for clock in state.clocks.values() if not clock.paused and clock.name != "case")
    filed = state.filed_case
    confidential = filed is not None and filed.confidential
    category = district.categories.get(filed.category_id) if filed is not None and not confidential else None
    grid_code = state.location.grid_code if state.location is not None else ""
    grid = district.grids.get(grid_code)
    units = sorted({each.unit_id for each in state.flow.dispatches.values() if each.open})
    officer_id = _officer(state)
    unknown = CONFIDENTIAL if confidential else ("类别待定", "Category not yet known")
    return SheetCase(
        case_id=case_id,
        case_number=state.case_number,
        category_id=category.id if category else None,
        category=category.name if category else unknown[0],
        category_en=category.name_en if category else unknown[1],
        grid_code=grid_code,
        grid=grid.name if grid else grid_code,
        grid_en=grid.name_en if grid else grid_code,
        stage=state.flow.stage,
        status=state.flow.status,
        clock=first.name if first else None,
        light=first.light if first else None,
        due_at=first.due_at if first else None,
        overdue=any(clock.light == "red" for clock in state.clocks.values()),
        units=tuple(units),
        officer_id=officer_id,
        holders=tuple(_holder(district, each) for each in (*units, officer_id) if each),
        promised=promises_until(state, changes_at + PROMISE_PERIOD),
    )


def redacted(sheet: Sheet, case_id: UUID) -> Sheet:
    """Return the handover sheet without the details of a case that became confidential."""
    return sheet.model_copy(update={"cases": tuple(_redacted_case(each, case_id) for each in sheet.cases)})


def _redacted_case(case: SheetCase, case_id: UUID) -> SheetCase:
    if case.case_id != case_id:
        return case
    community = community_of(case.grid_code)
    return case.model_copy(
        update={
            "category_id": None,
            "category": CONFIDENTIAL[0],
            "category_en": CONFIDENTIAL[1],
            "grid_code": community,
            "grid": community,
            "grid_en": community,
        }
    )


def promises_until(state: SupervisedCase, until: datetime) -> tuple[Promise, ...]:
    """Return the promises that are due until this instant, the earliest first."""
    found: set[tuple[datetime, PromiseKind]] = {
        (notice.reply_due_at, "supervision_order_reply") for notice in state.notices.values()
    }
    found |= {
        (clock.due_at, "case_due") for clock in state.clocks.values() if clock.name == "case" and not clock.paused
    }
    for task in state.tasks.values():
        dispatch = state.flow.dispatches.get(task.dispatch_id) if task.dispatch_id is not None else None
        suspended = task.kind == "suspension" and dispatch is not None and dispatch.suspended
        if suspended and task.passed and task.until is not None:
            found.add((task.until, "suspension_ends"))
        if task.waiting and task.mode == "callback":
            found.add((task.due_at, "call_back"))
    return tuple(Promise(what=what, at=at) for at, what in sorted(found) if at <= until)


def _officer(state: SupervisedCase) -> str | None:
    """Return the officer who must recheck or verify the case; `None` without one."""
    tasks = (task.officer_id for task in state.tasks.values() if task.waiting and task.officer_id is not None)
    clocks = (clock.officer_id for clock in state.clocks.values() if clock.officer_id is not None)
    return next(tasks, None) or next(clocks, None)


def _post(district: RegistrySnapshot, turn: ShiftOccurrence) -> Post:
    shift = turn.shift
    holder = turn.officer_id or shift.officer or shift.team or shift.unit or ""
    named = _holder(district, holder)
    return Post(shift_id=shift.id, holder=holder, name=named.name, name_en=named.name_en, areas=shift.areas)


def _holder(district: RegistrySnapshot, id_: str) -> Holder:
    named = district.officers.get(id_) or district.teams.get(id_) or district.units.get(id_)
    return Holder(id=id_, name=named.name if named else id_, name_en=named.name_en if named else id_)
