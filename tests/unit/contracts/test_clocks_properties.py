"""Properties of deadlines for every start, and an independent count minute by minute."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.clocks import Calendar, OfficeHours, Pause, advance, allowance, deadline, elapsed
from contracts.clocks.calendar import SHANGHAI
from contracts.registry import Limit
from tests.unit.contracts.published_days import FIRST, LAST, working_days

READINGS = {reading: Calendar(reading=reading) for reading in ("consumed", "end_of_day")}
MICROSECOND = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
ORIGIN = datetime(2024, 1, 1, tzinfo=SHANGHAI)
LATEST = datetime.max.replace(tzinfo=SHANGHAI)
PUBLISHED = frozenset(working_days())

starts = st.timedeltas(timedelta(0), timedelta(days=1034)).map(lambda since: ORIGIN + since)
spans = st.timedeltas(MICROSECOND, timedelta(days=12))
units = st.sampled_from(["urgent_minute", "urgent_hour", "natural_day", "work_hour", "work_day"])
limits = st.fixed_dictionaries({"amount": st.integers(1, 25), "unit": units}).map(Limit.model_validate)
working_limits = st.builds(Limit, amount=st.integers(1, 25), unit=st.sampled_from(["work_hour", "work_day"]))


@st.composite
def office_hours(draw: st.DrawFn) -> OfficeHours:
    """Generate one to three stretches of a day, as a district may set them."""
    minutes = draw(st.lists(st.integers(0, 24 * 60 - 1), min_size=2, max_size=6, unique=True).map(sorted))
    times = [time(*divmod(minute, 60)) for minute in minutes]
    return tuple(zip(times[0::2], times[1::2], strict=False))


EVERY_DAY = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
CYCLE = 28
"""Days after which a generated table repeats, so that every limit meets its exceptions."""

tables = st.dictionaries(st.integers(0, CYCLE - 1), st.booleans(), max_size=10).map(
    lambda pattern: {day: pattern[at] for day in EVERY_DAY if (at := day.toordinal() % CYCLE) in pattern}
)
"""Tables of a district: working days off, weekends and holidays worked, and days that repeat the published calendar."""

districts = st.builds(
    Calendar, office_hours=office_hours(), overrides=tables, reading=st.sampled_from(sorted(READINGS))
).filter(lambda district: district.office_day >= timedelta(hours=2))
"""Office days of at least two hours, so that every limit ends within the three years."""
calendars = st.one_of(st.sampled_from(sorted(READINGS)).map(READINGS.__getitem__), districts)


@st.composite
def pauses_after(draw: st.DrawFn, start: datetime) -> list[Pause]:
    """Generate closed pauses around and after a start; they may overlap."""
    begins = draw(st.lists(st.timedeltas(timedelta(days=-1), timedelta(days=20)), max_size=4))
    return [Pause(start + begin, start + begin + draw(st.timedeltas(MINUTE, timedelta(days=5)))) for begin in begins]


def expected_deadline(start: datetime, length: Limit, district: Calendar, pauses: Iterable[Pause] = ()) -> datetime:
    """Count a working limit day by day and office hour by office hour, from the notices and the district's table."""
    days = [day for day in EVERY_DAY if district.overrides.get(day, day in PUBLISHED)]
    if district.reading == "end_of_day" and length.unit == "work_day":
        last = [day for day in days if day > start.astimezone(SHANGHAI).date()][length.amount - 1]
        granted = sum(
            (until - since for day in days if day <= last for since, until in open_hours(day, start, district)),
            timedelta(0),
        )
    else:
        whole = sum((until - since for since, until in open_hours(days[0], ORIGIN, district)), timedelta(0))
        granted = length.amount * {"work_hour": timedelta(hours=1), "work_day": whole}[length.unit]
    for day in days:
        for since, until in without_pauses(open_hours(day, start, district), pauses):
            if granted <= until - since:
                return since + granted
            granted -= until - since
    raise AssertionError("three years are not enough")


def open_hours(day: date, start: datetime, district: Calendar) -> list[tuple[datetime, datetime]]:
    """Return the office hours of a working day after the start."""
    hours = [
        (datetime.combine(day, opens, SHANGHAI), datetime.combine(day, closes, SHANGHAI))
        for opens, closes in district.office_hours
    ]
    return [(max(opens, start), closes) for opens, closes in hours if closes > start]


def without_pauses(
    stretches: list[tuple[datetime, datetime]], pauses: Iterable[Pause]
) -> list[tuple[datetime, datetime]]:
    """Cut the pauses out of the stretches of time."""
    for pause in pauses:
        since, until = pause.since, pause.until or LATEST
        cut = [
            piece for opens, closes in stretches for piece in ((opens, min(closes, since)), (max(opens, until), closes))
        ]
        stretches = [(opens, closes) for opens, closes in cut if opens < closes]
    return stretches


@pytest.fixture(scope="module")
def working_minutes() -> list[int]:
    """Return every office minute of 2024 to 2026 as minutes since the origin, without the code under test."""
    minutes: list[int] = []
    for day in working_days():
        midnight = (datetime.combine(day, time(), SHANGHAI) - ORIGIN) // MINUTE
        minutes.extend(range(midnight + 8 * 60, midnight + 12 * 60))
        minutes.extend(range(midnight + 14 * 60, midnight + 18 * 60))
    return minutes


@given(start=starts, length=limits, calendar=calendars)
def test_the_time_from_start_to_deadline_is_exactly_the_limit(
    start: datetime, length: Limit, calendar: Calendar
) -> None:
    """A microsecond before the deadline, less time has elapsed."""
    due_at = deadline(start, length, calendar).due_at
    granted = allowance(start, length, calendar)
    assert elapsed(start, due_at, length.unit, calendar) == granted
    assert elapsed(start, due_at - MICROSECOND, length.unit, calendar) < granted


@given(start=starts, first=spans, second=spans, unit=units, calendar=calendars)
def test_two_spans_in_a_row_equal_their_sum(
    start: datetime, first: timedelta, second: timedelta, unit: str, calendar: Calendar
) -> None:
    halfway = advance(start, first, unit, calendar).due_at
    assert advance(halfway, second, unit, calendar).due_at == advance(start, first + second, unit, calendar).due_at


@given(start=starts, amounts=st.tuples(st.integers(1, 12), st.integers(1, 12)), unit=units, calendar=calendars)
def test_two_limits_in_a_row_equal_their_sum_in_both_readings(
    start: datetime, amounts: tuple[int, int], unit: str, calendar: Calendar
) -> None:
    first, second, both = (Limit.model_validate({"amount": n, "unit": unit}) for n in (*amounts, sum(amounts)))
    halfway = deadline(start, first, calendar).due_at
    assert deadline(halfway, second, calendar).due_at == deadline(start, both, calendar).due_at


@given(moments=st.lists(starts, min_size=2, max_size=5), length=limits, calendar=calendars)
def test_a_later_start_is_never_due_earlier(moments: list[datetime], length: Limit, calendar: Calendar) -> None:
    dues = [deadline(start, length, calendar).due_at for start in sorted(moments)]
    assert all(earlier <= later for earlier, later in pairwise(dues))


@given(data=st.data(), start=starts, length=limits, calendar=calendars)
def test_pauses_add_exactly_the_time_that_they_took(
    data: st.DataObject, start: datetime, length: Limit, calendar: Calendar
) -> None:
    pauses = data.draw(pauses_after(start))
    due_at = deadline(start, length, calendar, pauses).due_at
    assert elapsed(start, due_at, length.unit, calendar, pauses) == allowance(start, length, calendar)
    assert due_at >= deadline(start, length, calendar).due_at


@given(data=st.data(), start=starts, length=working_limits, district=districts)
def test_a_deadline_agrees_with_a_count_day_by_day(
    data: st.DataObject, start: datetime, length: Limit, district: Calendar
) -> None:
    """Covers any district table, any office hours, both readings, with and without pauses."""
    pauses = data.draw(st.one_of(st.just([]), pauses_after(start)))
    assert deadline(start, length, district, pauses).due_at == expected_deadline(start, length, district, pauses)


@given(table=tables)
def test_the_district_table_overrides_the_notices_day_by_day(table: dict[date, bool]) -> None:
    district = Calendar(overrides=table)
    assert [day for day in EVERY_DAY if district.is_working_day(day) != table.get(day, day in PUBLISHED)] == []


@given(minute=st.integers(0, 1_480_000), hours=st.integers(1, 200))
def test_a_deadline_agrees_with_a_count_minute_by_minute(working_minutes: list[int], minute: int, hours: int) -> None:
    start, length = ORIGIN + minute * MINUTE, Limit(amount=hours, unit="work_hour")
    assert deadline(start, length, READINGS["consumed"]).due_at == _counted_by_minute(working_minutes, start, length)


TIMES = (time(0), time(7, 59), time(8), time(11, 30), time(12, 40), time(17, 30), time(18), time(23, 59))
"""Times before, in, between and after office hours, and at their limits."""


def test_every_day_of_three_years_agrees_with_the_count(working_minutes: list[int]) -> None:
    """Covers every holiday and make-up day of 2024 to 2026 instead of a sample."""
    days = EVERY_DAY[:-21]
    wrong = [
        (start, length)
        for start in (datetime.combine(day, moment, SHANGHAI) for day in days for moment in TIMES)
        for length in (
            Limit(amount=1, unit="work_hour"),
            Limit(amount=1, unit="work_day"),
            Limit(amount=6, unit="work_day"),
        )
        if deadline(start, length, READINGS["consumed"]).due_at != _counted_by_minute(working_minutes, start, length)
    ]
    assert wrong == []


def _counted_by_minute(working_minutes: list[int], start: datetime, length: Limit) -> datetime:
    """Return the end of the last of so many office minutes; a work day has 480."""
    first = bisect_left(working_minutes, (start - ORIGIN) // MINUTE)
    wanted = length.amount * {"work_hour": 60, "work_day": 480}[length.unit]
    return ORIGIN + (working_minutes[first + wanted - 1] + 1) * MINUTE


@given(start=starts, days=st.integers(1, 40))
def test_the_end_of_the_nth_working_day_agrees_with_a_count_day_by_day(start: datetime, days: int) -> None:
    later = [day for day in working_days() if day > start.date()]
    due_at = deadline(start, Limit(amount=days, unit="work_day"), READINGS["end_of_day"]).due_at
    assert due_at == datetime.combine(later[days - 1], time(18), SHANGHAI)
