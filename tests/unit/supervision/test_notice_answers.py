"""Orders and overdue notices: who receives them, who answers them, and what follows without an answer."""

from __future__ import annotations

import pytest

from contracts.events.supervision import (
    AttentionNeeded,
    OverdueExplained,
    SupervisionOrderIssued,
    SupervisionOrderReplied,
)
from services.supervision.domain import problems
from services.supervision.domain.actions import case_actions
from services.supervision.domain.primitives import access
from services.supervision.domain.views import case_view
from tests.unit.supervision.sample_cases import case_of_three_units
from tests.unit.supervision.sample_district import LEADER, at, person
from tests.unit.supervision.sample_events import LEAD, PROPERTY


def test_an_order_to_a_coordinated_unit_goes_to_the_authority_above_it() -> None:
    """督办 is possible at any time and needs a reply within one work day."""
    driver = case_of_three_units()
    driver.run(case_actions.issue_order, PROPERTY, "leader", "请督促", LEADER)
    order = driver.events_of(SupervisionOrderIssued)[0]
    assert (order.unit_id, order.kind, order.reply_due_at) == ("housing", "leader", at("03-12 09:00"))
    assert order.issued_by.role == "leader"


def test_the_authority_that_got_an_order_sees_the_case_and_the_clock() -> None:
    """It sees no other case, and its reply does not end its access."""
    driver, clerk = case_of_three_units(), person("unit_clerk", unit_id="housing")
    assert not access.may_see(driver.state, clerk, driver.district)
    driver.run(case_actions.issue_order, PROPERTY, "leader", "请督促", LEADER)
    driver.run(case_actions.reply_to_notice, driver.events_of(SupervisionOrderIssued)[0].order_id, "已约谈物业", clerk)
    assert access.may_see(driver.state, clerk, driver.district)
    assert {clock.unit_id for clock in case_view(driver.case(), clerk).clocks} == {"property"}


def test_an_order_is_answered_by_its_unit() -> None:
    """Another unit does not see it; after a reply in time no leader is told."""
    driver = case_of_three_units()
    driver.run(case_actions.issue_order, LEAD, "leader", "说明情况", LEADER)
    order_id = driver.events_of(SupervisionOrderIssued)[0].order_id
    with pytest.raises(problems.OrderUnknown):
        driver.run(case_actions.reply_to_notice, order_id, "不是我们", person("unit_clerk", unit_id="water"))
    driver.run(case_actions.reply_to_notice, order_id, "明日完成", person("unit_clerk", unit_id="sanitation"))
    assert [(event.text, event.on_time) for event in driver.events_of(SupervisionOrderReplied)] == [("明日完成", True)]
    assert not any(name.startswith("reply:") for name in driver.timers)


def test_an_unanswered_order_goes_to_a_leader() -> None:
    """When the reply is due and none came."""
    driver = case_of_three_units()
    driver.run(case_actions.issue_order, LEAD, "important", "说明情况", LEADER)
    driver.advance_to(at("03-12 09:00"))
    assert ("supervision_order_unanswered", "leader") in {
        (event.reason, event.queue) for event in driver.events_of(AttentionNeeded)
    }


def test_an_overdue_notice_is_answered_with_the_reason() -> None:
    """超期告知."""
    driver = case_of_three_units()
    driver.advance_to(at("03-11 11:00"))
    notice_id = next(key for key, each in driver.state.notices.items() if each.unit_id == "sanitation")
    driver.run(case_actions.reply_to_notice, notice_id, "夜班未交接", person("unit_clerk", unit_id="sanitation"))
    assert driver.events_of(OverdueExplained)[0].text == "夜班未交接"
    assert notice_id not in driver.state.notices


def test_a_unit_reads_the_notices_it_must_answer() -> None:
    """督办 with the text of its author, 超期告知 in both languages; other units' notices are hidden."""
    driver, clerk = case_of_three_units(), person("unit_clerk", unit_id="sanitation")
    driver.run(case_actions.issue_order, LEAD, "important", "请今日办结", LEADER)
    driver.advance_to(at("03-11 11:00"))
    order, late = case_view(driver.case(), clerk).notices
    assert (order.kind, order.text, order.text_en) == ("supervision_order", "请今日办结", "")
    assert (order.issued_at, order.reply_due_at) == (at("03-11 09:00"), at("03-12 09:00"))
    assert (late.kind, late.issued_at) == ("overdue_notice", at("03-11 11:00"))
    assert "签收时限已过，请于回复期限前说明超期原因" in late.text
    assert "the time to sign has passed. Explain the delay by the reply date" in late.text_en
    assert {each.unit_id for each in case_view(driver.case(), person("unit_clerk", unit_id="water")).notices} == {
        "water"
    }


def test_a_centre_answers_only_for_units_of_its_area() -> None:
    driver = case_of_three_units()
    driver.run(case_actions.issue_order, LEAD, "leader", "说明情况", LEADER)
    order_id = driver.events_of(SupervisionOrderIssued)[0].order_id
    with pytest.raises(problems.OrderUnknown):
        driver.run(case_actions.reply_to_notice, order_id, "明日完成", person("dispatcher", areas=("370523",)))
    driver.run(case_actions.reply_to_notice, order_id, "明日完成", person("dispatcher", areas=("370522",)))
