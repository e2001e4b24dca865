"""Patrol 巡查: which duty points are due in a turn, and what counts as a visit. A turn is one occurrence of a shift.

The roster at the start of a turn decides which visits are due. A visit is a check-in near the point, during the turn,
by the officer of the turn. Another visit to the same point counts only after a time that the district sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from contracts.registry import PatrolPoint, PatrolRules
from services.chassis import duty
from services.chassis.coordinates import Point, distance_m
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain import problems as refusals

_CHECK_INS = UUID("6f1f7f0e-6d0c-5d6c-9f0e-7a1c5b0f2d11")
"""Namespace of check-in ids. Check-ins with the same officer, point and instant have the same id."""

_CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far the clock of a terminal may be ahead of the service."""


@dataclass(frozen=True, slots=True)
class Duty:
    """The patrol of one turn: officer, period and duty points."""

    shift_id: str
    officer_id: str
    stands_in_for: str | None
    starts_at: datetime
    ends_at: datetime
    points: tuple[PatrolPoint, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """Position of the officer in CGCS2000, with the accuracy of the device in metres."""

    point: Point
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A check-in that counts as a visit."""

    id: UUID
    shift_id: str
    starts_at: datetime
    """Start of the turn. The shift id and this start identify the turn."""
    point_id: str
    officer_id: str
    number: int
    """Number of the visit among the visits at this point in this turn, from 1."""
    at: datetime
    distance_m: float


@dataclass(frozen=True, slots=True)
class DuePoint:
    """Visits due and made at one duty point in one turn."""

    shift_id: str
    starts_at: datetime
    ends_at: datetime
    point_id: str
    grid_code: str
    due: int
    visited: int
    """Number of visits made; visits beyond the number due are not counted."""


Result = Literal["visited", "known", "too_soon"]
"""Result of an accepted check-in.

`visited`: a new visit. `known`: the same check-in was handed in before. `too_soon`: too soon after another visit to the
point.
"""


def duties(district: RegistrySnapshot, since: datetime, until: datetime, officer_id: str | None = None) -> list[Duty]:
    """Return the patrol of every turn that runs in `[since, until]`, by start; optionally only of one officer."""
    by_grid: dict[str, list[PatrolPoint]] = {}
    for point in district.patrol_points.values():
        by_grid.setdefault(point.grid, []).append(point)
    found: list[Duty] = []
    for turn in duty.occurrences(district.shifts.values(), since, until, district.zone):
        if turn.officer_id is None or officer_id not in (None, turn.officer_id):
            continue
        points = sorted((each for area in turn.shift.areas for each in by_grid.get(area, ())), key=lambda each: each.id)
        found.append(Duty(turn.shift.id, turn.officer_id, turn.stands_in_for, turn.starts, turn.ends, tuple(points)))
    return found


def begun_duties(rounds: Iterable[Duty], after: datetime, until: datetime) -> list[Duty]:
    """Return the patrols whose turn began in `(after, until]`."""
    return [each for each in rounds if after < each.starts_at <= until]


def check_in(
    district: RegistrySnapshot,
    officer_id: str,
    point_id: str,
    position: Position,
    at: datetime,
    now: datetime,
    earlier: Sequence[Visit],
) -> tuple[Result, Visit]:
    """Judge a check-in made at `at` and received at `now`, given the officer's earlier visits.

    Return the new visit, or the earlier visit because of which this one does not count. Raises `PointUnknown`,
    `CheckInTimeImplausible`, `NotYourRound`, `PositionUncertain`, `TooFar`.
    """
    rules = district.settings.patrol
    point = district.patrol_points.get(point_id)
    if point is None:
        raise refusals.PointUnknown(point=point_id)
    if at > now + _CLOCK_TOLERANCE or at < now - timedelta(hours=rules.offline_hours):
        raise refusals.CheckInTimeImplausible(hours=rules.offline_hours)
    turn = next(
        (each for each in duties(district, at, at, officer_id) if point in each.points and at < each.ends_at), None
    )
    if turn is None:
        raise refusals.NotYourRound(point=point.name, point_en=point.name_en)
    distance = _distance_within_radius(point, position, rules)
    check_in_id = uuid5(_CHECK_INS, f"{officer_id}/{point_id}/{at.isoformat()}")
    key = turn.shift_id, turn.starts_at, point_id
    here = [each for each in earlier if (each.shift_id, each.starts_at, each.point_id) == key]
    for known in here:
        if known.id == check_in_id:
            return "known", known
        if abs(at - known.at) < timedelta(minutes=rules.repeat_minutes):
            return "too_soon", known
    visit = Visit(
        check_in_id, turn.shift_id, turn.starts_at, point_id, officer_id, len(here) + 1, at, round(distance, 1)
    )
    return "visited", visit


def radius_of(point: PatrolPoint, rules: PatrolRules) -> float:
    """Return the radius of a duty point in metres."""
    return point.radius_m or rules.radius_m


def _distance_within_radius(point: PatrolPoint, position: Position, rules: PatrolRules) -> float:
    """Return the distance to the point in metres. Raises `PositionUncertain`, `TooFar`.

    The inaccuracy of the device widens the radius, up to an allowance that the district sets.
    """
    accuracy = position.accuracy_m or 0.0
    if accuracy > rules.accuracy_m:
        raise refusals.PositionUncertain(accuracy_m=round(accuracy), at_most_m=round(rules.accuracy_m))
    distance = distance_m((point.longitude, point.latitude), position.point)
    radius = radius_of(point, rules)
    if distance > radius + min(accuracy, rules.allowance_m):
        raise refusals.TooFar(
            point=point.name, point_en=point.name_en, distance_m=round(distance), radius_m=round(radius)
        )
    return distance
