"""The roster decides who is on duty, and from when."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from contracts.registry import Shift
from services.chassis import duty
from services.chassis.registry_snapshot import RegistrySnapshot
from tests.unit.registry.sample_district import lijin

ZONE = ZoneInfo("Asia/Shanghai")
GRID = "370522001003002"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def shift(**fields: object) -> Shift:
    known: dict[str, object] = {"id": "s", "officer": "o", "areas": ("370522001",), "starts": "08:00", "ends": "18:00"}
    return Shift.model_validate({**known, **fields})


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("2026-11-23T07:59", False), ("2026-11-23T08:00", True), ("2026-11-23T17:59", True), ("2026-11-23T18:00", False)],
)
def test_a_day_shift_includes_its_start_and_excludes_its_end(moment: str, expected: bool) -> None:
    assert bool(duty.on_duty([shift()], GRID, at(moment), ZONE)) is expected


def test_a_night_shift_runs_over_midnight_on_the_weekday_of_its_start() -> None:
    monday_night = shift(starts="18:00", ends="08:00", weekdays=(1,))
    assert duty.on_duty([monday_night], GRID, at("2026-11-23T23:00"), ZONE)
    assert duty.on_duty([monday_night], GRID, at("2026-11-24T07:59"), ZONE)
    assert not duty.on_duty([monday_night], GRID, at("2026-11-23T07:00"), ZONE)
    assert not duty.on_duty([monday_night], GRID, at("2026-11-24T19:00"), ZONE)


def test_a_shift_is_limited_to_its_area_and_days() -> None:
    assert not duty.on_duty([shift()], "370522002001001", at("2026-11-23T09:00"), ZONE)
    limited = shift(valid_from=date(2026, 11, 24), valid_to=date(2026, 11, 25))
    assert [bool(duty.on_duty([limited], GRID, at(f"2026-11-{day}T09:00"), ZONE)) for day in (23, 24, 25)] == [
        False,
        True,
        False,
    ]


def test_the_narrowest_area_comes_first() -> None:
    wide, narrow = shift(id="a-wide", areas=("370522",)), shift(id="z-narrow", areas=(GRID,))
    assert [each.shift.id for each in duty.on_duty([wide, narrow], GRID, at("2026-11-23T09:00"), ZONE)] == [
        "z-narrow",
        "a-wide",
    ]


def test_the_next_duty_is_now_at_the_next_start_or_never() -> None:
    assert duty.next_duty_start([shift()], GRID, at("2026-11-23T09:00"), ZONE) == at("2026-11-23T09:00")
    assert duty.next_duty_start([shift()], GRID, at("2026-11-23T20:00"), ZONE) == at("2026-11-24T08:00")
    assert duty.next_duty_start([shift(weekdays=(1,))], GRID, at("2026-11-23T20:00"), ZONE) == at("2026-11-30T08:00")
    assert duty.next_duty_start([], GRID, at("2026-11-23T20:00"), ZONE) is None


def test_a_single_shift_has_one_start_and_one_end() -> None:
    once = shift(starts=None, ends=None, starts_at=at("2026-11-23T19:00"), ends_at=at("2026-11-23T21:00"))
    assert duty.on_duty([once], GRID, at("2026-11-23T20:00"), ZONE)
    assert duty.next_duty_start([once], GRID, at("2026-11-23T10:00"), ZONE) == at("2026-11-23T19:00")
    assert duty.next_duty_start([once], GRID, at("2026-11-23T21:00"), ZONE) is None


def test_a_stand_in_replaces_an_absent_officer() -> None:
    records = {**lijin().records}
    shifts = dict(records["shift"])
    leave = lijin().shifts["day-jincheng-02"].model_copy(update={"absent": True})
    records["shift"] = {**shifts, leave.id: leave}
    found = RegistrySnapshot.from_records(2, records).officers_on_duty(GRID, at("2026-11-23T09:00"))
    assert [each.id for each in found] == ["officer-jincheng-03"]


@pytest.mark.parametrize(
    ("begins", "who"),
    [("2026-11-22", "o"), ("2026-11-23", "p"), ("2026-11-24", "p"), ("2026-11-25", "o"), ("2026-12-01", "q")],
)
def test_leave_is_covered_by_the_stand_in(begins: str, who: str) -> None:
    """The first and the last day count. A leave may name its own stand-in."""
    away = shift(
        stand_in="p",
        leave=(
            {"first_day": "2026-11-23", "last_day": "2026-11-24"},
            {"first_day": "2026-12-01", "last_day": "2026-12-01", "stand_in": "q"},
        ),
    )
    assert duty.holder_of(away, date.fromisoformat(begins)) == who


def test_a_night_belongs_to_the_day_of_its_start() -> None:
    """An officer on leave on the 24th still works the end of the night of the 23rd."""
    night = shift(
        starts="18:00", ends="08:00", leave=({"first_day": "2026-11-24", "last_day": "2026-11-24", "stand_in": "p"},)
    )
    found = [
        duty.on_duty([night], GRID, at(f"2026-11-{when}"), ZONE)[0].officer_id for when in ("24T07:00", "24T19:00")
    ]
    assert found == ["o", "p"]


def test_turns_of_a_period_come_in_order() -> None:
    day, night = shift(), shift(id="n", officer=None, team="t", starts="18:00", ends="08:00")
    found = duty.occurrences([night, day], at("2026-11-23T09:00"), at("2026-11-24T08:00"), ZONE)
    assert [(turn.shift.id, turn.starts, turn.officer_id) for turn in found] == [
        ("s", at("2026-11-23T08:00"), "o"),
        ("n", at("2026-11-23T18:00"), None),
        ("s", at("2026-11-24T08:00"), "o"),
    ]


def test_an_officer_who_does_not_qualify_is_skipped() -> None:
    first, second = shift(), shift(id="later", officer="p", starts="10:00", ends="18:00")
    found = duty.next_duty_start([first, second], GRID, at("2026-11-23T07:00"), ZONE, lambda officer: officer != "o")
    assert found == at("2026-11-23T10:00")


@pytest.mark.parametrize(
    "fields",
    [
        {"officer": None},
        {"unit": "u"},
        {"starts": None},
        {"starts_at": at("2026-11-23T08:00")},
        {"weekdays": (0,)},
        {"absent": True},
        {"leave": ({"first_day": "2026-11-23", "last_day": "2026-11-23"},)},
        {"stand_in": "p", "leave": ({"first_day": "2026-11-24", "last_day": "2026-11-23"},)},
    ],
)
def test_an_incomplete_or_contradicting_shift_is_refused(fields: dict[str, object]) -> None:
    known: dict[str, object] = {"starts_at": None, "ends_at": at("2026-11-23T09:00")} if "starts_at" in fields else {}
    with pytest.raises(ValidationError):
        shift(**{**known, **fields})
