"""Search in the catalogue: what a clerk types finds the category, best match first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.registry import Category
from services.registry.domain.catalogue import Catalogue, Found
from tests.unit.registry.sample_district import lijin

CATALOGUE = Catalogue(lijin())
GB, OLD = "GB47678-5-2026", "GB30428-2-2013"


def search(text: str, wanted: Callable[[Category], bool] = lambda _: True) -> list[Found]:
    return CATALOGUE.search(text, wanted)


@pytest.mark.parametrize(
    ("typed", "first", "how"),
    [
        ("暴露垃圾", "matter/06010", "name"),
        ("供水井盖", "matter/01001", "name"),
        ("牛皮癣", "matter/07001", "synonym"),
        ("消火栓", "matter/01013", "synonym"),
        ("red", None, None),
        ("street light", "matter/01037", "name_en"),
        ("STREET LIGHT", "matter/01037", "name_en"),
        ("ludeng", "matter/01037", "pinyin"),
        ("lu deng", "matter/01037", "pinyin"),
        ("jinggai", "matter/01003", "pinyin"),
        ("jg", "matter/01003", "pinyin"),
        ("bllj", "matter/06010", "pinyin"),
        ("xds", "matter/04002", "pinyin"),
        ("lvdi", "matter/04013", "pinyin"),
        ("06010", "matter/06010", "code"),
        ("GB47678-5-2026/matter/06010", "matter/06010", "code"),
        ("01-10", "matter/06010", "old_code"),
        ("0110", "matter/06010", "old_code"),
        ("gb30428-2-2013/component/05-06", "matter/01069", "old_code"),
        ("路灯不亮了怎么办", "matter/01037", "synonym"),
        ("０６０１０", "matter/06010", "code"),
    ],
)
def test_the_best_match_is_first(typed: str, first: str | None, how: str | None) -> None:
    found = search(typed)
    best = (found[0].category.id.partition("/")[2], found[0].hit.field) if found else (None, None)
    assert best == (first, how)


def test_a_clashing_old_code_shows_its_edition() -> None:
    found = {each.category.id: each.hit.text for each in search("05-07")}
    assert found[f"{OLD}/event/05-07"] == "05-07"
    assert found[f"{GB}/matter/10001"] == f"{OLD}/event/05-07"
    assert found[f"{GB}/matter/01070"] == f"{OLD}/component/05-07"


def test_pinyin_matches_from_the_beginning_of_a_syllable() -> None:
    assert search("jinggai")
    assert search("inggai") == []


def test_several_words_must_all_match_in_any_order() -> None:
    assert {each.category.id for each in search("护栏 绿地")} == {each.category.id for each in search("绿地 护栏")}
    assert {each.category.code for each in search("绿地 护栏")} == {"04008"}
    assert search("绿地 摩天轮") == []


def test_equal_matches_are_sorted_by_conditions_and_matters_before_components() -> None:
    kinds = [
        (each.hit.rank, not lijin().conditions_of(each.category.id), each.category.kind == "component")
        for each in search("井盖")
    ]
    assert kinds == sorted(kinds)
    assert kinds[-1][1:] == (True, True)


def test_an_empty_search_lists_everything_by_code_with_components_last() -> None:
    found = [each.category for each in search("")]
    assert len(found) == len(lijin().categories)
    assert found == sorted(found, key=lambda each: (each.kind == "component", each.id))


def test_only_wanted_categories_are_found() -> None:
    assert {each.category.kind for each in search("路灯", lambda category: category.kind == "component")} == {
        "component"
    }


def test_every_category_is_found_by_name_code_and_english_name_on_the_first_page() -> None:
    for each in lijin().categories.values():
        for typed in (each.name, each.code, each.name_en, each.id):
            assert each.id in [found.category.id for found in search(typed)[:20]], (each.id, typed)


def test_sort_keys_are_distinct_so_that_pages_have_no_gaps() -> None:
    for typed in ("", "井盖", "g", "市"):
        keys = [each.sort_key for each in search(typed)]
        assert keys == sorted(set(keys))
