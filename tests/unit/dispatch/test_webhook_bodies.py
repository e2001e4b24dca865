"""Bodies of webhooks: complete, small and without data about the reporter."""

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
from tests.unit.dispatch.case_driver import dispatched
from tests.unit.dispatch.sample_events import CASE, DESK, REPORT, assignment

BASE = "https://gridloop.example.gov.cn"


def body_of(message: tuple[str, Any]) -> dict[str, Any]:
    return orjson.loads(webhook_fields.with_absolute_links(message[1], BASE).to_bytes())


def test_a_dispatch_is_complete_with_absolute_links() -> None:
    driver = dispatched(assignment("sanitation", instructions="清运"))
    body = body_of(driver.webhooks[0])
    assert set(body) == {"type", "timestamp", "data"}
    data = body["data"]
    dispatch = driver.dispatch_of("sanitation")
    assert data["links"]["dispatch"] == f"{BASE}/api/dispatch/dispatches/{dispatch.id}"
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


def test_a_supervision_order_says_where_to_reply() -> None:
    """A unit knows only the number of the case, not its id."""
    driver = dispatched(assignment("sanitation"))
    supervision_order = SupervisionOrderIssued(
        order_id=REPORT, kind="leader", text="请办结", reply_due_at=driver.now, issued_by=DESK
    )
    data = body_of(driver.apply(supervision_order).webhooks[-1])["data"]
    assert data["reply_url"] == f"{BASE}/api/supervision/cases/{CASE}/notices/{REPORT}/reply"


def test_a_moved_reply_deadline_of_a_supervision_order_is_sent_again() -> None:
    """An announced working Saturday may make it earlier, and the unit would be late without knowing. Other answers
    are not sent.
    """
    driver = dispatched(assignment("sanitation"))
    about = {"dispatch_id": driver.dispatch_of("sanitation").id, "unit_id": "sanitation", "due_at": driver.now}
    moved = AnswerDueMoved(kind="supervision_order_reply", reference_id=REPORT, **about)
    message = driver.apply(moved).webhooks[-1]
    data = body_of(message)["data"]
    assert (message[0], message[1].type, data["order_id"]) == ("sanitation", "dispatch.reply_due_moved", str(REPORT))
    assert data["reply_url"] == f"{BASE}/api/supervision/cases/{CASE}/notices/{REPORT}/reply"
    assert (data["provisional"], data["sequence"]) == (False, 2)
    before = len(driver.webhooks)
    driver.apply(moved.model_copy(update={"kind": "overdue_reason"}), moved.model_copy(update={"kind": "extension"}))
    assert len(driver.webhooks) == before


def test_a_webhook_contains_nothing_about_the_reporter() -> None:
    text = (
        webhook_fields.with_absolute_links(dispatched(assignment("sanitation")).webhooks[0][1], BASE)
        .to_bytes()
        .decode()
    )
    assert str(REPORT) not in text
    assert "reporter" not in text


def test_a_webhook_about_a_confidential_case_has_only_community_and_link() -> None:
    driver = dispatched(assignment("sanitation"), confidential=True)
    data = body_of(driver.webhooks[0])["data"]
    assert data["place"] == {"community": "370522001003"}
    assert data["description"] == ""
    assert data["photos"] == []
    assert data["links"]["text"].startswith(f"{BASE}/api/intake/cases/")


@pytest.mark.parametrize("letter", ["a", "字", "\U00020000", "\n", "\x01"])
def test_the_longest_texts_stay_below_twenty_kilobytes(letter: str) -> None:
    milestones = tuple(Milestone(name=letter * 20, name_en="x" * 40, amount=1, unit="work_day") for _ in range(5))
    driver = dispatched(
        assignment("sanitation", instructions=letter * 2000, milestones=milestones),
        description=letter * 2000,
        condition_text=letter * 900,
        condition_text_en=letter * 900,
        closing_condition=letter * 900,
        closing_condition_en=letter * 900,
        category_name=letter * 200,
        category_name_en=letter * 200,
        photos=tuple(Photo(sha256=f"{index:064x}", role="near") for index in range(30)),
    )
    assert len(webhook_fields.with_absolute_links(driver.webhooks[0][1], BASE).to_bytes()) < BODY_LIMIT


def test_every_type_is_dot_separated_words() -> None:
    for name, model in WEBHOOKS.items():
        assert name == model.TYPE
        assert all(part.replace("_", "").isalnum() for part in name.split("."))
        assert model.model_fields["type"].default == name


def test_a_body_of_twenty_kilobytes_is_refused() -> None:
    data = webhooks.EndpointTestData(endpoint_id=REPORT, challenge="x" * BODY_LIMIT)
    with pytest.raises(ValueError, match=r"endpoint\.test"):
        webhooks.EndpointTest(timestamp=dispatched(assignment("sanitation")).now, data=data).to_bytes()


def test_a_team_is_reached_through_its_convening_unit() -> None:
    driver = dispatched(assignment("mobile", "first_response"))
    recipient, message = driver.webhooks[0]
    assert recipient == "sanitation"
    assert message.data.unit_id == "mobile"
