"""What units are told: complete, small, and nothing that is none of their business."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from contracts import webhooks
from contracts.common import Photo
from contracts.events.acceptance import Milestone
from contracts.events.supervision import AnswerDueMoved, SupervisionOrderIssued
from contracts.webhooks import BODY_LIMIT, WEBHOOKS
from services.dispatch.domain.dispatches import webhook_fields
from tests.unit.dispatch.kit import CASE, DESK, REPORT, dispatched, to

BASE = "https://gridloop.example.gov.cn"


def body_of(told: tuple[str, Any]) -> dict[str, Any]:
    return orjson.loads(webhook_fields.with_absolute_links(told[1], BASE).to_bytes())


def test_an_order_is_complete_with_links_below_the_public_address() -> None:
    house = dispatched(to("sanitation", instructions="清运"))
    body = body_of(house.told[0])
    assert set(body) == {"type", "timestamp", "data"}
    data = body["data"]
    order = house.order("sanitation")
    assert data["links"]["dispatch"] == f"{BASE}/api/dispatch/dispatches/{order.id}"
    assert data["photos"][0]["url"] == f"{BASE}/api/intake/photos/{'b' * 64}"
    assert data["category"] == {
        "id": "GBT47678-5-2026/matter/06010",
        "name": "暴露垃圾",
        "name_en": "Exposed waste",
    }
    assert data["condition"]["evidence"] == ["after"]
    assert data["place"]["address"] == "津苑路北口"
    assert [each["name"] for each in data["milestones"]] == ["围挡", "修复"]
    assert data["instructions"] == "清运"
    assert data["sequence"] == 1


def test_a_supervision_order_says_where_it_is_replied_to() -> None:
    """A unit knows the number of a case, not its id: without the address it could not answer."""
    house = dispatched(to("sanitation"))
    order = SupervisionOrderIssued(order_id=REPORT, kind="leader", text="请办结", reply_due_at=house.at, issued_by=DESK)
    data = body_of(house.hear(order).told[-1])["data"]
    assert data["reply_url"] == f"{BASE}/api/supervision/cases/{CASE}/notices/{REPORT}/reply"


def test_a_supervision_order_whose_reply_moved_with_the_calendar_is_told_anew_and_other_answers_are_not() -> None:
    """A working Saturday that is announced may make it earlier: a unit that does not hear of it would be late
    unknowingly.
    """
    house = dispatched(to("sanitation"))
    about = {"dispatch_id": house.order("sanitation").id, "unit_id": "sanitation", "due_at": house.at}
    moved = AnswerDueMoved(kind="supervision_order_reply", reference_id=REPORT, **about)
    told = house.hear(moved).told[-1]
    data = body_of(told)["data"]
    assert (told[0], told[1].type, data["order_id"]) == ("sanitation", "dispatch.reply_due_moved", str(REPORT))
    assert data["reply_url"] == f"{BASE}/api/supervision/cases/{CASE}/notices/{REPORT}/reply"
    assert (data["provisional"], data["sequence"]) == (False, 2)
    before = len(house.told)
    house.hear(moved.model_copy(update={"kind": "overdue_reason"}), moved.model_copy(update={"kind": "extension"}))
    assert len(house.told) == before


def test_nothing_in_a_message_leads_to_the_reporter() -> None:
    text = webhook_fields.with_absolute_links(dispatched(to("sanitation")).told[0][1], BASE).to_bytes().decode()
    assert str(REPORT) not in text
    assert "reporter" not in text


def test_of_a_confidential_case_there_is_the_community_and_a_link_to_the_text_and_no_more() -> None:
    house = dispatched(to("sanitation"), confidential=True)
    data = body_of(house.told[0])["data"]
    assert data["place"] == {"community": "370522001003"}
    assert data["description"] == ""
    assert data["photos"] == []
    assert data["links"]["text"].startswith(f"{BASE}/api/intake/cases/")


@pytest.mark.parametrize("letter", ["a", "字", "\U00020000", "\n", "\x01"])
def test_the_longest_texts_in_the_widest_script_stay_below_twenty_kilobytes(letter: str) -> None:
    milestones = tuple(Milestone(name=letter * 20, name_en="x" * 40, amount=1, unit="work_day") for _ in range(5))
    house = dispatched(
        to("sanitation", instructions=letter * 2000, milestones=milestones),
        description=letter * 2000,
        condition_text=letter * 900,
        condition_text_en=letter * 900,
        closing_condition=letter * 900,
        closing_condition_en=letter * 900,
        category_name=letter * 200,
        category_name_en=letter * 200,
        photos=tuple(Photo(sha256=f"{index:064x}", role="near") for index in range(30)),
    )
    assert len(webhook_fields.with_absolute_links(house.told[0][1], BASE).to_bytes()) < BODY_LIMIT


def test_every_type_is_dot_separated_words_as_the_standard_wants() -> None:
    for name, model in WEBHOOKS.items():
        assert name == model.TYPE
        assert all(part.replace("_", "").isalnum() for part in name.split("."))
        assert model.model_fields["type"].default == name


def test_a_body_of_twenty_kilobytes_is_refused() -> None:
    data = webhooks.EndpointTestData(endpoint_id=REPORT, challenge="x" * BODY_LIMIT)
    with pytest.raises(ValueError, match=r"endpoint\.test"):
        webhooks.EndpointTest(timestamp=dispatched(to("sanitation")).at, data=data).to_bytes()


def test_a_team_that_is_no_unit_is_reached_through_the_unit_that_gets_its_orders() -> None:
    house = dispatched(to("mobile", "first_response"))
    recipient, message = house.told[0]
    assert recipient == "sanitation"
    assert message.data.unit_id == "mobile"
