"""Deadlines of single cases that a person can check by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from contracts.clocks import (
    Calendar,
    Pause,
    advance,
    allowance,
    calendar_of,
    deadline,
    elapsed,
    extended,
    light,
    milestones,
    share_used,
    shortened,
)
from contracts.clocks.calendar import SHANGHAI
from contracts.registry import CalendarDay, DistrictSettings, Limit
from tests.unit.contracts.published_days import FIRST, LAST, working_days

CONSUMED = Calendar()
END_OF_DAY = Calendar(reading="end_of_day")


def at(text: str) -> datetime:
    """Parse `MM-DD HH:MM` as a time of 2026 in Shanghai."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


def limit(text: str) -> Limit:
    amount, unit = text.split()
    return Limit.model_validate({"amount": int(amount), "unit": unit})


@pytest.mark.parametrize(
    ("start", "length", "due"),
    [
        pytest.param("03-11 22:10", "15 urgent_minute", "03-11 22:25", id="urgent minutes run at night"),
        pytest.param("02-17 23:00", "2 urgent_hour", "02-18 01:00", id="urgent hours run through the Spring Festival"),
        pytest.param("02-13 17:30", "3 natural_day", "02-16 17:30", id="natural days count holidays"),
        pytest.param("03-11 09:00", "2 work_hour", "03-11 11:00", id="inside one segment"),
        pytest.param("03-11 11:00", "2 work_hour", "03-11 15:00", id="lunch is left out"),
        pytest.param("03-11 12:40", "1 work_hour", "03-11 15:00", id="a start at lunch loses nothing"),
        pytest.param("03-11 06:00", "1 work_hour", "03-11 09:00", id="a start before opening waits for it"),
        pytest.param("03-11 23:30", "1 work_hour", "03-12 09:00", id="a start at night waits for the morning"),
        pytest.param("03-14 10:00", "4 work_hour", "03-16 12:00", id="a start on Saturday ends at noon, not at two"),
        pytest.param("03-13 17:00", "4 work_hour", "03-16 11:00", id="a weekend is left out"),
        pytest.param("03-11 10:15", "1 work_day", "03-12 10:15", id="one work day is one office day consumed"),
        pytest.param("03-11 08:00", "1 work_day", "03-11 18:00", id="a whole day ends at closing time"),
        pytest.param("02-13 17:30", "1 work_day", "02-14 17:30", id="situation 14: Saturday 02-14 is a make-up day"),
        pytest.param("02-14 17:30", "1 work_day", "02-24 17:30", id="02-15 to 02-23 are off"),
        pytest.param("02-14 18:00", "1 work_hour", "02-24 09:00", id="at closing time before the festival"),
        pytest.param("09-24 16:00", "5 work_day", "10-09 16:00", id="Mid-Autumn and National Day in one limit"),
    ],
)
def test_a_limit_is_consumed_on_its_own_clock(start: str, length: str, due: str) -> None:
    """Continuous units run through everything; working units run in office hours of working days, make-up days
    included.
    """
    assert deadline(at(start), limit(length), CONSUMED).due_at == at(due)


@pytest.mark.parametrize(
    ("start", "length", "due"),
    [
        pytest.param("02-13 17:30", "1 work_day", "02-14 18:00", id="situation 14, the other reading"),
        pytest.param("03-11 08:00", "1 work_day", "03-12 18:00", id="counted from the day after"),
        pytest.param("03-14 10:00", "1 work_day", "03-16 18:00", id="from a Saturday the first working day counts"),
        pytest.param("03-13 10:00", "3 work_day", "03-18 18:00", id="a weekend is left out"),
        pytest.param("03-11 11:00", "2 work_hour", "03-11 15:00", id="hours are the same in both readings"),
    ],
)
def test_in_the_end_of_day_reading_a_limit_ends_at_closing_time_of_the_nth_working_day(
    start: str, length: str, due: str
) -> None:
    """The day of the start does not count. Limits in hours are the same in both readings."""
    assert deadline(at(start), limit(length), END_OF_DAY).due_at == at(due)


def test_working_days_agree_with_the_published_notices() -> None:
    """Checks every day of 2024 to 2026."""
    worked = set(working_days())
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    assert [day for day in days if CONSUMED.is_working_day(day) != (day in worked)] == []


def test_the_district_table_overrides_the_published_calendar() -> None:
    """A district can close a working day (a typhoon) and open a weekend day."""
    table = Calendar(overrides={date(2026, 3, 12): False, date(2026, 3, 14): True})
    assert deadline(at("03-11 17:00"), limit("2 work_hour"), table).due_at == at("03-13 09:00")
    assert deadline(at("03-13 17:00"), limit("2 work_hour"), table).due_at == at("03-14 09:00")


def test_a_working_deadline_is_provisional_until_the_year_is_announced() -> None:
    """For 2027 only statutory days are known. Continuous deadlines are never provisional."""
    start = at("12-30 17:00")
    assert deadline(start, limit("5 work_day"), CONSUMED).provisional
    assert not deadline(start, limit("5 natural_day"), CONSUMED).provisional
    assert not deadline(start, limit("1 work_hour"), CONSUMED).provisional
    table = {date(2027, 1, 4): False, date(2027, 1, 9): True}
    begun = deadline(start, limit("5 work_day"), Calendar(overrides=table))
    assert begun.provisional, "one Saturday that is worked does not make a year's calendar"
    moved = deadline(start, limit("5 work_day"), Calendar(overrides=table, announced_years=frozenset({2027})))
    assert not moved.provisional
    assert moved.due_at == begun.due_at == datetime(2027, 1, 8, 17, 0, tzinfo=SHANGHAI)
    assert deadline(start, limit("300 work_day"), Calendar(announced_years=frozenset({2027}))).provisional, "2028"


def test_each_milestone_counts_from_the_start() -> None:
    """The second milestone does not wait for the first."""
    made = milestones(at("03-11 09:00"), [limit("2 urgent_hour"), limit("1 work_day")], CONSUMED)
    assert [each.due_at for each in made] == [at("03-11 11:00"), at("03-12 09:00")]


@pytest.mark.parametrize(
    ("length", "pauses", "due"),
    [
        pytest.param("4 work_hour", [("03-11 10:00", "03-11 11:00")], "03-11 16:00", id="an hour of office time"),
        pytest.param(
            "4 work_hour", [("03-11 12:10", "03-11 13:50")], "03-11 15:00", id="a pause at lunch moves nothing"
        ),
        pytest.param("4 work_hour", [("03-11 11:00", "03-12 09:00")], "03-12 11:00", id="over night"),
        pytest.param("4 work_hour", [("03-11 15:00", "03-11 17:00")], "03-11 15:00", id="after the limit was used up"),
        pytest.param(
            "4 work_hour", [("03-11 08:00", "03-11 10:00")], "03-11 16:00", id="only what lies after the start"
        ),
        pytest.param(
            "4 work_hour",
            [("03-11 10:00", "03-11 11:00"), ("03-11 10:30", "03-11 11:30")],
            "03-11 16:30",
            id="overlapping pauses count once",
        ),
        pytest.param("3 urgent_hour", [("03-11 11:00", "03-11 22:00")], "03-11 23:00", id="a continuous clock"),
    ],
)
def test_a_pause_adds_exactly_its_own_clock_time(length: str, pauses: list[tuple[str, str]], due: str) -> None:
    """A pending return or a suspension pauses the clock."""
    start, pauses = at("03-11 09:00"), [Pause(at(since), at(until)) for since, until in pauses]
    length_of = limit(length)
    assert deadline(start, length_of, CONSUMED, pauses).due_at == at(due)
    assert elapsed(start, at(due), length_of.unit, CONSUMED, pauses) == allowance(start, length_of, CONSUMED)


def test_a_paused_clock_consumes_nothing_and_has_no_deadline() -> None:
    start, pauses = at("03-11 09:00"), [Pause(at("03-11 10:00"))]
    for now in ("03-11 10:00", "03-11 17:00", "03-20 09:00"):
        assert elapsed(start, at(now), "work_hour", CONSUMED, pauses) == timedelta(hours=1)
    with pytest.raises(ValueError, match="a paused clock has no deadline"):
        deadline(start, limit("2 work_hour"), CONSUMED, pauses)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, "green"), (0.8, "green"), (0.800001, "yellow"), (1.0, "yellow"), (1.000001, "red")]
)
def test_lights_change_above_80_and_above_100_percent(share: float, expected: str) -> None:
    """The exact limits belong to the better light."""
    assert light(share) == expected


def test_a_coordinated_unit_never_gets_a_red_light() -> None:
    assert light(3.0, coordinated=True) == "yellow"
    assert light(0.6, yellow_share=0.5) == "yellow"


@pytest.mark.parametrize(
    ("now", "share"), [("03-11 09:00", 0.0), ("03-11 15:12", 0.525), ("03-11 17:24", 0.8), ("03-12 09:00", 1.0)]
)
def test_the_used_share_is_exact_at_the_limits_of_the_lights(now: str, share: float) -> None:
    """The instants of 80 % and 100 % are exact, so the light changes at the right second."""
    start, one_day = at("03-11 09:00"), limit("1 work_day")
    assert share_used(start, at(now), allowance(start, one_day, CONSUMED), "work_day", CONSUMED) == share


def test_the_used_share_of_the_end_of_day_reading_is_one_at_closing_time() -> None:
    """`end_of_day` also grants the rest of the first day."""
    start, one_day = at("03-11 17:00"), limit("1 work_day")
    granted = allowance(start, one_day, END_OF_DAY)
    assert granted == timedelta(hours=9)
    assert share_used(start, at("03-12 18:00"), granted, "work_day", END_OF_DAY) == 1.0


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ("1 work_day", "4 work_hour"),
        ("3 work_hour", "2 work_hour"),
        ("1 work_hour", "1 work_hour"),
        ("2 work_day", "1 work_day"),
        ("15 work_day", "60 work_hour"),
        ("4 natural_day", "2 natural_day"),
        ("150 urgent_minute", "75 urgent_minute"),
        ("5 urgent_hour", "150 urgent_minute"),
        ("90 urgent_minute", "1 urgent_hour"),
        ("3 natural_day", "36 urgent_hour"),
    ],
)
def test_a_rework_gets_half_the_limit_but_at_least_an_hour(original: str, expected: str) -> None:
    """Half of a limit stays on the same clock and in the same unit if it divides; otherwise it is rounded up."""
    assert shortened(limit(original), 0.5, limit("1 urgent_hour"), CONSUMED) == limit(expected)


def test_an_extension_adds_one_original_limit() -> None:
    """Two extensions make three limits."""
    start, original = at("03-11 10:00"), limit("2 work_day")
    step_by_step = start
    for _ in range(3):
        step_by_step = deadline(step_by_step, original, CONSUMED).due_at
    assert deadline(start, extended(original, 2), CONSUMED).due_at == step_by_step


def test_the_calendar_comes_from_the_settings_of_the_district() -> None:
    settings = DistrictSettings.model_validate(
        {
            "id": "370522",
            "name": "利津县",
            "name_en": "Lijin",
            "case_prefix": "LJ",
            "work_day_reading": "end_of_day",
            "office_hours": [{"starts": "08:30", "ends": "17:30"}],
            "announced_years": [2027],
        }
    )
    calendar = calendar_of(settings, [CalendarDay(id="2026-03-12", working=False)])
    assert calendar.office_hours == ((time(8, 30), time(17, 30)),)
    assert [calendar.is_announced(year) for year in (2026, 2027, 2028)] == [True, True, False]
    assert deadline(at("03-11 10:00"), limit("1 work_day"), calendar).due_at == at("03-13 17:30")


@pytest.mark.parametrize(
    "wrong", [{"amount": 0, "unit": "work_day"}, {"amount": -1, "unit": "natural_day"}, {"amount": 1, "unit": "moon"}]
)
def test_an_invalid_limit_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="limit"):
        deadline(at("03-11 10:00"), Limit.model_construct(**wrong), CONSUMED)


@pytest.mark.parametrize(
    "hours",
    [
        (),
        ((time(8), time(12)), (time(11), time(18))),
        ((time(14), time(18)), (time(8), time(12))),
        ((time(9), time(9)),),
    ],
)
def test_office_hours_must_be_in_order(hours: tuple[tuple[time, time], ...]) -> None:
    """Overlapping or empty office hours would count time twice or never."""
    with pytest.raises(ValueError, match="office hours"):
        Calendar(office_hours=hours)


def test_office_hours_may_reach_midnight() -> None:
    always = Calendar(office_hours=((time(0), time(0)),))
    assert deadline(at("03-11 23:30"), limit("1 work_hour"), always).due_at == at("03-12 00:30")


def test_deadlines_are_utc() -> None:
    assert deadline(at("03-11 09:00"), limit("1 work_hour"), CONSUMED).due_at.tzinfo is UTC
    assert advance(at("03-11 09:00"), timedelta(0), "work_hour", CONSUMED).due_at == at("03-11 09:00")
