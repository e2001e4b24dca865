"""The roster decides who is on duty, and from when somebody is."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from contracts.registry import Shift
from services.chassis import duty
from services.chassis.district import District
from tests.unit.registry.lijin import district

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
def test_day_shift_begins_at_its_start_and_is_over_at_its_end(moment: str, expected: bool) -> None:
    assert bool(duty.on_duty([shift()], GRID, at(moment), ZONE)) is expected


def test_night_shift_runs_over_midnight_on_the_weekday_it_begins() -> None:
    monday_night = shift(starts="18:00", ends="08:00", weekdays=(1,))
    assert duty.on_duty([monday_night], GRID, at("2026-11-23T23:00"), ZONE)
    assert duty.on_duty([monday_night], GRID, at("2026-11-24T07:59"), ZONE)
    assert not duty.on_duty([monday_night], GRID, at("2026-11-23T07:00"), ZONE)
    assert not duty.on_duty([monday_night], GRID, at("2026-11-24T19:00"), ZONE)


def test_shift_holds_only_in_its_area_and_days() -> None:
    assert not duty.on_duty([shift()], "370522002001001", at("2026-11-23T09:00"), ZONE)
    limited = shift(valid_from=date(2026, 11, 24), valid_to=date(2026, 11, 25))
    assert [bool(duty.on_duty([limited], GRID, at(f"2026-11-{day}T09:00"), ZONE)) for day in (23, 24, 25)] == [
        False, True, False,
    ]  # fmt: skip


def test_narrowest_area_comes_first() -> None:
    wide, narrow = shift(id="a-wide", areas=("370522",)), shift(id="z-narrow", areas=(GRID,))
    assert [each.id for each in duty.on_duty([wide, narrow], GRID, at("2026-11-23T09:00"), ZONE)] == [
        "z-narrow",
        "a-wide",
    ]


def test_next_start_is_now_the_morning_or_never() -> None:
    assert duty.next_start([shift()], GRID, at("2026-11-23T09:00"), ZONE) == at("2026-11-23T09:00")
    assert duty.next_start([shift()], GRID, at("2026-11-23T20:00"), ZONE) == at("2026-11-24T08:00")
    assert duty.next_start([shift(weekdays=(1,))], GRID, at("2026-11-23T20:00"), ZONE) == at("2026-11-30T08:00")
    assert duty.next_start([], GRID, at("2026-11-23T20:00"), ZONE) is None


def test_single_shift_counts_from_one_instant_to_another() -> None:
    once = shift(starts=None, ends=None, starts_at=at("2026-11-23T19:00"), ends_at=at("2026-11-23T21:00"))
    assert duty.on_duty([once], GRID, at("2026-11-23T20:00"), ZONE)
    assert duty.next_start([once], GRID, at("2026-11-23T10:00"), ZONE) == at("2026-11-23T19:00")
    assert duty.next_start([once], GRID, at("2026-11-23T21:00"), ZONE) is None


def test_stand_in_has_the_duty_of_the_absent() -> None:
    records = {**district().records}
    shifts = dict(records["shift"])
    leave = district().shifts["day-jincheng-02"].model_copy(update={"absent": True})
    records["shift"] = {**shifts, leave.id: leave}
    found = District.from_records(2, records).officers_on_duty(GRID, at("2026-11-23T09:00"))
    assert [each.id for each in found] == ["officer-jincheng-03"]


@pytest.mark.parametrize(
    "fields",
    [
        {"officer": None}, {"unit": "u"}, {"starts": None}, {"starts_at": at("2026-11-23T08:00")}, {"weekdays": (0,)},
        {"absent": True},
    ],
)  # fmt: skip
def test_shift_that_says_too_little_or_too_much_is_refused(fields: dict[str, object]) -> None:
    known: dict[str, object] = {"starts_at": None, "ends_at": at("2026-11-23T09:00")} if "starts_at" in fields else {}
    with pytest.raises(ValidationError):
        shift(**{**known, **fields})
