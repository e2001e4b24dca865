"""The quiet part of the demo: patrol visits, shift handovers and confirmed reviews."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from deploy.play import rounds
from deploy.play.city import City

POINT = {"point_id": "p", "longitude": 118.2, "latitude": 37.4, "due": 2, "visited": 0}


class FakeCity:
    """Answers as supervision would and records all requests."""

    demo_moves_clock = False

    def __init__(self, *points: dict[str, Any]) -> None:
        self.random = random.Random(1)
        self.points = [{**POINT, **point} for point in points]
        self.requests: list[tuple[str, str, Any]] = []
        self.items: list[dict[str, Any]] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 25, tzinfo=UTC)

    async def ask(self, who: str, method: str, path: str, body: Any = None, *, params: Any = None) -> Any:
        if method == "GET":
            return {"turns": [{"points": self.points}] if self.points else [], "items": self.items}
        self.requests.append((who, path, body))
        return {"result": "visited" if "check-ins" in path else None}


def city(fake: FakeCity) -> City:
    return cast("City", fake)


def test_every_demo_chooses_the_same_walkers() -> None:
    assert rounds.walkers([f"o{n}" for n in range(9, 0, -1)]) == ["o1", "o5", "o9"]


@pytest.mark.parametrize(("number", "going"), [(0, 5), (1, 4)])
async def test_all_walkers_go_at_the_first_round_and_one_in_five_stays_away_later(number: int, going: int) -> None:
    fake = FakeCity({})
    assert await rounds.walk(city(fake), [f"o{n}" for n in range(5)], number) == going
    assert len({who for who, _, _ in fake.requests}) == going


async def test_a_finished_visit_is_not_repeated_and_nobody_off_duty_walks() -> None:
    fake = FakeCity({"visited": 2}, {"point_id": "q", "visited": 1})
    assert await rounds.walk(city(fake), ["o"], 0) == 1
    [(who, path, form)] = fake.requests
    assert (who, path, form["point_id"]) == ("officer:o", "/api/supervision/patrol/check-ins", "q")
    assert abs(form["location"]["latitude"] - POINT["latitude"]) < 2e-4
    assert await rounds.walk(city(FakeCity()), ["o"], 0) == 0


async def test_a_handover_sheet_is_signed_by_two_people_and_a_signed_one_is_left_alone() -> None:
    fake = FakeCity()
    fake.items = [
        {"sheet_id": "a", "open": 3, "overdue": 1, "signatures": {}},
        {"sheet_id": "b", "signatures": {"outgoing": {}}},
    ]
    assert await rounds.hand_over(city(fake)) == 1
    assert [(who, body["side"]) for who, _, body in fake.requests] == [
        ("shift_lead", "outgoing"),
        ("intake_clerk", "incoming"),
    ]


async def test_reviews_of_weeks_with_cases_are_confirmed() -> None:
    fake = FakeCity()
    fake.items = [
        {"digest_id": name, "confirmed": confirmed, "digest": {"figures": {"filed": filed}}}
        for name, confirmed, filed in (("a", None, 4), ("b", {"by": "x"}, 4), ("c", None, 0))
    ]
    assert await rounds.confirm(city(fake)) == 1
    assert [path for _, path, _ in fake.requests] == ["/api/supervision/digests/a/confirm"]
