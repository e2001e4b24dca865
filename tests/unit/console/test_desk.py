"""What the desk's forms check before anybody else is asked, and the light it shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from starlette.datastructures import FormData

from services.console.desk import forms
from services.console.desk.actions import offered
from services.console.desk.dispatches import Condition, Dispatch, Place
from services.console.session import Account
from services.console.words import Words

T = Words("en")
CLERK = Account(id="1", name="x", roles=["unit_clerk"], unit="works")
HANDLER = Account(id="2", name="x", roles=["handler"], unit="works")
DISPATCHER = Account(id="3", name="x", roles=["dispatcher"])
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
        ("request-suspension", {"until": "soon", "note": "x"}, {"until"}),
        ("assign", {"crew": " "}, {"crew"}),
        ("release-co-unit", {"note": "x"}, {"co"}),
    ],
)
def test_what_is_missing_is_named_by_field(action: str, fields: dict[str, str], wrong: set[str]) -> None:
    with pytest.raises(forms.FormError) as caught:
        forms.body_of_action(action, FormData(list(fields.items())), T, CLERK)
    assert set(caught.value.errors) == wrong


def test_bodies_hold_what_dispatch_asks_for_and_nothing_else() -> None:
    def body(action: str, who: Account = CLERK, **fields: str) -> dict[str, object]:
        return forms.body_of_action(action, FormData([*fields.items(), ("csrf", "x")]), T, who)

    assert body("sign", note="ignored") == {}
    assert body("revoke") == {}
    assert body("progress", milestone="Fixed", note=" done ") == {"milestone": "Fixed", "note": "done"}
    assert body("progress", milestone="", note="x") == {"note": "x"}
    assert body("request-suspension", until="2026-12-01T08:00", note="frost") == {
        "until": "2026-12-01T08:00:00+08:00",
        "note": "frost",
    }
    assert body("release-co-unit", co="d2", note="x") == {"dispatch_id": "d2", "note": "x"}
    assert body("cancel-handover", DISPATCHER, note="false alarm") == {"reason": "false alarm"}
    assert body("first-response", DISPATCHER, unit="mobile", instructions="", note="x") == {
        "unit_id": "mobile",
        "reason": "x",
    }
    said = {"contact": "duty room", "at": "2026-11-23T17:00"}
    assert body("sign", DISPATCHER, **said) == {
        "by_phone": {"contact": "duty room", "at": "2026-11-23T17:00:00+08:00"}
    }, "what a unit said on the phone"
    with pytest.raises(forms.FormError, match="post or badge"):
        body("sign", DISPATCHER)


def order(**changes: object) -> Dispatch:
    return Dispatch.model_validate(
        {
            "dispatch_id": "d",
            "case_id": "c",
            "version": 1,
            "case_number": "LJ-1",
            "unit_name": "u",
            "unit_name_en": "u",
            "role": "lead",
            "status": "handling",
            "mode": "actual",
            "possible": ("progress", "complete", "assign"),
            "outcomes": ("solved",),
            "category": {},
            "condition": Condition(),
            "place": Place(),
            "description": "",
            "instructions": "",
            "emergency": False,
            "confidential": False,
            "due_at": NOW,
            "sign_due_at": NOW,
            "created_at": NOW - timedelta(hours=10),
            "signed_at": NOW,
            "completed_at": None,
            "milestones": (),
            "photos": (),
            "evidence": (),
            "return_request": None,
            "rework_round": 0,
            "case_ended": False,
            "unit_id": "works",
            "handover": None,
            "crew": None,
            "extension_requested_at": None,
            "suspension_requested_until": None,
            "suspended_until": None,
            "partners": (),
            "links": {},
            **changes,
        }
    )


def names(order: Dispatch, who: Account) -> list[str]:
    return [each.name for each in offered(order, who)]


def test_the_desk_offers_what_is_possible_in_its_own_order_to_whom_it_is_open() -> None:
    """A crew works, its clerk hands on, and only the centre decides a return or calls off whom it called in."""
    assert names(order(), CLERK) == ["complete", "progress", "assign"]
    assert names(order(), HANDLER) == ["complete", "progress"]
    asked = order(status="return_requested", possible=("accept-return", "refuse-return", "progress"))
    assert names(asked, CLERK) == ["progress"]
    assert names(asked, DISPATCHER) == ["accept-return", "refuse-return", "progress", "first-response"]
    sent_ahead = order(role="first_response", possible=())
    assert (names(sent_ahead, DISPATCHER), names(sent_ahead, CLERK)) == (["first-response", "cancel-handover"], [])
    own = DISPATCHER.model_copy(update={"unit": "works"})
    assert names(asked, own) == ["progress"], "whatever they are called there"
    assert names(order(role="first_response", status="completed", case_ended=True, possible=()), DISPATCHER) == []


@pytest.mark.parametrize(
    ("hours_left", "light"), [(9.0, "green"), (2.1, "green"), (1.9, "yellow"), (0.0, "yellow"), (-0.1, "red")]
)
def test_red_is_past_the_deadline_and_yellow_its_last_fifth(hours_left: float, light: str) -> None:
    assert order().light(NOW - timedelta(hours=hours_left)) == light


def test_no_light_where_no_clock_runs() -> None:
    assert order(status="suspended").light(NOW + timedelta(days=9)) == "none"
    assert order(status="completed", completed_at=NOW).light(NOW + timedelta(days=9)) == "none"


def test_a_place_reads_from_the_large_to_the_small_in_either_language() -> None:
    place = Place(community_name="利城", community_name_en="Licheng", grid_name="利城07", address="津二路")
    assert place.text("zh-CN") == "利城 · 利城07 · 津二路"
    assert place.text("en") == "Licheng · 利城07 · 津二路"
    assert Place().text("en") == "–"
