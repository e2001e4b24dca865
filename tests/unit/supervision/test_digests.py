"""周回顾 and 月分析: hot spots, repeated places, and the oldest open cases."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.chassis.coordinates import degrees
from services.supervision.domain.roster import digests
from services.supervision.domain.roster.digests import DigestCase
from tests.unit.supervision import sample_district
from tests.unit.supervision.sample_district import HOME, NEXT_DOOR, at

LITTER, VENDOR = "GB47678-5-2026/matter/06010", "GB47678-5-2026/matter/09001"
WEEK = (date(2026, 3, 9), date(2026, 3, 16))
"""Monday to Monday; 03-11 is a Wednesday."""


def digest_case(
    when: datetime = at("03-11 09:00"), grid: str = HOME, category: str | None = LITTER, **fields: Any
) -> DigestCase:
    given: dict[str, Any] = {
        "case_id": uuid4(),
        "case_number": f"LJ-{when:%Y%m%d}-{fields.pop('serial', 1):06d}",
        "grid_code": grid,
        "category_id": category,
        "longitude": None,
        "latitude": None,
        "registered_at": when,
        "filed_at": when,
        "open": "ended_at" not in fields,
        "ended_at": None,
        "was_overdue": False,
        **fields,
    }
    return DigestCase(**given)


def write_week(*cases: DigestCase) -> digests.Digest:
    return digests.write_digest(sample_district.make_district(), "week", HOME[:12], WEEK, cases, (8, 6))


@pytest.mark.parametrize(
    ("kind", "after", "until", "periods"),
    [
        ("week", "03-15 23:59", "03-16 00:00", [(date(2026, 3, 9), date(2026, 3, 16))]),
        ("week", "03-16 00:00", "03-22 23:59", []),
        (
            "week",
            "03-08 12:00",
            "03-17 12:00",
            [(date(2026, 3, 2), date(2026, 3, 9)), (date(2026, 3, 9), date(2026, 3, 16))],
        ),
        ("month", "02-28 23:59", "03-01 00:00", [(date(2026, 2, 1), date(2026, 3, 1))]),
        ("month", "03-01 00:00", "03-31 23:59", []),
        ("month", "01-31 12:00", "02-01 12:00", [(date(2026, 1, 1), date(2026, 2, 1))]),
    ],
)
def test_each_ended_period_has_one_digest(
    kind: digests.Kind, after: str, until: str, periods: list[tuple[date, date]]
) -> None:
    """Weeks begin on Monday and months on their first day, in local time, also after a pause."""
    assert digests.periods_ended(kind, at(after), at(until), sample_district.make_district()) == periods


def test_figures_are_of_the_period_and_of_the_one_before() -> None:
    found = write_week(
        digest_case(at("03-04 09:00"), ended_at=at("03-10 09:00")),
        digest_case(at("03-05 09:00"), ended_at=at("03-06 09:00"), was_overdue=True),
        digest_case(at("03-09 00:00"), was_overdue=True),
        digest_case(at("03-11 09:00"), category=None, ended_at=at("03-16 00:00")),
    )
    now, before = found.figures, found.before
    assert (now.filed, now.ended, now.overdue, now.open, now.confidential) == (2, 1, 1, 2, 1)
    assert (before.filed, before.ended, before.overdue, before.open) == (2, 1, 1, 1)
    assert (found.patrol_due, found.patrol_visited) == (8, 6)


def test_a_hot_spot_is_a_grid_with_many_cases_of_one_category() -> None:
    found = write_week(
        *(digest_case() for _ in range(3)),
        *(digest_case(grid=NEXT_DOOR, category=VENDOR) for _ in range(2)),
        digest_case(category=VENDOR),
        digest_case(at("03-04 09:00")),
        *(digest_case(category=None) for _ in range(4)),
    )
    assert [(spot.grid_code, spot.category_id, spot.cases, spot.before) for spot in found.hot_spots] == [
        (HOME, LITTER, 3, 1),
        (NEXT_DOOR, VENDOR, 2, 0),
    ]


@pytest.mark.parametrize(("metres", "category", "again"), [(49, LITTER, True), (51, LITTER, False), (0, VENDOR, False)])
def test_cases_of_one_category_within_50_metres_are_a_repeated_place(metres: float, category: str, again: bool) -> None:
    """By place, never by person."""
    here = {"longitude": 118.2, "latitude": 37.5}
    there = {"longitude": 118.2, "latitude": 37.5 + degrees(metres, 37.5)[1]}
    found = write_week(
        digest_case(serial=1, **here), digest_case(serial=2, category=category, **there), digest_case(serial=3)
    )
    assert [place.case_numbers for place in found.repeat_places] == (
        [("LJ-20260311-000001", "LJ-20260311-000002")] if again else []
    )


def test_the_oldest_open_cases_are_listed_with_their_days() -> None:
    many = [digest_case(at("03-11 09:00") - timedelta(days=days), serial=days) for days in range(8)]
    found = write_week(*many, digest_case(at("02-01 09:00"), ended_at=at("03-12 09:00")))
    assert [each.days for each in found.oldest] == [11, 10, 9, 8, 7]
    assert found.oldest[0].case_number == many[7].case_number


@pytest.mark.parametrize(
    ("cases", "known"),
    [
        ([], False),
        ([digest_case()], True),
        ([digest_case(at("03-01 09:00"), ended_at=at("03-11 09:00"))], True),
        ([digest_case(at("03-01 09:00"))], False),
        ([digest_case(at("03-16 09:00"))], False),
    ],
    ids=["nothing", "filed", "ended", "open throughout", "later"],
)
def test_activity_of_other_services_is_detected_in_a_week_without_supervision(
    cases: list[DigestCase], known: bool
) -> None:
    assert digests.has_activity(cases, at("03-09 00:00"), at("03-16 00:00")) is known


def test_a_week_without_cases_has_a_digest_too() -> None:
    found = write_week()
    assert (found.figures.filed, found.hot_spots, found.repeat_places, found.oldest) == (0, (), (), ())
