"""周回顾、月分析: hot spots, places where the same comes back, and what is open longest."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.chassis.coordinates import degrees
from services.supervision.domain.roster import digests
from services.supervision.domain.roster.digests import DigestCase
from tests.unit.supervision import town
from tests.unit.supervision.town import HOME, NEXT_DOOR, at

LITTER, VENDOR = "GB47678-5-2026/matter/06010", "GB47678-5-2026/matter/09001"
WEEK = (date(2026, 3, 9), date(2026, 3, 16))
"""Monday to Monday; 03-11 is a Wednesday."""


def case(
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


def written(*cases: DigestCase) -> digests.Digest:
    return digests.write_digest(town.town(), "week", HOME[:12], WEEK, cases, (8, 6))


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
def test_a_period_is_digested_once_it_is_over(
    kind: digests.Kind, after: str, until: str, periods: list[tuple[date, date]]
) -> None:
    """Weeks from Monday, months from their first day, in local time; also after a pause, each once."""
    assert digests.periods_ended(kind, at(after), at(until), town.town()) == periods


def test_counts_are_of_the_period_and_of_the_one_before() -> None:
    found = written(
        case(at("03-04 09:00"), ended_at=at("03-10 09:00")),
        case(at("03-05 09:00"), ended_at=at("03-06 09:00"), was_overdue=True),
        case(at("03-09 00:00"), was_overdue=True),
        case(at("03-11 09:00"), category=None, ended_at=at("03-16 00:00")),
    )
    now, before = found.figures, found.before
    assert (now.filed, now.ended, now.overdue, now.open, now.confidential) == (2, 1, 1, 2, 1)
    assert (before.filed, before.ended, before.overdue, before.open) == (2, 1, 1, 1)
    assert (found.patrol_due, found.patrol_visited) == (8, 6)


def test_hot_spots_are_grids_with_much_of_one_category_compared_with_before() -> None:
    found = written(
        *(case() for _ in range(3)),
        *(case(grid=NEXT_DOOR, category=VENDOR) for _ in range(2)),
        case(category=VENDOR),
        case(at("03-04 09:00")),
        *(case(category=None) for _ in range(4)),
    )
    assert [(spot.grid_code, spot.category_id, spot.cases, spot.before) for spot in found.hot_spots] == [
        (HOME, LITTER, 3, 1),
        (NEXT_DOOR, VENDOR, 2, 0),
    ]


@pytest.mark.parametrize(("metres", "category", "again"), [(49, LITTER, True), (51, LITTER, False), (0, VENDOR, False)])
def test_the_same_again_at_the_same_place_is_said(metres: float, category: str, again: bool) -> None:
    """Same category within the district's 50 m of recurrence. By place, never by person."""
    here = {"longitude": 118.2, "latitude": 37.5}
    there = {"longitude": 118.2, "latitude": 37.5 + degrees(metres, 37.5)[1]}
    found = written(case(serial=1, **here), case(serial=2, category=category, **there), case(serial=3))
    assert [place.case_numbers for place in found.repeat_places] == (
        [("LJ-20260311-000001", "LJ-20260311-000002")] if again else []
    )


def test_the_oldest_open_cases_are_named_with_their_days() -> None:
    many = [case(at("03-11 09:00") - timedelta(days=days), serial=days) for days in range(8)]
    found = written(*many, case(at("02-01 09:00"), ended_at=at("03-12 09:00")))
    assert [each.days for each in found.oldest] == [11, 10, 9, 8, 7]
    assert found.oldest[0].case_number == many[7].case_number


@pytest.mark.parametrize(
    ("cases", "known"),
    [
        ([], False),
        ([case()], True),
        ([case(at("03-01 09:00"), ended_at=at("03-11 09:00"))], True),
        ([case(at("03-01 09:00"))], False),
        ([case(at("03-16 09:00"))], False),
    ],
    ids=["nothing", "filed", "ended", "open throughout", "later"],
)
def test_of_a_week_in_which_supervision_stood_still_what_others_did_is_known(
    cases: list[DigestCase], known: bool
) -> None:
    assert digests.has_activity(cases, at("03-09 00:00"), at("03-16 00:00")) is known


def test_a_quiet_week_is_a_digest_too() -> None:
    found = written()
    assert (found.figures.filed, found.hot_spots, found.repeat_places, found.oldest) == (0, (), (), ())
