"""Patrols: the current shift of an officer, check-ins sent at once or later, and what patrol figures count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Annotated, Any, TypeVar

import asyncpg
from fastapi import APIRouter, Depends, Query, Response

from contracts.base import StrictDay
from contracts.roles import FIELD_WORK_ROLES
from services.chassis import cursors, duty
from services.chassis.auth import Caller, acts_for_centre
from services.chassis.context import Context
from services.chassis.coordinates import to_cgcs2000
from services.chassis.cursors import Cursor
from services.chassis.database import Connection
from services.chassis.months import PERIOD
from services.chassis.openapi_errors import COMMAND, SIGNED_IN, responses
from services.chassis.problems import CursorInvalid, NotAllowed, Problem
from services.chassis.web import Command, command, context, language, needs
from services.supervision.api import subjects
from services.supervision.api.paging import page_of, texts_of
from services.supervision.api.patrol_forms import (
    AttendedPage,
    CheckedIn,
    CheckedInBatch,
    CheckIn,
    CheckIns,
    DuePage,
    MyRounds,
    OfficerRounds,
    Rounds,
    VisitPage,
    attended_view,
    due_view,
    turn_view,
    visit_view,
)
from services.supervision.domain import problems
from services.supervision.domain.evaluation.months import months_of
from services.supervision.domain.primitives import access
from services.supervision.domain.roster import patrol
from services.supervision.domain.roster.patrol import Duty, Position, Visit
from services.supervision.store import check_ins, turns

router = APIRouter(prefix="/api/supervision/patrol", tags=["patrol"])

PATROL_ROLES = ("officer", "lane_lead", "helper", "grid_lead")
"""Roles that may have a shift with duty points."""

_NEXT_SHIFT_PERIOD = timedelta(days=8)
"""How far ahead the officer's next shift is looked for."""
_ATTEMPTS = 5

T = TypeVar("T")

Period = Annotated[str, Query(pattern=PERIOD, description="`2026-11`, `2026-Q4` or `2026`.")]

_CHECK_IN_PROBLEMS = (
    problems.PointUnknown,
    problems.CheckInTimeImplausible,
    problems.NotYourRound,
    problems.PositionUncertain,
    problems.TooFar,
)


@router.get("/mine", response_model=MyRounds, responses=responses(*SIGNED_IN))
async def my_rounds(ctx: Context = Depends(context), caller: Caller = Depends(needs(*PATROL_ROLES))) -> MyRounds:
    """Show the caller's current shift, its duty points with visits due and made, and when the next shift begins."""
    officer_id, now, district = _officer(caller), ctx.clock.now(), ctx.district
    running = [each for each in patrol.duties(district, now, now, officer_id) if now < each.ends_at]
    done = await check_ins.list_visits(ctx.database, officer_id, *_first_and_last_start(running, now))
    coming = duty.occurrences(district.shifts.values(), now, now + _NEXT_SHIFT_PERIOD, district.zone)
    return MyRounds(
        officer_id=officer_id,
        turns=[turn_view(each, done, district.settings.patrol) for each in running],
        next_starts_at=next(
            (each.starts for each in coming if each.officer_id == officer_id and each.starts > now), None
        ),
    )


@router.post("/check-ins", response_model=CheckedIn, responses=responses(*COMMAND, *_CHECK_IN_PROBLEMS))
async def check_in(
    form: CheckIn, cmd: Command = Depends(command), caller: Caller = Depends(needs(*PATROL_ROLES))
) -> Response:
    """Check in at a duty point. If the officer is too far away, the refusal states the distance."""

    def judge_form(judge: _CheckInJudge) -> CheckedIn:
        return judge(form)

    return await _judge_and_save(cmd, caller, (form,), judge_form)


@router.post("/check-ins/batch", response_model=CheckedInBatch, responses=responses(*COMMAND))
async def check_in_batch(
    form: CheckIns,
    cmd: Command = Depends(command),
    caller: Caller = Depends(needs(*PATROL_ROLES)),
    shown: str = Depends(language),
) -> Response:
    """Hand in check-ins that the terminal kept while it was offline.

    Each check-in is judged separately, in the order in which the officer made them.
    """

    def judge_forms(judge: _CheckInJudge) -> CheckedInBatch:
        results: dict[int, CheckedIn] = {}
        for index, each in sorted(
            enumerate(form.check_ins), key=lambda item: item[1].captured_at or cmd.context.clock.now()
        ):
            try:
                results[index] = judge(each)
            except Problem as problem:
                results[index] = CheckedIn(result="refused", visit=None, problem=problem.body(shown))
        return CheckedInBatch(results=[results[index] for index in range(len(form.check_ins))])

    return await _judge_and_save(cmd, caller, form.check_ins, judge_forms)


@router.get("/rounds", response_model=Rounds, responses=responses(*SIGNED_IN))
async def list_rounds(
    day: Annotated[
        StrictDay | None, Query(description="Local day on which the shifts begin; without it today.")
    ] = None,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(*FIELD_WORK_ROLES, only=acts_for_centre)),
) -> Rounds:
    """Show the visits due and made of each officer in the caller's area on one day."""
    district, areas = ctx.district, access.task_areas(caller, ctx.district)
    chosen = day or ctx.clock.now().astimezone(district.zone).date()
    begins = datetime.combine(chosen, time(), district.zone)
    ends = datetime.combine(chosen + timedelta(days=1), time(), district.zone)
    found = await check_ins.count_completion(ctx.database, begins, ends, areas)
    return Rounds(
        day=chosen,
        items=[
            OfficerRounds(
                officer_id=officer_id,
                name=officer.name if (officer := district.officers.get(officer_id)) else officer_id,
                name_en=officer.name_en if officer else officer_id,
                due=each.due,
                visited=each.visited,
            )
            for officer_id, each in found.items()
        ],
    )


@router.get(
    "/officers/{officer_id}/visits",
    response_model=VisitPage,
    responses=responses(*SIGNED_IN, CursorInvalid, problems.SubjectUnknown),
)
async def list_visits(
    officer_id: str,
    period: Period,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(*PATROL_ROLES, *FIELD_WORK_ROLES)),
) -> VisitPage:
    """List the visits that are counted in an officer's figure `patrol_visited`."""
    require_rounds(caller, officer_id, ctx)
    found = await check_ins.list_visits_of_months(ctx.database, officer_id, months_of(period), page_of(cursor, limit))
    return VisitPage(
        items=[visit_view(each, ctx.district) for each in found],
        next=cursors.next_cursor(found, limit, lambda last: (last.at, last.id)),
    )


@router.get(
    "/officers/{officer_id}/duties",
    response_model=DuePage,
    responses=responses(*SIGNED_IN, CursorInvalid, problems.SubjectUnknown),
)
async def list_due_points(
    officer_id: str,
    period: Period,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(*PATROL_ROLES, *FIELD_WORK_ROLES)),
) -> DuePage:
    """List the visits due that an officer's figure `patrol_due` counts, by turn and duty point, and the visits made."""
    require_rounds(caller, officer_id, ctx)
    found = await check_ins.list_due_points(ctx.database, officer_id, months_of(period), _after(cursor, 2), limit)
    return DuePage(
        items=[due_view(each, ctx.district) for each in found],
        next=cursors.next_cursor(found, limit, lambda last: (last.starts_at, last.shift_id, last.point_id)),
    )


@router.get(
    "/officers/{officer_id}/turns",
    response_model=AttendedPage,
    responses=responses(*SIGNED_IN, CursorInvalid, problems.SubjectUnknown),
)
async def list_turns(
    officer_id: str,
    period: Period,
    attended: Annotated[bool, Query(description="Only the turns that were attended.")] = False,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(*PATROL_ROLES, *FIELD_WORK_ROLES)),
) -> AttendedPage:
    """List the turns that an officer's figures `shift_due` and `shift_attended` count.

    Each turn comes with the activity that shows attendance.
    """
    require_rounds(caller, officer_id, ctx)
    areas = subjects.visible_areas("officer", officer_id, caller, ctx.district)
    found = await turns.list_turns(
        ctx.database, officer_id, months_of(period), areas, _after(cursor, 1), limit, attended=attended
    )
    return AttendedPage(
        items=[attended_view(each, ctx.district) for each in found],
        next=cursors.next_cursor(found, limit, lambda last: (last.starts_at, last.shift_id)),
    )


class _CheckInJudge:
    """Judges an officer's check-ins one after another, each against the visits before it."""

    def __init__(self, cmd: Command, officer_id: str, now: datetime, earlier: Sequence[Visit]) -> None:
        self._cmd = cmd
        self._officer_id = officer_id
        self._now = now
        self._visits = list(earlier)
        self.new: list[tuple[Visit, Position]] = []

    def __call__(self, form: CheckIn) -> CheckedIn:
        place = form.location
        position = Position(to_cgcs2000((place.longitude, place.latitude), place.crs), place.accuracy_m)
        at = form.captured_at or self._now
        result, visit = patrol.check_in(
            self._cmd.district, self._officer_id, form.point_id, position, at, self._now, self._visits
        )
        if result == "visited":
            self._visits.append(visit)
            self.new.append((visit, position))
        return CheckedIn(result=result, visit=visit_view(visit, self._cmd.district))


async def _judge_and_save(
    cmd: Command, caller: Caller, forms: Sequence[CheckIn], judge_all: Callable[[_CheckInJudge], T]
) -> Response:
    """Judge and save check-ins in one transaction.

    Judge them again if another terminal of the same officer saved a visit meanwhile.
    """
    officer_id, now, district = _officer(caller), cmd.context.clock.now(), cmd.district
    instants = [each.captured_at or now for each in forms]
    since = max(min(instants), now - timedelta(hours=district.settings.patrol.offline_hours))
    until = min(max(instants), now)
    for attempt in range(_ATTEMPTS):
        around = patrol.duties(district, since, until, officer_id)
        judge = _CheckInJudge(
            cmd,
            officer_id,
            now,
            await check_ins.list_visits(cmd.database, officer_id, *_first_and_last_start(around, now)),
        )

        async def write(
            connection: Connection, _: Any, judge: _CheckInJudge = judge, around: list[Duty] = around
        ) -> None:
            await check_ins.write_duties(connection, around, district.zone)
            await check_ins.save_visits(connection, judge.new, caller.id, now)

        try:
            return await cmd.run([], lambda _, judge=judge: judge_all(judge), also=write)
        except asyncpg.UniqueViolationError:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _officer(caller: Caller) -> str:
    if caller.officer_id is None:
        raise NotAllowed(roles=", ".join(PATROL_ROLES))
    return caller.officer_id


def require_rounds(caller: Caller, officer_id: str, ctx: Context) -> None:
    """Raise `SubjectUnknown` unless the officer is the caller, or works in the areas that the caller oversees."""
    oversees = caller.unit_id is None and caller.has(*FIELD_WORK_ROLES)
    if caller.officer_id != officer_id and not (oversees and subjects.works_in(officer_id, caller, ctx.district)):
        raise problems.SubjectUnknown(subject=officer_id)


def _after(cursor: str | None, texts: int) -> tuple[datetime, list[str]] | None:
    """Read the sort key of the last row of the previous page from the cursor; `None` without a cursor.

    The sort key is an instant and `texts` texts. Raises `CursorInvalid`.
    """
    if cursor is None:
        return None
    at, *rest = texts_of(cursor, 1 + texts)
    return cursors.instant_of(at), rest


def _first_and_last_start(turns: Sequence[Duty], now: datetime) -> tuple[datetime, datetime]:
    begins = [each.starts_at for each in turns]
    return min(begins, default=now), max(begins, default=now)
