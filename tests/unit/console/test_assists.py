"""Forms of requests for help: what they check themselves, and what a unit may choose from."""

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
REQUEST = {"admission_id": "drive", "community": "370522001003", "hours": "1.5", "due_at": "2026-11-27T18:00"}


def test_local_time_becomes_an_instant_and_hours_become_a_number() -> None:
    assert ask_body({**REQUEST, "note": "x", "csrf": "y"}, T) == {
        "admission_id": "drive",
        "community": "370522001003",
        "note": "x",
        "hours": 1.5,
        "due_at": "2026-11-27T18:00:00+08:00",
    }


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({}, {"admission_id", "community", "hours", "due_at"}),
        ({**REQUEST, "hours": "25"}, {"hours"}),
        ({**REQUEST, "hours": "nan"}, {"hours"}),
        ({**REQUEST, "due_at": "tomorrow"}, {"due_at"}),
    ],
)
def test_a_missing_or_wrong_field_is_named(form: dict[str, str], fields: set[str]) -> None:
    with pytest.raises(FormError) as caught:
        ask_body(form, T)
    assert set(caught.value.errors) == fields


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "result"),
        ({"result": "done", "hours": "0"}, "hours"),
        ({"result": "refused"}, "reason"),
        ({"result": "refused", "reason": "x"}, "reason"),
    ],
)
def test_an_answer_needs_the_hours_or_a_reason(form: dict[str, str], field: str) -> None:
    with pytest.raises(FormError) as caught:
        answer_body(form, T)
    assert set(caught.value.errors) == {field}


def test_an_answer_becomes_the_body_of_the_request() -> None:
    assert answer_body({"result": "done", "hours": "2"}, T) == {"done": True, "hours": 2.0, "note": ""}
    for reason in get_args(AssistRefusal):
        assert answer_body({"result": "refused", "reason": reason}, T) == {"done": False, "reason": reason, "note": ""}
        assert T(f"assists.reason.{reason}") != f"assists.reason.{reason}"
    with pytest.raises(FormError):
        withdraw_body({"note": ""}, T)


def test_a_unit_chooses_from_its_own_items_in_force() -> None:
    item = {"id": "a", "unit": "sanitation", "valid_from": "2026-01-01", "valid_to": None}
    items = [
        item,
        {**item, "id": "b", "unit": "housing"},
        {**item, "id": "c", "valid_from": "2026-12-01"},
        {**item, "id": "d", "valid_to": "2026-11-25"},
    ]
    clerk = Account(id="1", name="x", roles=["unit_clerk"], unit="sanitation")
    assert [each["id"] for each in admitted(items, clerk, date(2026, 11, 25))] == ["a"]
