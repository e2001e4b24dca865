"""Categories of the sample district: the national list, the emergencies and the district's own, in two languages."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from contracts.registry import Category
from tests.unit.registry.sample_district import lijin

GB, OLD, LOCAL = "GB47678-5-2026", "GB30428-2-2013", "LOCAL-370522"
ALL = list(lijin().categories.values())


def categories_of(standard: str, kind: str) -> list[Category]:
    return [each for each in ALL if (each.standard, each.kind) == (standard, kind)]


def test_the_national_list_is_complete() -> None:
    """153 kinds of component, each again as a matter, and 97 further matters; besides them only extensions."""
    components, matters = (
        categories_of(GB, "component"),
        [each for each in categories_of(GB, "matter") if not each.is_local],
    )
    assert Counter(each.major for each in components) == {"01": 76, "02": 44, "03": 16, "04": 14, "05": 3}
    further = Counter(each.major for each in matters if each.major > "05")
    assert further == {"06": 51, "07": 7, "08": 16, "09": 21, "10": 2}
    mirrored = {each.code: each for each in matters if each.major <= "05"}
    assert set(mirrored) == {each.code for each in components}
    assert all(mirrored[each.code].name_en == f"{each.name_en} problem" for each in components)
    assert {each.code for each in categories_of(GB, "matter") if each.is_local} == {"06999"}


def test_the_emergencies_of_the_older_standard_are_kept() -> None:
    events = categories_of(OLD, "event")
    assert [each.code for each in events if not each.is_local] == [f"05-0{number}" for number in range(1, 9)]
    assert {each.code for each in events if not each.emergency} == {"05-03"}


def test_local_majors_are_11_to_15() -> None:
    assert sorted({each.major for each in categories_of(LOCAL, "matter")}) == ["11", "12", "13", "14", "15"]
    assert all(each.is_local for each in categories_of(LOCAL, "matter"))


def test_every_name_is_in_both_languages_and_unique_in_its_list() -> None:
    for each in ALL:
        assert each.name_en.isprintable(), each.id
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in each.name_en), each.id
    for language in ("name", "name_en"):
        names = Counter((each.standard, each.kind, getattr(each, language)) for each in ALL)
        assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"{OLD}/event/01-10", f"{GB}/matter/06010"),
        (f"{OLD}/event/04-05", f"{GB}/matter/09005"),
        (f"{OLD}/event/05-07", f"{GB}/matter/10001"),
        (f"{OLD}/event/05-08", f"{GB}/matter/10002"),
        (f"{OLD}/event/06-02", f"{GB}/matter/09013"),
        (f"{OLD}/component/05-06", f"{GB}/matter/01069"),
        (f"{OLD}/component/05-08", f"{GB}/component/01071"),
        (f"{OLD}/component/01-01", f"{GB}/component/01001"),
        ("LOCAL-140800/event/04-96", f"{GB}/matter/09012"),
    ],
)
def test_an_old_code_leads_to_the_new_category(old: str, new: str) -> None:
    assert old in lijin().categories[new].crosswalk


def test_dropped_and_new_categories_have_no_crosswalk() -> None:
    known = {old for each in ALL for old in each.crosswalk}
    assert not known & {f"{OLD}/event/01-31", f"{OLD}/event/02-05", f"{OLD}/component/05-04", f"{OLD}/event/04-07"}
    for code in ("01072", "01077"):
        assert lijin().categories[f"{GB}/component/{code}"].crosswalk == ()


def test_an_old_code_leads_to_exactly_one_category() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for each in ALL:
        for old in each.crosswalk:
            found[f"{old} as {each.kind}"].append(each.id)
    assert {old: new for old, new in found.items() if len(new) > 1} == {}


def test_only_words_that_people_mix_up_are_shared_by_two_categories() -> None:
    """A shared word makes their cases comparable as duplicates: see `services.intake.domain.duplicates.related`."""
    holders: dict[str, set[str]] = defaultdict(set)
    for each in ALL:
        for word in each.synonyms:
            holders[word].add(each.code)
    assert {word: codes for word, codes in holders.items() if len(codes) > 1} == {
        "摄像头": {"01050", "12003"},
        "杂物": {"06036", "13002"},
        "漏水": {"05-01", "12001"},
        "咨询": {"14001", "14002"},
    }
