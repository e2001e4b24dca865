"""Drafts of the responsibility list on pages: descriptions, differences, trials and forms."""

from __future__ import annotations

import pytest

from services.console.desk.forms import FormError
from services.console.responsibilities import forms
from services.console.responsibilities.entries import Difference, describe, differences, matches_words
from services.console.responsibilities.trial import Move, TriedCase, moves
from tests.unit.console.sample_responsibilities import ENTRY, NAMES, T

FORM = {"area": "100200", "lead": "water", "hours": "any", "note": "x"}


def test_an_entry_is_described_by_category_area_units_and_hours() -> None:
    changes = describe(ENTRY, NAMES)
    assert (changes["matter"], changes["area"], changes["lead"], changes["co"]) == (
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


def test_only_changed_fields_are_shown_with_old_and_new_value() -> None:
    new = {**ENTRY, "lead": "roads", "excluded": [], "valid_to": None}
    assert differences(ENTRY, new, NAMES) == [
        Difference("lead", "Water", "Roads"),
        Difference("excluded", "Roads", ""),
        Difference("valid_to", "2028-01-01", ""),
    ]
    assert {each.new for each in differences(ENTRY, None, NAMES)} == {""}
    assert {each.old for each in differences(None, ENTRY, NAMES)} == {""}
    assert differences(ENTRY, dict(ENTRY), NAMES) == []


def test_a_trial_shows_which_units_lose_and_get_which_cases() -> None:
    cases = [
        TriedCase("LJ-1", ("water",), ()),
        TriedCase("LJ-2", ("water",), ("roads", "police")),
        TriedCase("LJ-3", ("water",), ("roads", "police")),
    ]
    assert moves(cases, NAMES) == [
        Move("Water", "Roads, Police", ["LJ-2", "LJ-3"]),
        Move("Water", T("list.a_person"), ["LJ-1"]),
    ]


def test_a_form_keeps_category_and_id_of_an_entry_and_leaves_out_empty_fields() -> None:
    assert forms.change(FORM, ENTRY, T) == {
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
    assert forms.change({**FORM, "on_duty": "yes"}, ENTRY, T)["body"]["on_duty"] is True
    assert "on_duty" not in forms.change(FORM, ENTRY, T)["body"]
    assert forms.change({"remove": "1"}, ENTRY, T) == {"id": "gb-06010", "body": None}
    new = forms.change({**FORM, "id": "gb-x", "matter": "GB/matter/06", "co": "roads\npolice"}, None, T)
    assert (new["body"]["match"], new["body"]["co"]) == (
        {"standard": "GB", "kind": "matter", "major": "06"},
        ["roads", "police"],
    )
    assert [each["id"] for each in forms.with_change([{"id": "a"}, new], {"id": "gb-x", "body": None})] == ["a", "gb-x"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"lead": ""}, {"lead"}),
        ({"lead": "", "team": "joint", "on_duty": "yes"}, {"lead"}),
        ({"co": "water"}, {"co"}),
        ({"co": "roads", "excluded": "roads"}, {"co"}),
        ({"area": ""}, {"area"}),
        ({"valid_from": "2027-01-02", "valid_to": "2027-01-02"}, {"valid_to"}),
        ({"id": "Ä", "matter": "no"}, {"id", "matter"}),
    ],
)
def test_a_wrong_field_is_named_before_the_registry_is_asked(changes: dict[str, str], expected: set[str]) -> None:
    with pytest.raises(FormError) as refused:
        forms.change({**FORM, **changes}, None if "id" in changes else ENTRY, T)
    assert set(refused.value.errors) == expected


def test_an_entry_that_only_excludes_units_needs_no_lead() -> None:
    assert forms.change({**FORM, "lead": "", "excluded_kinds": "social_org"}, ENTRY, T)
