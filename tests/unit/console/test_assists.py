"""What the forms of requests for help check before supervision is asked, and what a unit may choose from."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest

from contracts.events.supervision.assistance import AssistRefusal
from services.console.desk.assists import admitted, answer_body, ask_body, withdraw_body
from services.console.desk.forms import FormError
from services.console.session import Account
from services.console.words import Words

T = Words("en")
WISH = {"admission_id": "drive", "community": "370522001003", "hours": "1.5", "due_at": "2026-11-27T18:00"}


def test_local_time_becomes_an_instant_and_hours_a_number() -> None:
    assert ask_body({**WISH, "note": "x", "csrf": "y"}, T) == {
        "admission_id": "drive",
        "community": "370522001003",
        "note": "x",
        "hours": 1.5,
        "due_at": "2026-11-27T18:00:00+08:00",
    }


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({}, {"admission_id", "community", "hours", "due_at"}),
        ({**WISH, "hours": "25"}, {"hours"}),
        ({**WISH, "hours": "nan"}, {"hours"}),
        ({**WISH, "due_at": "tomorrow"}, {"due_at"}),
    ],
)
def test_what_is_missing_is_named_by_field(said: dict[str, str], wrong: set[str]) -> None:
    with pytest.raises(FormError) as caught:
        ask_body(said, T)
    assert set(caught.value.errors) == wrong


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "result"),
        ({"result": "done", "hours": "0"}, "hours"),
        ({"result": "refused"}, "reason"),
        ({"result": "refused", "reason": "x"}, "reason"),
    ],
)
def test_an_answer_says_how_long_or_why_not(said: dict[str, str], field: str) -> None:
    with pytest.raises(FormError) as caught:
        answer_body(said, T)
    assert set(caught.value.errors) == {field}


def test_bodies_of_answers() -> None:
    assert answer_body({"result": "done", "hours": "2"}, T) == {"done": True, "hours": 2.0, "note": ""}
    for reason in get_args(AssistRefusal):
        assert answer_body({"result": "refused", "reason": reason}, T) == {"done": False, "reason": reason, "note": ""}
        assert T(f"assists.reason.{reason}") != f"assists.reason.{reason}"
    with pytest.raises(FormError):
        withdraw_body({"note": ""}, T)


def test_a_unit_chooses_from_its_own_items_that_are_in_force() -> None:
    item = {"id": "a", "unit": "sanitation", "valid_from": "2026-01-01", "valid_to": None}
    items = [
        item,
        {**item, "id": "b", "unit": "housing"},
        {**item, "id": "c", "valid_from": "2026-12-01"},
        {**item, "id": "d", "valid_to": "2026-11-25"},
    ]
    clerk = Account(id="1", name="x", roles=["unit_clerk"], unit="sanitation")
    assert [each["id"] for each in admitted(items, clerk, date(2026, 11, 25))] == ["a"]
