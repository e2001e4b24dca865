"""Indexes over the grids of a release: built once per process, in a thread, before the release is in force."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from contracts.registry import Grid
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.release_cache import ReleaseCache
from services.intake.app import SERVICE
from services.intake.domain import grids
from services.intake.domain.category_suggestions import SUGGESTERS
from services.intake.domain.grids import GRIDS, GridIndex
from tests.unit.intake.sample_district import lijin

DISTRICT = lijin()
DAY = date(2026, 11, 30)


def square(code: str, west: float, south: float) -> Grid:
    """Return a square grid with sides of 0.01 degrees."""
    east, north = west + 0.01, south + 0.01
    ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return next(iter(DISTRICT.grids.values())).model_copy(
        update={"id": code, "kind": "base", "polygon": ring, "valid_from": date(2020, 1, 1), "valid_to": None}
    )


def test_every_polygon_is_found_although_they_are_built_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grids, "POLYGONS_PER_CALL", 2)
    index = GridIndex([square(f"37052200100300{n}", 118 + n / 10, 37.5) for n in range(5)])
    found = [index.grid_at((118.005 + n / 10, 37.505), DAY) for n in range(5)]
    assert [each and each.id for each in found] == [f"37052200100300{n}" for n in range(5)]


async def test_the_next_release_is_built_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """After `prepare` nothing is built again, neither for the current release nor for the next."""
    in_main_thread: list[bool] = []

    def build(found: Iterable[Grid]) -> GridIndex:
        in_main_thread.append(threading.current_thread() is threading.main_thread())
        return GridIndex(found)

    monkeypatch.setattr(grids, "GridIndex", build)
    now, following = replace(DISTRICT, release=900), replace(DISTRICT, release=901)
    assert SERVICE.prepare is not None
    for release in (now, following):
        await asyncio.to_thread(SERVICE.prepare, release)
        for each in (now, release):
            GRIDS.of(each)
            SUGGESTERS.of(each)
    assert in_main_thread == [False, False], "one index for each release"


def test_a_value_is_built_once_for_each_of_the_last_two_releases() -> None:
    built: list[int] = []

    def build(district: RegistrySnapshot) -> int:
        built.append(district.release)
        return district.release

    cache = ReleaseCache(build)
    first, second, third = (replace(DISTRICT, release=number) for number in (1, 2, 3))
    assert [cache.of(each) for each in (first, second, first, second)] == [1, 2, 1, 2]
    assert (cache.of(third), cache.of(second), cache.of(first)) == (3, 2, 1)
    assert built == [1, 2, 3, 1], "the oldest value is dropped"
