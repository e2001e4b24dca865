"""巡查: which duty points are due in a shift, and what counts as a visit."""

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
from tests.unit.supervision import town
from tests.unit.supervision.town import HOME, NEXT_DOOR, at

PLACE: Point = (118.005, 37.005)


def walked(*shifts: Shift, points: tuple[dict[str, Any], ...] = (), **settings: Any) -> RegistrySnapshot:
    """The town with two duty points in ann's grid and one in bo's, and further shifts."""
    district = town.town(**settings)
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


def away(metres: float, accuracy_m: float | None = None) -> Position:
    """So many metres north of every point."""
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
    return patrol.check_in(district, officer, point, position or away(0), when, now or when, earlier)


def test_a_shift_owes_the_points_of_the_grids_that_it_names() -> None:
    """Who is on call for a whole street by night does not walk its rounds."""
    night = Shift(id="night", officer="bo", areas=(HOME[:9],), starts="18:00", ends="08:00")
    found = patrol.duties(walked(night), at("03-11 07:00"), at("03-11 19:00"))
    owed = {duty.shift_id: [point.id for point in duty.points] for duty in found}
    assert owed == {
        "night": [],
        "day-ann": ["gate", "market"],
        "day-bo": ["bridge"],
        "day-cai": [],
        "day-dan": [],
        "day-lane": ["gate", "market"],
    }


def test_a_stand_in_walks_the_rounds_of_who_is_on_leave() -> None:
    leave = {"first_day": "2026-03-11", "last_day": "2026-03-11", "stand_in": "bo"}
    shift = Shift.model_validate(
        {"id": "day-ann", "officer": "ann", "areas": (HOME,), "starts": "08:00", "ends": "18:00", "leave": (leave,)}
    )
    district = walked(shift)
    mine = patrol.duties(district, at("03-11 09:00"), at("03-11 09:00"), "bo")
    assert [(duty.shift_id, duty.stands_in_for) for duty in mine] == [("day-ann", "ann"), ("day-bo", None)]
    assert check(district, officer="bo")[0] == "visited"
    with pytest.raises(problems.NotYourRound):
        check(district, officer="ann")


def test_turns_are_written_down_once_each_as_they_begin() -> None:
    district = walked()
    look = [at("03-11 07:59"), at("03-11 08:00"), at("03-11 08:05"), at("03-12 08:00")]
    begun = [
        [duty.shift_id for duty in patrol.begun_duties(patrol.duties(district, before, now), before, now)]
        for before, now in pairwise(look)
    ]
    everybody = ["day-ann", "day-bo", "day-cai", "day-dan", "day-lane"]
    assert begun == [everybody, [], everybody]


@pytest.mark.parametrize(
    ("point", "position", "distance"),
    [("gate", away(0), 0), ("gate", away(49), 49), ("gate", away(79, accuracy_m=40), 79), ("market", away(19), 19)],
)
def test_near_enough_counts(point: str, position: Position, distance: float) -> None:
    """Within the district's 50 m or the point's own radius; what the device is unsure of is granted up to 30 m."""
    result, visit = check(walked(), point, position=position)
    assert (result, visit.number, visit.shift_id) == ("visited", 1, "day-ann")
    assert visit.distance_m == pytest.approx(distance, abs=0.2)


@pytest.mark.parametrize(
    ("point", "position", "distance", "radius"),
    [("gate", away(51), 51, 50), ("gate", away(81, accuracy_m=40), 81, 50), ("market", away(30), 30, 20)],
)
def test_too_far_away_says_how_far(point: str, position: Position, distance: int, radius: int) -> None:
    with pytest.raises(problems.TooFar) as refused:
        check(walked(), point, position=position)
    assert (refused.value.members["distance_m"], refused.value.members["radius_m"]) == (distance, radius)
    assert f"{distance} m" in refused.value.text("en")


def test_how_near_and_how_sure_are_district_settings() -> None:
    strict = walked(patrol={"radius_m": 10, "allowance_m": 0, "accuracy_m": 15})
    with pytest.raises(problems.TooFar):
        check(strict, position=away(11, accuracy_m=15))
    with pytest.raises(problems.PositionUncertain):
        check(strict, position=away(0, accuracy_m=16))


@pytest.mark.parametrize(
    ("officer", "point", "when"),
    [
        ("ann", "bridge", "03-11 09:00"),
        ("ann", "gate", "03-11 07:59"),
        ("ann", "gate", "03-11 18:00"),
        ("nobody", "gate", "03-11 09:00"),
    ],
)
def test_only_points_of_ones_own_running_shift_count(officer: str, point: str, when: str) -> None:
    with pytest.raises(problems.NotYourRound):
        check(walked(), point, at(when), officer=officer)


def test_an_unknown_point_is_said_to_be_unknown() -> None:
    with pytest.raises(problems.PointUnknown):
        check(walked(), "nowhere")


def test_a_terminal_without_signal_hands_in_late_but_not_too_late_and_not_early() -> None:
    district, seen = walked(), at("03-11 09:00")
    assert check(district, when=seen, now=seen + timedelta(hours=60))[0] == "visited"
    assert check(district, when=seen, now=seen - timedelta(minutes=4))[0] == "visited"
    for now in (seen + timedelta(hours=60, seconds=1), seen - timedelta(minutes=6)):
        with pytest.raises(problems.CheckInTimeImplausible):
            check(district, when=seen, now=now)


def test_the_same_check_in_again_is_the_same_visit() -> None:
    first = check(walked())[1]
    assert check(walked(), earlier=(first,)) == ("known", first)


@pytest.mark.parametrize(
    ("minutes", "result"), [(59, "too_soon"), (-59, "too_soon"), (60, "visited"), (-60, "visited")]
)
def test_a_second_visit_counts_after_an_hour_as_another_round(minutes: int, result: str) -> None:
    """Also when the earlier one is handed in later, from a terminal that was offline."""
    first = check(walked(), when=at("03-11 11:00"))[1]
    when = at("03-11 11:00") + timedelta(minutes=minutes)
    found, visit = check(walked(), when=when, now=at("03-11 13:00"), earlier=(first,))
    assert found == result
    assert visit.number == (2 if result == "visited" else 1)


def test_visits_of_another_point_or_of_yesterday_are_no_earlier_ones() -> None:
    district = walked()
    other = check(district, "market", at("03-11 08:55"))[1]
    yesterday = check(district, "gate", at("03-10 17:50"))[1]
    assert check(district, when=at("03-11 09:00"), earlier=(other, yesterday))[1].number == 1
