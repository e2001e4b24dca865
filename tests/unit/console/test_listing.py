"""Drafts of the list on pages: what changes is told in words, who would get which cases, and who may do what."""

from __future__ import annotations

from typing import Any

import pytest

from services.console.desk.forms import FormError
from services.console.responsibilities import forms
from services.console.responsibilities.entries import Difference, describe, differences, matches_words
from services.console.responsibilities.names import Names
from services.console.responsibilities.trial import Move, TriedCase, moves
from services.console.words import Words

T = Words("en")
NAMES = Names(
    T,
    units={each: {"name": each, "name_en": each.title()} for each in ("water", "roads", "police")},
    teams={"joint": {"name": "联合队", "name_en": "Joint team"}},
    categories={
        "GB/matter/06010": {
            "standard": "GB",
            "kind": "matter",
            "major": "06",
            "name": "垃圾积存",
            "name_en": "Rubbish",
            "major_name": "市容",
            "major_name_en": "Appearance",
            "id": "GB/matter/06010",
        }
    },
    communities={
        "100200300400": {
            "name": "津苑",
            "name_en": "Jinyuan",
            "street": "100200300",
            "street_name": "利津",
            "street_name_en": "Lijin Street",
        }
    },
    district={"id": "100200", "name": "利津县", "name_en": "Lijin County"},
)
ENTRY: dict[str, Any] = {
    "id": "gb-06010",
    "match": {"category": "GB/matter/06010"},
    "area": "100200300",
    "lead": "water",
    "co": ["police"],
    "team": "joint",
    "hours": "night",
    "on_duty": True,
    "level": "street",
    "excluded": ["roads"],
    "excluded_kinds": ["social_org"],
    "valid_from": "2027-01-01",
    "valid_to": "2028-01-01",
    "note": "批复",
    "note_en": "decided",
}
SAID = {"area": "100200", "lead": "water", "hours": "any", "note": "x"}


def test_an_entry_says_what_it_is_about_where_when_and_who() -> None:
    said = describe(ENTRY, NAMES)
    assert (said["matter"], said["area"], said["lead"], said["co"]) == (
        "Rubbish 06010",
        "Lijin Street",
        "Water",
        "Police",
    )
    whole = {"id": "m", "match": {"standard": "GB", "kind": "matter", "major": "06"}, "area": "100200300400009"}
    assert describe(whole, NAMES) == {
        "matter": "Appearance (the whole major category)",
        "area": "100200300400009",
        "hours": T("list.hours.any"),
    }
    assert matches_words(ENTRY, NAMES, "rubbish GB-06")
    assert not matches_words(ENTRY, NAMES, "rubbish harbour")


def test_what_a_draft_changes_stands_old_beside_new_and_nothing_else() -> None:
    new = {**ENTRY, "lead": "roads", "excluded": [], "valid_to": None}
    assert differences(ENTRY, new, NAMES) == [
        Difference("lead", "Water", "Roads"),
        Difference("excluded", "Roads", ""),
        Difference("valid_to", "2028-01-01", ""),
    ]
    assert {each.new for each in differences(ENTRY, None, NAMES)} == {""}
    assert {each.old for each in differences(None, ENTRY, NAMES)} == {""}
    assert differences(ENTRY, dict(ENTRY), NAMES) == []


def test_a_trial_is_told_by_who_loses_and_who_gets_the_cases() -> None:
    cases = [
        TriedCase("LJ-1", ("water",), ()),
        TriedCase("LJ-2", ("water",), ("roads", "police")),
        TriedCase("LJ-3", ("water",), ("roads", "police")),
    ]
    assert moves(cases, NAMES) == [
        Move("Water", "Roads, Police", ["LJ-2", "LJ-3"]),
        Move("Water", T("list.a_person"), ["LJ-1"]),
    ]


def test_a_form_keeps_matter_and_id_of_an_entry_and_leaves_out_what_is_open() -> None:
    assert forms.change(SAID, ENTRY, T) == {
        "id": "gb-06010",
        "body": {
            "id": "gb-06010",
            "match": ENTRY["match"],
            "area": "100200",
            "lead": "water",
            "hours": "any",
            "note": "x",
        },
    }
    assert forms.change({**SAID, "on_duty": "yes"}, ENTRY, T)["body"]["on_duty"] is True
    assert "on_duty" not in forms.change(SAID, ENTRY, T)["body"]
    assert forms.change({"remove": "1"}, ENTRY, T) == {"id": "gb-06010", "body": None}
    new = forms.change({**SAID, "id": "gb-x", "matter": "GB/matter/06", "co": "roads\npolice"}, None, T)
    assert (new["body"]["match"], new["body"]["co"]) == (
        {"standard": "GB", "kind": "matter", "major": "06"},
        ["roads", "police"],
    )
    assert [each["id"] for each in forms.with_change([{"id": "a"}, new], {"id": "gb-x", "body": None})] == ["a", "gb-x"]


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"lead": ""}, {"lead"}),
        ({"lead": "", "excluded_kinds": "social_org"}, set[str]()),
        ({"lead": "", "team": "joint", "on_duty": "yes"}, {"lead"}),
        ({"co": "water"}, {"co"}),
        ({"co": "roads", "excluded": "roads"}, {"co"}),
        ({"area": ""}, {"area"}),
        ({"valid_from": "2027-01-02", "valid_to": "2027-01-02"}, {"valid_to"}),
        ({"id": "Ä", "matter": "no"}, {"id", "matter"}),
    ],
)
def test_what_a_person_can_mend_is_said_before_the_registry_is_asked(said: dict[str, str], wrong: set[str]) -> None:
    if not wrong:
        assert forms.change({**SAID, **said}, ENTRY, T)
        return
    with pytest.raises(FormError) as refused:
        forms.change({**SAID, **said}, None if "id" in said else ENTRY, T)
    assert set(refused.value.errors) == wrong
