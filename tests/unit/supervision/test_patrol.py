"""巡查: the patrol points that are due in a shift, and what counts as a visit."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from contracts.registry import PatrolPoint, Shift
from services.chassis.coordinates import Point, degrees
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain import problems
from services.supervision.domain.roster import patrol
from services.supervision.domain.roster.patrol import Position, Visit
from tests.unit.supervision import sample_district
from tests.unit.supervision.sample_district import HOME, NEXT_DOOR, at

PLACE: Point = (118.005, 37.005)


def district_with_points(*shifts: Shift, points: tuple[dict[str, Any], ...] = (), **settings: Any) -> RegistrySnapshot:
    """Return the district with two patrol points in ann's grid and one in bo's, and more shifts."""
    district = sample_district.make_district(**settings)
    given = (
        {"id": "gate", "grid": HOME},
        {"id": "market", "grid": HOME, "visits_per_shift": 1, "radius_m": 20},
        {"id": "bridge", "grid": NEXT_DOOR},
        *points,
    )
    records = {kind: dict(found) for kind, found in district.records.items()}
    common = {"name": "点", "name_en": "point", "longitude": PLACE[0], "latitude": PLACE[1]}
    records["patrol_point"] = {each["id"]: PatrolPoint.model_validate({**common, **each}) for each in given}
    records["shift"].update({shift.id: shift for shift in shifts})
    return RegistrySnapshot.from_records(1, records)


def position_at(metres: float, accuracy_m: float | None = None) -> Position:
    """Return a position so many metres north of every point."""
    return Position((PLACE[0], PLACE[1] + degrees(metres, PLACE[1])[1]), accuracy_m)


def check(
    district: RegistrySnapshot,
    point: str = "gate",
    when: datetime = at("03-11 09:00"),
    position: Position | None = None,
    earlier: tuple[Visit, ...] = (),
    now: datetime | None = None,
    officer: str = "ann",
) -> tuple[str, Visit]:
    return patrol.check_in(district, officer, point, position or position_at(0), when, now or when, earlier)


def test_a_shift_owes_the_points_of_its_grids() -> None:
    """A night shift on call for a whole street has no rounds."""
    night = Shift(id="night", officer="bo", areas=(HOME[:9],), starts="18:00", ends="08:00")
    found = patrol.duties(district_with_points(night), at("03-11 07:00"), at("03-11 19:00"))
    owed = {duty.shift_id: [point.id for point in duty.points] for duty in found}
    assert owed == {
        "night": [],
        "day-ann": ["gate", "market"],
        "day-bo": ["bridge"],
        "day-cai": [],
        "day-dan": [],
        "day-lane": ["gate", "market"],
    }


def test_a_stand_in_walks_the_rounds_of_the_absent_officer() -> None:
    leave = {"first_day": "2026-03-11", "last_day": "2026-03-11", "stand_in": "bo"}
    shift = Shift.model_validate(
        {"id": "day-ann", "officer": "ann", "areas": (HOME,), "starts": "08:00", "ends": "18:00", "leave": (leave,)}
    )
    district = district_with_points(shift)
    mine = patrol.duties(district, at("03-11 09:00"), at("03-11 09:00"), "bo")
    assert [(duty.shift_id, duty.stands_in_for) for duty in mine] == [("day-ann", "ann"), ("day-bo", None)]
    assert check(district, officer="bo")[0] == "visited"
    with pytest.raises(problems.NotYourRound):
        check(district, officer="ann")


def test_a_duty_is_recorded_once_when_it_begins() -> None:
    district = district_with_points()
    look = [at("03-11 07:59"), at("03-11 08:00"), at("03-11 08:05"), at("03-12 08:00")]
    begun = [
        [duty.shift_id for duty in patrol.begun_duties(patrol.duties(district, before, now), before, now)]
        for before, now in pairwise(look)
    ]
    everybody = ["day-ann", "day-bo", "day-cai", "day-dan", "day-lane"]
    assert begun == [everybody, [], everybody]


@pytest.mark.parametrize(
    ("point", "position", "distance"),
    [
        ("gate", position_at(0), 0),
        ("gate", position_at(49), 49),
        ("gate", position_at(79, accuracy_m=40), 79),
        ("market", position_at(19), 19),
    ],
)
def test_a_position_within_the_radius_counts(point: str, position: Position, distance: float) -> None:
    """The radius is the district's 50 m or the point's own; the inaccuracy of the device is granted up to 30 m."""
    result, visit = check(district_with_points(), point, position=position)
    assert (result, visit.number, visit.shift_id) == ("visited", 1, "day-ann")
    assert visit.distance_m == pytest.approx(distance, abs=0.2)


@pytest.mark.parametrize(
    ("point", "position", "distance", "radius"),
    [
        ("gate", position_at(51), 51, 50),
        ("gate", position_at(81, accuracy_m=40), 81, 50),
        ("market", position_at(30), 30, 20),
    ],
)
def test_a_position_too_far_away_is_refused_with_the_distance(
    point: str, position: Position, distance: int, radius: int
) -> None:
    with pytest.raises(problems.TooFar) as refused:
        check(district_with_points(), point, position=position)
    assert (refused.value.members["distance_m"], refused.value.members["radius_m"]) == (distance, radius)
    assert f"{distance} m" in refused.value.text("en")


def test_radius_and_accuracy_are_district_settings() -> None:
    strict = district_with_points(patrol={"radius_m": 10, "allowance_m": 0, "accuracy_m": 15})
    with pytest.raises(problems.TooFar):
        check(strict, position=position_at(11, accuracy_m=15))
    with pytest.raises(problems.PositionUncertain):
        check(strict, position=position_at(0, accuracy_m=16))


@pytest.mark.parametrize(
    ("officer", "point", "when"),
    [
        ("ann", "bridge", "03-11 09:00"),
        ("ann", "gate", "03-11 07:59"),
        ("ann", "gate", "03-11 18:00"),
        ("nobody", "gate", "03-11 09:00"),
    ],
)
def test_only_points_of_the_own_running_shift_count(officer: str, point: str, when: str) -> None:
    with pytest.raises(problems.NotYourRound):
        check(district_with_points(), point, at(when), officer=officer)


def test_an_unknown_point_is_refused() -> None:
    with pytest.raises(problems.PointUnknown):
        check(district_with_points(), "nowhere")


def test_a_check_in_may_arrive_late_but_within_limits() -> None:
    district, seen = district_with_points(), at("03-11 09:00")
    assert check(district, when=seen, now=seen + timedelta(hours=60))[0] == "visited"
    assert check(district, when=seen, now=seen - timedelta(minutes=4))[0] == "visited"
    for now in (seen + timedelta(hours=60, seconds=1), seen - timedelta(minutes=6)):
        with pytest.raises(problems.CheckInTimeImplausible):
            check(district, when=seen, now=now)


def test_a_repeated_check_in_is_the_same_visit() -> None:
    first = check(district_with_points())[1]
    assert check(district_with_points(), earlier=(first,)) == ("known", first)


@pytest.mark.parametrize(
    ("minutes", "result"), [(59, "too_soon"), (-59, "too_soon"), (60, "visited"), (-60, "visited")]
)
def test_a_second_visit_counts_after_an_hour(minutes: int, result: str) -> None:
    """Also when the earlier visit arrives later, from an offline terminal."""
    first = check(district_with_points(), when=at("03-11 11:00"))[1]
    when = at("03-11 11:00") + timedelta(minutes=minutes)
    found, visit = check(district_with_points(), when=when, now=at("03-11 13:00"), earlier=(first,))
    assert found == result
    assert visit.number == (2 if result == "visited" else 1)


def test_visits_of_another_point_or_day_are_no_earlier_visits() -> None:
    district = district_with_points()
    other = check(district, "market", at("03-11 08:55"))[1]
    yesterday = check(district, "gate", at("03-10 17:50"))[1]
    assert check(district, when=at("03-11 09:00"), earlier=(other, yesterday))[1].number == 1
