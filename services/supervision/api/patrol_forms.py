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
    """When the officer was at the point, if the terminal was offline; without it, the time of receipt counts."""


class CheckIns(Form):
    """Check-ins that a terminal kept while it was offline."""

    check_ins: tuple[CheckIn, ...] = Field(min_length=1, max_length=200)


class VisitView(View):
    """A visit that counts. The exact position of the officer is never shown."""

    visit_id: UUID
    point_id: str
    name: str
    """Name of the duty point; its id if the point no longer exists."""
    name_en: str
    officer_id: str
    number: int
    """Number of the visit among the visits at this point in this turn, from 1."""
    at: datetime
    distance_m: float


class CheckedIn(View):
    """Result of a check-in."""

    result: Result | Literal["refused"]
    """What became of the check-in.

    `visited`: a new visit. `known`: the same check-in was handed in before. `too_soon`: too soon after the last visit.
    `refused`: see `problem`.
    """
    visit: VisitView | None
    problem: dict[str, Any] | None = None
    """Why a check-in of a batch was refused; `null` if it was accepted."""


class CheckedInBatch(View):
    """One result per check-in, in the order sent. A refused check-in does not stop the others."""

    results: list[CheckedIn]


class PointView(View):
    """A duty point in a turn."""

    point_id: str
    name: str
    name_en: str
    grid_code: str
    longitude: float
    """Longitude of the duty point in degrees, CGCS2000."""
    latitude: float
    radius_m: float
    due: int
    """Number of visits that the officer must make to this duty point during the turn."""
    visited: int
    last_visit_at: datetime | None


class TurnView(View):
    """A turn: one occurrence of a shift."""

    shift_id: str
    starts_at: datetime
    ends_at: datetime
    stands_in_for: str | None
    """Id of the officer on leave whom this officer replaces; `null` if this officer replaces nobody."""
    points: list[PointView]


class MyRounds(View):
    """The caller's current shift with visits due and made."""

    officer_id: str
    turns: list[TurnView]
    """Turns of the caller that run now; empty when the caller is off duty."""
    next_starts_at: datetime | None
    """When the caller's next shift begins; `null` if none begins within eight days."""


class OfficerRounds(View):
    """Number of visits due and made of one officer on one day."""

    officer_id: str
    name: str
    name_en: str
    due: int
    visited: int


class Rounds(View):
    """Visits due and made on one day, by officer, in the caller's area."""

    day: date
    items: list[OfficerRounds]


class VisitPage(View):
    """A page of visits counted in a figure, oldest first."""

    items: list[VisitView]
    next: str | None


class DueView(View):
    """Visits due at a duty point in a turn, saved when the turn began."""

    shift_id: str
    starts_at: datetime
    ends_at: datetime
    point_id: str
    name: str
    """Name of the duty point; its id if the point no longer exists."""
    name_en: str
    grid_code: str
    due: int
    visited: int
    """Number of visits made; visits beyond the number due are not counted."""


class DuePage(View):
    """A page of visits due that are counted in a figure, oldest first."""

    items: list[DueView]
    next: str | None


class ActivityView(View):
    """The first activity that shows that the officer attended a turn."""

    what: Activity
    at: datetime
    """When the activity was done, even if the terminal handed it in later."""
    name: str | None
    """Name of the duty point of a check-in, or its id if the point no longer exists; `null` for other activities."""
    name_en: str | None
    case_number: str | None
    """Number of the case of a report or task; `null` for a check-in, or if the caller may not see the case."""


class AttendedView(View):
    """A turn with duty points, and whether the officer attended it."""

    shift_id: str
    starts_at: datetime
    ends_at: datetime
    points: int
    """Number of duty points."""
    seen: ActivityView | None
    """The activity that shows attendance; `null` if the officer did not attend."""


class AttendedPage(View):
    """A page of turns counted in a figure, oldest first."""

    items: list[AttendedView]
    next: str | None


def turn_view(turn: Duty, done: Sequence[Visit], rules: PatrolRules) -> TurnView:
    """Return a turn with the visits due and made at each duty point."""
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
    """Return a turn with the activity that shows attendance."""
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
