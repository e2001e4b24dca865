"""Request bodies and views of patrols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from contracts.registry import PatrolRules
from services.chassis.forms import Form, Instant, Location
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.primitives.view import View
from services.supervision.domain.roster import patrol
from services.supervision.domain.roster.patrol import DuePoint, Duty, Result, Visit
from services.supervision.store.turns import Activity, AttendedTurn


class CheckIn(Form):
    """A check-in 巡查签到 at a duty point."""

    point_id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")
    location: Location
    captured_at: Instant | None = None
    """When the officer was there, if the terminal was offline; otherwise now."""


class CheckIns(Form):
    """Check-ins that a terminal kept while it was offline."""

    check_ins: tuple[CheckIn, ...] = Field(min_length=1, max_length=200)


class VisitView(View):
    """A visit that counts. The exact position of the officer is never shown."""

    visit_id: UUID
    point_id: str
    name: str
    """Name of the point; its id if it no longer exists."""
    name_en: str
    officer_id: str
    number: int
    """Number of the visit at this point in this shift, from 1."""
    at: datetime
    distance_m: float


class CheckedIn(View):
    """Result of a check-in."""

    result: Result | Literal["refused"]
    """`visited`; `known`: handed in before; `too_soon`: too soon after the last visit; `refused`."""
    visit: VisitView | None
    problem: dict[str, Any] | None = None
    """Why this check-in of a batch was refused; `None` if it was accepted."""


class CheckedInBatch(View):
    """One result per check-in, in the order sent. A refused one does not stop the others."""

    results: list[CheckedIn]


class PointView(View):
    """A duty point of the shift."""

    point_id: str
    name: str
    name_en: str
    grid_code: str
    longitude: float
    """Degrees, CGCS2000."""
    latitude: float
    radius_m: float
    due: int
    """Visits due in this shift."""
    visited: int
    last_visit_at: datetime | None


class TurnView(View):
    """A turn of a shift."""

    shift_id: str
    starts_at: datetime
    ends_at: datetime
    stands_in_for: str | None
    """Officer on leave."""
    points: list[PointView]


class MyRounds(View):
    """My shift with visits due and made."""

    officer_id: str
    turns: list[TurnView]
    """Turns that run now; empty when off duty."""
    next_starts_at: datetime | None
    """When my next shift begins, within a week."""


class OfficerRounds(View):
    """An officer's patrol of a day."""

    officer_id: str
    name: str
    name_en: str
    due: int
    visited: int


class Rounds(View):
    """Patrols of a day in the caller's area."""

    day: date
    items: list[OfficerRounds]


class VisitPage(View):
    """Visits counted in a figure, oldest first."""

    items: list[VisitView]
    next: str | None


class DueView(View):
    """Visits due at a duty point in a turn, saved when the turn began."""

    shift_id: str
    starts_at: datetime
    ends_at: datetime
    point_id: str
    name: str
    """Name of the point; its id if it no longer exists."""
    name_en: str
    grid_code: str
    due: int
    visited: int
    """At most the number due."""


class DuePage(View):
    """Visits due that are counted in a figure, oldest first."""

    items: list[DueView]
    next: str | None


class ActivityView(View):
    """The first activity that shows that an officer attended a turn."""

    what: Activity
    at: datetime
    """When it was done, even if it was handed in later."""
    name: str | None
    """Name of the duty point of a check-in; its id if it no longer exists."""
    name_en: str | None
    case_number: str | None
    """Case of the report or task; `null` if the reader may not see it."""


class AttendedView(View):
    """A turn with duty points and whether its officer attended."""

    shift_id: str
    starts_at: datetime
    ends_at: datetime
    points: int
    """Number of duty points."""
    seen: ActivityView | None
    """`null` if not attended."""


class AttendedPage(View):
    """Turns counted in a figure, oldest first."""

    items: list[AttendedView]
    next: str | None


def turn_view(turn: Duty, done: Sequence[Visit], rules: PatrolRules) -> TurnView:
    """Return a turn with visits due and made."""
    shown: list[PointView] = []
    for point in turn.points:
        found = [
            each
            for each in done
            if (each.shift_id, each.starts_at, each.point_id) == (turn.shift_id, turn.starts_at, point.id)
        ]
        shown.append(
            PointView(
                point_id=point.id,
                name=point.name,
                name_en=point.name_en,
                grid_code=point.grid,
                longitude=point.longitude,
                latitude=point.latitude,
                radius_m=patrol.radius_of(point, rules),
                due=point.visits_per_shift,
                visited=len(found),
                last_visit_at=max((each.at for each in found), default=None),
            )
        )
    return TurnView(
        shift_id=turn.shift_id,
        starts_at=turn.starts_at,
        ends_at=turn.ends_at,
        stands_in_for=turn.stands_in_for,
        points=shown,
    )


def visit_view(visit: Visit, district: RegistrySnapshot) -> VisitView:
    """Return a visit as the API shows it."""
    name, name_en = _names(visit.point_id, district)
    return VisitView(
        visit_id=UUID(str(visit.id)),
        point_id=visit.point_id,
        name=name,
        name_en=name_en,
        officer_id=visit.officer_id,
        number=visit.number,
        at=visit.at,
        distance_m=visit.distance_m,
    )


def due_view(found: DuePoint, district: RegistrySnapshot) -> DueView:
    """Return visits due as the API shows them."""
    name, name_en = _names(found.point_id, district)
    return DueView(name=name, name_en=name_en, **asdict(found))


def attended_view(found: AttendedTurn, district: RegistrySnapshot) -> AttendedView:
    """Return a turn with what shows attendance."""
    seen = None
    if found.what is not None and found.at is not None:
        name, name_en = _names(found.point_id, district) if found.point_id is not None else (None, None)
        seen = ActivityView(what=found.what, at=found.at, name=name, name_en=name_en, case_number=found.case_number)
    return AttendedView(
        shift_id=found.shift_id, starts_at=found.starts_at, ends_at=found.ends_at, points=found.points, seen=seen
    )


def _names(point_id: str, district: RegistrySnapshot) -> tuple[str, str]:
    point = district.patrol_points.get(point_id)
    return (point.name, point.name_en) if point else (point_id, point_id)
