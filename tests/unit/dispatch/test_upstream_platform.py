"""Messages to the upstream platform about its reports: acceptance, progress and result, and nothing confidential."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.events import acceptance, discovery, supervision
from contracts.events.acceptance import upstream
from contracts.events.discovery import External
from services.chassis.auth import Caller
from services.dispatch.domain.dispatches import access, answers
from services.dispatch.domain.dispatches.upstream_platform import RECIPIENT
from tests.unit.dispatch.case_driver import UNIT, CaseDriver, upstream_messages
from tests.unit.dispatch.sample_district import MORNING, make_district
from tests.unit.dispatch.sample_events import AFTER, CASE, DESK, REPORT, assignment, closed, filed, routed

EXTERNAL = External(channel_number="12345", number="DY-1", due_at=MORNING + timedelta(hours=5))


def received(channel: Any = "upstream", **more: Any) -> discovery.ReportReceived:
    return discovery.ReportReceived(
        report_id=REPORT,
        case_number="LJ-20261123-000001",
        channel=channel,
        occurred_at=MORNING,
        reported_at=MORNING,
        registered_at=MORNING,
        reported_by=DESK,
        external=EXTERNAL,
        **more,
    )


def handle_case(driver: CaseDriver, **filing: Any) -> CaseDriver:
    driver.apply(filed(channel="upstream", **filing), routed(assignment("sanitation")))
    driver.run("sanitation", lambda on: answers.sign(on, UNIT))
    driver.run("sanitation", lambda on: answers.report_progress(on, UNIT, "已到场", None, ()))
    outcome = "handled" if filing.get("confidential") else "solved"
    return driver.run("sanitation", lambda on: answers.complete(on, UNIT, outcome, "已清理", [AFTER]))


def test_a_report_of_the_upstream_platform_is_followed_to_its_result() -> None:
    driver = handle_case(CaseDriver().apply(received())).apply(closed())
    assert upstream_messages(driver) == [
        ("report.accepted", ""),
        ("report.progressed", "filed"),
        ("report.progressed", "dispatched"),
        ("report.progressed", "signed"),
        ("report.progressed", "working"),
        ("report.progressed", "handled"),
        ("report.closed", "solved"),
    ]
    result = next(webhook.data for who, webhook in reversed(driver.webhooks) if who == RECIPIENT)
    assert (result.external_number, result.note) == ("DY-1", "已清理")


def test_a_report_of_another_channel_sends_no_message() -> None:
    assert upstream_messages(handle_case(CaseDriver().apply(received("hotline"))).apply(closed())) == []


def test_messages_about_a_confidential_case_contain_only_steps() -> None:
    driver = handle_case(CaseDriver().apply(received()), confidential=True).apply(closed())
    assert ("report.progressed", "handled") in upstream_messages(driver)
    assert all(not getattr(webhook.data, "note", "") for who, webhook in driver.webhooks if who == RECIPIENT)


def test_a_report_sent_back_says_where_to_answer() -> None:
    driver = CaseDriver().apply(received())
    driver.apply(upstream.ReturnedUpstream(reason="outside_area", note="不属本区", returned_by=DESK))
    data = driver.webhooks[-1][1].data
    assert data.answer_url == "/api/intake/cases/LJ-20261123-000001/upstream-decision"


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        (acceptance.CaseNotFiled(reason="outside_area", note="上级收回", decided_by=DESK), "not_filed"),
        (acceptance.CaseWithdrawn(note="诉求人撤回", withdrawn_by=DESK), "withdrawn"),
        (acceptance.CaseVoided(note="误派", decided_by=DESK), "voided"),
    ],
)
def test_every_end_is_reported(event: Any, outcome: str) -> None:
    assert upstream_messages(CaseDriver().apply(received(), event))[-1] == ("report.closed", outcome)


def test_the_answer_to_an_inquiry_is_its_result() -> None:
    answered = acceptance.CaseAnswered(answer="到社区窗口申请", answered_by=DESK)
    driver = CaseDriver().apply(received(request_type="inquiry"), answered, closed("answered"))
    assert driver.webhooks[-1][1].data.note == "到社区窗口申请"


def test_a_reopened_case_is_reported_and_closed_again() -> None:
    driver = handle_case(CaseDriver().apply(received())).apply(closed())
    lead = driver.state.dispatches[0]
    driver.apply(
        supervision.CaseReopened(reason="by_hand", reopened_by=DESK),
        supervision.ReworkOrdered(
            dispatch_id=lead.id, unit_id="sanitation", round=1, reason="by_hand", note="", milestones=lead.milestones
        ),
    )
    driver.run("sanitation", lambda on: answers.complete(on, UNIT, "solved", "又清理", [AFTER])).apply(closed())
    assert [step for _, step in upstream_messages(driver)][7:] == ["reopened", "rework", "handled", "solved"]


def test_an_attached_report_gets_messages_of_its_host_under_its_own_number() -> None:
    """The attached case itself sends no further message."""
    follower = uuid4()
    joined = acceptance.ReportJoined(
        report_id=follower,
        attached_case_id=follower,
        attached_case_number="LJ-20261123-000002",
        channel="upstream",
        reported_at=MORNING,
        external=External(number="DY-2"),
    )
    host = CaseDriver().apply(received("hotline"), filed(), joined, closed())
    assert [webhook.data.external_number for who, webhook in host.webhooks if who == RECIPIENT] == ["DY-2"]
    assert host.webhooks[-1][1].data.case_number == "LJ-20261123-000002"
    left = acceptance.ReportLeft(report_id=follower, attached_case_id=follower)
    assert upstream_messages(CaseDriver().apply(received("hotline"), filed(), joined, left, closed())) == []
    attached = acceptance.CaseAttached(
        host_case_id=uuid4(), host_case_number="LJ-20261123-000003", rule="by_hand", decided_by=DESK
    )
    own = CaseDriver().apply(received(), attached)
    assert upstream_messages(own) == [("report.accepted", "")]
    assert own.state.upstream_orders == []
    own.apply(acceptance.CaseDetached(host_case_id=CASE, decided_by=DESK))
    assert [each.number for each in own.state.upstream_orders] == ["DY-1"]


def test_the_upstream_key_manages_only_its_own_endpoints() -> None:
    platform = Caller(kind="key", id="channel-upstream", channels=frozenset({"upstream"}))
    clerk = Caller(kind="account", id="desk", roles=frozenset({"intake_clerk"}), channels=frozenset({"upstream"}))
    unit = Caller(kind="key", id="k", unit_id="sanitation", roles=frozenset({"unit_clerk"}))
    assert access.manageable_recipients(platform, make_district()) == {RECIPIENT}
    assert access.manageable_recipients(clerk, make_district()) == frozenset()
    assert access.manageable_recipients(unit, make_district()) == unit.unit_and_team_ids(make_district())


def case_deadline(driver: CaseDriver) -> datetime:
    return driver.state.case_deadline(driver.state.require_filed_case())


def test_an_attached_upstream_report_brings_the_case_deadline_forward() -> None:
    """This holds while it is attached; a moved calendar does not undo it."""
    driver = CaseDriver().apply(filed(), routed(assignment("sanitation")))
    promised = case_deadline(driver)
    joined = acceptance.ReportJoined(
        report_id=uuid4(),
        attached_case_id=uuid4(),
        attached_case_number="LJ-20261123-000002",
        channel="upstream",
        reported_at=MORNING,
        external=EXTERNAL,
    )
    driver.apply(joined)
    assert case_deadline(driver) == EXTERNAL.due_at != promised
    later = promised + timedelta(days=1)
    driver.apply(supervision.DeadlineMoved(clock_id=uuid4(), name="case", due_at=later, reason="calendar"))
    assert case_deadline(driver) == EXTERNAL.due_at
    driver.apply(acceptance.ReportLeft(report_id=joined.report_id, attached_case_id=joined.attached_case_id))
    assert case_deadline(driver) == later
