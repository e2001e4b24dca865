"""Releases change under way: each decision uses one release, whole, and preparing the next disturbs nobody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from services.chassis.release_cache import ReleaseCache
from services.routing.domain.decide import decide
from services.routing.domain.index import ListIndex
from tests.unit.routing.town import ask, entry, town


def test_a_release_is_built_once_and_the_one_before_stays_while_the_next_is_prepared() -> None:
    indexes, old, new = (
        ReleaseCache(ListIndex),
        town(entry("a", lead="greens")),
        town(entry("a", lead="roads"), release=2),
    )
    first = indexes.of(old)
    second = indexes.of(new)
    assert indexes.of(old) is first
    assert indexes.of(new) is second
    assert (decide(first, ask()).lead, decide(second, ask()).lead) == ("greens", "roads")
    assert (decide(first, ask()).list_version, decide(second, ask()).list_version) == (1, 2)


def test_only_two_releases_are_kept() -> None:
    indexes, districts = ReleaseCache(ListIndex), [town(release=number) for number in range(3)]
    first = indexes.of(districts[0])
    for district in districts[1:]:
        indexes.of(district)
    assert indexes.of(districts[0]) is not first


def test_threads_that_ask_at_once_get_the_same_index() -> None:
    indexes, district = ReleaseCache(ListIndex), town(entry("a", lead="greens"))
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: indexes.of(district), range(32)))
    assert len({id(each) for each in found}) == 1


def test_equal_releases_of_different_districts_are_not_confused() -> None:
    indexes = ReleaseCache(ListIndex)
    assert decide(indexes.of(town(entry("a", lead="greens"))), ask()).lead == "greens"
    assert decide(indexes.of(town(entry("a", lead="roads"))), ask()).lead == "roads"
