"""The quiet half of the play: who walks when, that no visit is made twice, and that two people sign a sheet."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from deploy.play import rounds
from deploy.play.city import City

POINT = {"point_id": "p", "longitude": 118.2, "latitude": 37.4, "due": 2, "visited": 0}


class Place:
    """Answers as supervision would, and keeps what was said by whom."""

    demo_moves_clock = False

    def __init__(self, *points: dict[str, Any]) -> None:
        self.random = random.Random(1)
        self.points = [{**POINT, **point} for point in points]
        self.said: list[tuple[str, str, Any]] = []
        self.items: list[dict[str, Any]] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 25, tzinfo=UTC)

    async def ask(self, who: str, method: str, path: str, body: Any = None, *, params: Any = None) -> Any:
        if method == "GET":
            return {"turns": [{"points": self.points}] if self.points else [], "items": self.items}
        self.said.append((who, path, body))
        return {"result": "visited" if "check-ins" in path else None}


def city(place: Place) -> City:
    return cast("City", place)


def test_the_same_officers_walk_at_each_play() -> None:
    assert rounds.walkers([f"o{n}" for n in range(9, 0, -1)]) == ["o1", "o5", "o9"]


@pytest.mark.parametrize(("number", "going"), [(0, 5), (1, 4)])
async def test_one_walker_in_five_goes_round_in_the_morning_only(number: int, going: int) -> None:
    place = Place({})
    assert await rounds.walk(city(place), [f"o{n}" for n in range(5)], number) == going
    assert len({who for who, _, _ in place.said}) == going


async def test_what_is_done_is_not_done_again_and_nobody_off_duty_walks() -> None:
    place = Place({"visited": 2}, {"point_id": "q", "visited": 1})
    assert await rounds.walk(city(place), ["o"], 0) == 1
    [(who, path, form)] = place.said
    assert (who, path, form["point_id"]) == ("officer:o", "/api/supervision/patrol/check-ins", "q")
    assert abs(form["location"]["latitude"] - POINT["latitude"]) < 2e-4
    assert await rounds.walk(city(Place()), ["o"], 0) == 0


async def test_a_sheet_is_signed_by_two_people_and_one_that_is_signed_is_left_alone() -> None:
    place = Place()
    place.items = [
        {"sheet_id": "a", "open": 3, "overdue": 1, "signatures": {}},
        {"sheet_id": "b", "signatures": {"outgoing": {}}},
    ]
    assert await rounds.hand_over(city(place)) == 1
    assert [(who, body["side"]) for who, _, body in place.said] == [
        ("shift_lead", "outgoing"),
        ("intake_clerk", "incoming"),
    ]


async def test_reviews_of_eventful_weeks_are_confirmed() -> None:
    place = Place()
    place.items = [
        {"digest_id": name, "confirmed": confirmed, "digest": {"figures": {"filed": filed}}}
        for name, confirmed, filed in (("a", None, 4), ("b", {"by": "x"}, 4), ("c", None, 0))
    ]
    assert await rounds.confirm(city(place)) == 1
    assert [path for _, path, _ in place.said] == ["/api/supervision/digests/a/confirm"]
