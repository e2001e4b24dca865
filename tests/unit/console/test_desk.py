"""What the desk's forms check before anybody else is asked, and the light it shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from starlette.datastructures import FormData

from services.console.desk import forms
from services.console.desk.dispatches import Condition, Dispatch, Place
from services.console.words import Words

T = Words("en")
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("action", "fields", "wrong"),
    [
        ("request-return", {"note": "x"}, {"reason"}),
        ("request-return", {"reason": "because", "note": "x"}, {"reason"}),
        ("request-return", {"reason": "untrue", "note": " "}, {"note"}),
        ("complete", {}, {"outcome", "note"}),
        ("progress", {"note": ""}, {"note"}),
        ("request-extension", {}, {"note"}),
    ],
)
def test_what_is_missing_is_named_by_field(action: str, fields: dict[str, str], wrong: set[str]) -> None:
    with pytest.raises(forms.FormWrong) as caught:
        forms.check(action, FormData(list(fields.items())), T)
    assert set(caught.value.errors) == wrong


def test_bodies_hold_what_dispatch_asks_for_and_nothing_else() -> None:
    assert forms.check("sign", FormData([("note", "ignored")]), T) == {}
    told = FormData([("milestone", "Fixed"), ("note", " done "), ("csrf", "x")])
    assert forms.check("progress", told, T) == {"milestone": "Fixed", "note": "done"}
    assert forms.check("progress", FormData([("milestone", ""), ("note", "x")]), T) == {"note": "x"}


def order(**changes: object) -> Dispatch:
    return Dispatch.model_validate(
        {"dispatch_id": "d", "case_id": "c", "version": 1, "case_number": "LJ-1", "unit_name": "u", "unit_name_en": "u",
         "role": "lead", "status": "handling", "mode": "actual", "possible": ("progress", "complete", "assign"), "outcomes": ("solved",), "category": {},
         "condition": Condition(), "place": Place(), "description": "", "asked": "", "emergency": False,
         "confidential": False, "due_at": NOW, "sign_due_at": NOW, "created_at": NOW - timedelta(hours=10),
         "signed_at": NOW, "completed_at": None, "milestones": (), "photos": (), "evidence": (), "return_request": None,
         "rework_round": 0, **changes}
    )  # fmt: skip


def test_the_desk_offers_what_dispatch_says_is_possible_in_its_own_order() -> None:
    assert order().actions == ("complete", "progress")


@pytest.mark.parametrize(
    ("hours_left", "light"), [(9.0, "green"), (2.1, "green"), (1.9, "yellow"), (0.0, "yellow"), (-0.1, "red")]
)
def test_red_is_past_the_deadline_and_yellow_its_last_fifth(hours_left: float, light: str) -> None:
    assert order().light(NOW - timedelta(hours=hours_left)) == light


def test_no_light_where_no_clock_runs() -> None:
    assert order(status="suspended").light(NOW + timedelta(days=9)) == "none"
    assert order(completed_at=NOW).light(NOW + timedelta(days=9)) == "none"


def test_a_place_reads_from_the_large_to_the_small_in_either_language() -> None:
    place = Place(community_name="利城", community_name_en="Licheng", grid_name="利城07", address="津二路")
    assert place.text("zh-CN") == "利城 · 利城07 · 津二路"
    assert place.text("en") == "Licheng · 利城07 · 津二路"
    assert Place().text("en") == "–"
