"""The desk's forms: their own checks, the actions they offer, and the light of a dispatch."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.datastructures import FormData

from services.console.desk import forms
from services.console.desk.actions import offered
from services.console.desk.dispatches import Dispatch, Place
from services.console.session import Account
from services.console.words import Words
from tests.unit.console.sample_dispatches import NOW, dispatch

T = Words("en")
CLERK = Account(id="1", name="x", roles=["unit_clerk"], unit="works")
HANDLER = Account(id="2", name="x", roles=["handler"], unit="works")
DISPATCHER = Account(id="3", name="x", roles=["dispatcher"])


@pytest.mark.parametrize(
    ("action", "fields", "expected"),
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
def test_a_missing_or_wrong_field_is_named(action: str, fields: dict[str, str], expected: set[str]) -> None:
    with pytest.raises(forms.FormError) as caught:
        forms.body_of_action(action, FormData(list(fields.items())), T, CLERK)
    assert set(caught.value.errors) == expected


def test_the_bodies_have_exactly_the_fields_that_dispatch_needs() -> None:
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
    }, "the dispatcher records a call of the unit"
    with pytest.raises(forms.FormError, match="post or badge"):
        body("sign", DISPATCHER)


def action_names(dispatch: Dispatch, who: Account) -> list[str]:
    return [each.name for each in offered(dispatch, who)]


def test_the_desk_offers_possible_actions_in_its_own_order_to_the_right_roles() -> None:
    """A handler works, the clerk assigns, and only the centre decides a return or cancels a hand-over."""
    assert action_names(dispatch(), CLERK) == ["complete", "progress", "assign"]
    assert action_names(dispatch(), HANDLER) == ["complete", "progress"]
    asked = dispatch(status="return_requested", possible=("accept-return", "refuse-return", "progress"))
    assert action_names(asked, CLERK) == ["progress"]
    assert action_names(asked, DISPATCHER) == ["accept-return", "refuse-return", "progress", "first-response"]
    sent_ahead = dispatch(role="first_response", possible=())
    assert (action_names(sent_ahead, DISPATCHER), action_names(sent_ahead, CLERK)) == (
        ["first-response", "cancel-handover"],
        [],
    )
    own = DISPATCHER.model_copy(update={"unit": "works"})
    assert action_names(asked, own) == ["progress"], "a dispatcher who belongs to the unit acts as the unit"
    assert (
        action_names(dispatch(role="first_response", status="completed", case_ended=True, possible=()), DISPATCHER)
        == []
    )


@pytest.mark.parametrize(
    ("hours_left", "light"), [(9.0, "green"), (2.1, "green"), (1.9, "yellow"), (0.0, "yellow"), (-0.1, "red")]
)
def test_the_light_is_red_after_the_deadline_and_yellow_in_the_last_fifth(hours_left: float, light: str) -> None:
    assert dispatch().light(NOW - timedelta(hours=hours_left)) == light


def test_a_dispatch_without_a_running_clock_has_no_light() -> None:
    assert dispatch(status="suspended").light(NOW + timedelta(days=9)) == "none"
    assert dispatch(status="completed", completed_at=NOW).light(NOW + timedelta(days=9)) == "none"


def test_a_place_is_written_from_the_large_to_the_small_in_both_languages() -> None:
    place = Place(community_name="利城", community_name_en="Licheng", grid_name="利城07", address="津二路")
    assert place.text("zh-CN") == "利城 · 利城07 · 津二路"
    assert place.text("en") == "Licheng · 利城07 · 津二路"
    assert Place().text("en") == "–"
