"""What the city's platform above us hears about its orders: taken, how far, the result; and nothing it may not know."""

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
from tests.unit.dispatch.kit import AFTER, CASE, DESK, MORNING, REPORT, UNIT, House, district, filed, routed, to

OURS = External(channel_number="12345", number="DY-1", due_at=MORNING + timedelta(hours=5))


def received(channel: Any = "upstream", **more: Any) -> discovery.ReportReceived:
    return discovery.ReportReceived(
        report_id=REPORT,
        case_number="LJ-20261123-000001",
        channel=channel,
        occurred_at=MORNING,
        reported_at=MORNING,
        registered_at=MORNING,
        reported_by=DESK,
        external=OURS,
        **more,
    )


def closed(outcome: Any = "solved") -> supervision.CaseClosed:
    return supervision.CaseClosed(outcome=outcome, closing_condition_met=True, closed_by=DESK)


def heard(house: House) -> list[tuple[str, str]]:
    """Type, and step or outcome, of what the platform was told."""
    return [
        (webhook.type, str(getattr(webhook.data, "step", getattr(webhook.data, "outcome", ""))))
        for recipient, webhook in house.told
        if recipient == RECIPIENT
    ]


def handled(house: House, **filing: Any) -> House:
    house.hear(filed(channel="upstream", **filing), routed(to("sanitation")))
    house.do("sanitation", lambda on: answers.sign(on, UNIT))
    house.do("sanitation", lambda on: answers.report_progress(on, UNIT, "已到场", None, ()))
    outcome = "handled" if filing.get("confidential") else "solved"
    return house.do("sanitation", lambda on: answers.complete(on, UNIT, outcome, "已清理", [AFTER]))


def test_an_order_from_above_is_followed_to_its_result() -> None:
    house = handled(House().hear(received())).hear(closed())
    assert heard(house) == [
        ("report.accepted", ""),
        ("report.progressed", "filed"),
        ("report.progressed", "dispatched"),
        ("report.progressed", "signed"),
        ("report.progressed", "working"),
        ("report.progressed", "handled"),
        ("report.closed", "solved"),
    ]
    result = next(webhook.data for who, webhook in reversed(house.told) if who == RECIPIENT)
    assert (result.external_number, result.note) == ("DY-1", "已清理")


def test_what_did_not_come_from_above_is_told_to_nobody_there() -> None:
    assert heard(handled(House().hear(received("hotline"))).hear(closed())) == []


def test_of_a_confidential_matter_only_steps_are_told() -> None:
    house = handled(House().hear(received()), confidential=True).hear(closed())
    assert ("report.progressed", "handled") in heard(house)
    assert all(not getattr(webhook.data, "note", "") for who, webhook in house.told if who == RECIPIENT)


def test_sent_back_it_says_where_to_answer() -> None:
    house = House().hear(received())
    house.hear(upstream.ReturnedUpstream(reason="outside_area", note="不属本区", returned_by=DESK))
    data = house.told[-1][1].data
    assert data.answer_url == "/api/intake/cases/LJ-20261123-000001/upstream-decision"


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        (acceptance.CaseNotFiled(reason="outside_area", note="上级收回", decided_by=DESK), "not_filed"),
        (acceptance.CaseWithdrawn(note="诉求人撤回", withdrawn_by=DESK), "withdrawn"),
        (acceptance.CaseVoided(note="误派", decided_by=DESK), "voided"),
    ],
)
def test_every_end_goes_back(event: Any, outcome: str) -> None:
    assert heard(House().hear(received(), event))[-1] == ("report.closed", outcome)


def test_an_answer_is_the_result_of_an_inquiry() -> None:
    answered = acceptance.CaseAnswered(answer="到社区窗口申请", answered_by=DESK)
    house = House().hear(received(request_type="inquiry"), answered, closed("answered"))
    assert house.told[-1][1].data.note == "到社区窗口申请"


def test_reopened_and_done_again_it_is_told_and_closed_again() -> None:
    house = handled(House().hear(received())).hear(closed())
    lead = house.state.dispatches[0]
    house.hear(
        supervision.CaseReopened(reason="by_hand", reopened_by=DESK),
        supervision.ReworkOrdered(
            dispatch_id=lead.id, unit_id="sanitation", round=1, reason="by_hand", note="", milestones=lead.milestones
        ),
    )
    house.do("sanitation", lambda on: answers.complete(on, UNIT, "solved", "又清理", [AFTER])).hear(closed())
    assert [step for _, step in heard(house)][7:] == ["reopened", "rework", "handled", "solved"]


def test_an_attached_order_hears_from_its_host_under_its_own_number_and_lane() -> None:
    """The host speaks for what follows it; the attached case itself says no more."""
    follower = uuid4()
    joined = acceptance.ReportJoined(
        report_id=follower,
        attached_case_id=follower,
        attached_case_number="LJ-20261123-000002",
        channel="upstream",
        reported_at=MORNING,
        external=External(number="DY-2"),
    )
    host = House().hear(received("hotline"), filed(), joined, closed())
    assert [webhook.data.external_number for who, webhook in host.told if who == RECIPIENT] == ["DY-2"]
    assert host.told[-1][1].data.case_number == "LJ-20261123-000002"
    left = acceptance.ReportLeft(report_id=follower, attached_case_id=follower)
    assert heard(House().hear(received("hotline"), filed(), joined, left, closed())) == []
    attached = acceptance.CaseAttached(
        host_case_id=uuid4(), host_case_number="LJ-20261123-000003", rule="by_hand", decided_by=DESK
    )
    own = House().hear(received(), attached)
    assert heard(own) == [("report.accepted", "")]
    assert own.state.upstream_orders == []
    own.hear(acceptance.CaseDetached(host_case_id=CASE, decided_by=DESK))
    assert [each.number for each in own.state.upstream_orders] == ["DY-1"]


def test_the_platforms_key_manages_its_own_endpoints_and_nobody_elses() -> None:
    platform = Caller(kind="key", id="channel-upstream", channels=frozenset({"upstream"}))
    clerk = Caller(kind="account", id="desk", roles=frozenset({"intake_clerk"}), channels=frozenset({"upstream"}))
    unit = Caller(kind="key", id="k", unit_id="sanitation", roles=frozenset({"unit_clerk"}))
    assert access.manageable_recipients(platform, district()) == {RECIPIENT}
    assert access.manageable_recipients(clerk, district()) == frozenset()
    assert access.manageable_recipients(unit, district()) == unit.unit_and_team_ids(district())


def promise(house: House) -> datetime:
    return house.state.case_deadline(house.state.require_filed_case())


def test_an_order_from_above_that_joins_hastens_what_units_are_told_is_promised() -> None:
    """While it follows this case, whatever else the case was filed with; a moved calendar does not undo it."""
    house = House().hear(filed(), routed(to("sanitation")))
    promised = promise(house)
    joined = acceptance.ReportJoined(
        report_id=uuid4(),
        attached_case_id=uuid4(),
        attached_case_number="LJ-20261123-000002",
        channel="upstream",
        reported_at=MORNING,
        external=OURS,
    )
    house.hear(joined)
    assert promise(house) == OURS.due_at != promised
    later = promised + timedelta(days=1)
    house.hear(supervision.DeadlineMoved(clock_id=uuid4(), name="case", due_at=later, reason="calendar"))
    assert promise(house) == OURS.due_at
    house.hear(acceptance.ReportLeft(report_id=joined.report_id, attached_case_id=joined.attached_case_id))
    assert promise(house) == later
