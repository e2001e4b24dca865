"""Indexes of releases: each decision uses one release as a whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from services.chassis.release_cache import ReleaseCache
from services.routing.domain.decide import decide
from services.routing.domain.index import ListIndex
from tests.unit.routing.sample_district import entry, make_district, make_question


def test_the_index_of_a_release_is_built_once_and_kept_beside_the_next() -> None:
    indexes, old, new = (
        ReleaseCache(ListIndex),
        make_district(entry("a", lead="greens")),
        make_district(entry("a", lead="roads"), release=2),
    )
    first = indexes.of(old)
    second = indexes.of(new)
    assert indexes.of(old) is first
    assert indexes.of(new) is second
    assert (decide(first, make_question()).lead, decide(second, make_question()).lead) == ("greens", "roads")
    assert (decide(first, make_question()).list_version, decide(second, make_question()).list_version) == (1, 2)


def test_only_two_indexes_are_kept() -> None:
    indexes, districts = ReleaseCache(ListIndex), [make_district(release=number) for number in range(3)]
    first = indexes.of(districts[0])
    for district in districts[1:]:
        indexes.of(district)
    assert indexes.of(districts[0]) is not first


def test_concurrent_threads_get_the_same_index() -> None:
    indexes, district = ReleaseCache(ListIndex), make_district(entry("a", lead="greens"))
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: indexes.of(district), range(32)))
    assert len({id(each) for each in found}) == 1


def test_equal_release_numbers_of_different_districts_are_not_confused() -> None:
    indexes = ReleaseCache(ListIndex)
    assert decide(indexes.of(make_district(entry("a", lead="greens"))), make_question()).lead == "greens"
    assert decide(indexes.of(make_district(entry("a", lead="roads"))), make_question()).lead == "roads"
