"""Cases that another service handed to us: what its centre hears."""

from __future__ import annotations

import pytest

from contracts.base import Event
from contracts.events import acceptance, discovery, supervision
from contracts.handover import HandoverLink
from tests.unit.dispatch.case_driver import CaseDriver, envelopes
from tests.unit.dispatch.sample_district import MORNING
from tests.unit.dispatch.sample_events import AFTER, CASE, DESK, REPORT, assignment, closed, filed, routed


def reported(channel: str = "emergency", number: str = "119-0007") -> discovery.ReportReceived:
    return discovery.ReportReceived.model_validate(
        {
            "report_id": REPORT,
            "case_number": "LJ-1",
            "channel": channel,
            "occurred_at": MORNING,
            "reported_at": MORNING,
            "registered_at": MORNING,
            "reported_by": DESK,
            "external": {"channel_number": "119", "number": number},
        }
    )


def replies_to_sender(driver: CaseDriver) -> list[tuple[str, str, str]]:
    """Return kind, our number and note of each message to the service that handed the case to us."""
    return [(each.kind, each.case.number, each.note) for each in envelopes(driver) if each.references == ("119-0007",)]


def test_the_sender_of_a_case_gets_result_and_reopening() -> None:
    driver = (
        CaseDriver().apply(reported(), filed(case_number="LJ-1"), routed(assignment("sanitation"))).sign("sanitation")
    )
    driver.complete("sanitation", AFTER).apply(closed(note="核查通过"))
    assert replies_to_sender(driver) == [("Ack", "LJ-1", ""), ("Result", "LJ-1", "已解决 Solved: 已清理")]
    driver.apply(supervision.CaseReopened(reason="by_hand", reopened_by=DESK), closed("forced", "领导决定"))
    assert replies_to_sender(driver)[2:] == [
        ("Update", "LJ-1", "重新处置 The case is open again."),
        ("Result", "LJ-1", "强制结案 Closed by a leader's decision: 已清理"),
    ]
    assert len({each.id for each in envelopes(driver)}) == 4


@pytest.mark.parametrize(
    ("events", "note"),
    [
        ((acceptance.CaseWithdrawn(note="误报", withdrawn_by=DESK),), "已撤销 Withdrawn: 误报"),
        ((filed(case_number="LJ-1"), acceptance.CaseVoided(note="查无此事", decided_by=DESK)), "作废 Voided: 查无此事"),
        ((closed("settled_on_the_spot"),), "当场处置 Settled on the spot"),
        ((filed(case_number="LJ-1", confidential=True), closed("handed_over", "某人")), "已移交 Handed over"),
    ],
    ids=["withdrawn", "voided", "never filed", "confidential"],
)
def test_the_sender_of_a_case_gets_every_kind_of_end(events: tuple[Event, ...], note: str) -> None:
    assert replies_to_sender(CaseDriver().apply(reported(), *events))[-1] == ("Result", "LJ-1", note)


def test_the_sender_of_an_attached_case_gets_the_end_of_its_host() -> None:
    """The attached case itself sends nothing."""
    report = {"report_id": REPORT, "attached_case_number": "LJ-1", "reported_at": MORNING, "channel": "emergency"}
    joined = acceptance.ReportJoined.model_validate(
        {**report, "attached_case_id": REPORT, "external": {"channel_number": "119", "number": "119-0007"}}
    )
    host = CaseDriver().apply(filed(case_number="LJ-9"), joined, closed())
    assert replies_to_sender(host) == [("Ack", "LJ-1", ""), ("Result", "LJ-1", "已解决 Solved")]
    assert [each.link for each in envelopes(host)] == [HandoverLink(direction="PARENT", other_id="LJ-9")] * 2
    attached = acceptance.CaseAttached(host_case_id=CASE, host_case_number="LJ-9", rule="merged", decided_by=DESK)
    own = CaseDriver().apply(reported(), attached, closed())
    assert replies_to_sender(own) == []
    own.apply(acceptance.CaseDetached(host_case_id=CASE, decided_by=DESK), filed(case_number="LJ-1"))
    assert replies_to_sender(own) == [("Ack", "LJ-1", "")]
    left = acceptance.ReportLeft.model_validate({"report_id": REPORT, "attached_case_id": REPORT})
    assert replies_to_sender(CaseDriver().apply(filed(), joined, left, closed())) == [("Ack", "LJ-1", "")]
