"""Notices that the city's SMS gateway must send, and whom it never notifies."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import orjson

from contracts.events import acceptance, discovery, evaluation, supervision
from contracts.events.acceptance import storms
from contracts.registry import Centre
from services.chassis.registry_snapshot import RegistrySnapshot
from services.dispatch.domain.dispatches import webhook_fields
from tests.unit.dispatch.case_driver import CaseDriver
from tests.unit.dispatch.sample_district import GRID, MORNING, make_district
from tests.unit.dispatch.sample_events import CASE, DESK, REPORT, assignment, filed, routed

NUMBER, JOINED, JOINED_NUMBER = "LJ-20261123-000001", UUID(int=7), "LJ-20261123-000007"


def district_with_centre() -> RegistrySnapshot:
    """Return the district with the centre of one street."""
    centre = Centre(id="centre-lijin", level="street", name="利津街道中心", name_en="Lijin Street", areas=(GRID[:9],))
    return RegistrySnapshot.from_records(1, {**make_district().records, "centre": {centre.id: centre}})


def reported(**more: Any) -> CaseDriver:
    driver = CaseDriver()
    driver.district = district_with_centre()
    known: dict[str, Any] = {"reporter_ref": uuid4(), "place": {"grid_code": GRID}, **more}
    return driver.apply(
        discovery.ReportReceived(
            report_id=REPORT,
            case_number=NUMBER,
            channel="hotline",
            occurred_at=MORNING,
            reported_at=MORNING,
            registered_at=MORNING,
            reported_by=DESK,
            **known,
        )
    )


def joined(report_id: UUID = JOINED) -> acceptance.ReportJoined:
    return acceptance.ReportJoined(
        report_id=report_id,
        attached_case_id=report_id,
        attached_case_number=JOINED_NUMBER,
        channel="hotline",
        reporter_ref=uuid4(),
        reported_at=MORNING,
    )


CLOSED = supervision.CaseClosed(outcome="solved", closing_condition_met=True, closed_by=DESK)


def feedback_requested(report_id: UUID = REPORT) -> evaluation.FeedbackRequested:
    return evaluation.FeedbackRequested(report_id=report_id, due_at=MORNING)


def call_tried(result: Any) -> evaluation.CallBackTried:
    return evaluation.CallBackTried(report_id=REPORT, tries=1, result=result, tried_by=DESK)


def test_reporters_are_notified_of_filing_result_and_missed_calls() -> None:
    """An attached reporter gets the number of the own receipt; a detached one is not notified."""
    gone = UUID(int=8)
    driver = reported().apply(filed(), joined(), joined(gone))
    driver.apply(acceptance.ReportLeft(report_id=gone, attached_case_id=gone))
    driver.apply(CLOSED, feedback_requested(), call_tried("no_answer"), call_tried("call_later"))
    first, second = f"reporter:{REPORT}", f"reporter:{JOINED}"
    assert driver.notice_keys == [
        (first, "report_filed", NUMBER),
        (first, "report_closed", NUMBER),
        (second, "report_closed", JOINED_NUMBER),
        (first, "feedback_asked", NUMBER),
        (first, "call_back_missed", NUMBER),
    ]
    refused = reported().apply(acceptance.CaseNotFiled(reason="permitted", decided_by=DESK))
    assert refused.notice_keys == [(first, "report_not_filed", NUMBER)]
    voided = reported().apply(filed(), acceptance.CaseVoided(note="误立", decided_by=DESK))
    assert voided.notice_keys == [(first, "report_filed", NUMBER), (first, "report_voided", NUMBER)]


def test_a_reply_in_a_storm_reaches_each_reporter_under_the_own_number() -> None:
    """The reply is stated for the case of each report, so nobody is notified twice."""
    reply = storms.ReplyGiven(report_id=REPORT, text="抢修至今晚十点", replied_by=DESK)
    assert reported().apply(joined(), reply).notice_keys == [(f"reporter:{REPORT}", "reply_given", NUMBER)]
    assert reported(request_type="tip").apply(reply).notice_keys == []


def test_reporters_of_tips_and_confidential_cases_are_not_notified() -> None:
    """This includes cases that become confidential at filing."""
    for driver in (
        reported(request_type="tip").apply(filed()),
        reported(confidential=True).apply(filed(confidential=True)),
        reported().apply(filed(confidential=True)),
        reported(reporter_ref=None).apply(filed()),
    ):
        assert driver.apply(CLOSED, feedback_requested(), call_tried("busy")).notice_keys == []


def test_units_officers_and_desks_are_notified_of_their_work() -> None:
    """Units for dispatches, officers for tasks, desks for late or escalated cases."""
    driver = reported(reporter_ref=None).apply(filed(), routed(assignment("mobile")))
    order = driver.dispatch_of("mobile").id
    due = {"clock_id": CASE, "reply_due_at": MORNING}
    task = {"task_id": CASE, "grid_code": GRID, "due_at": MORNING, "officer_id": "ann"}
    driver.apply(
        supervision.UnitUrged(dispatch_id=order, text="请抓紧", urged_by=DESK),
        supervision.OverdueNotified(name="handle", dispatch_id=order, unit_id="mobile", **due),
        supervision.SupervisionOrderIssued(
            order_id=CASE,
            kind="leader",
            dispatch_id=order,
            unit_id="housing",
            text="请督促",
            reply_due_at=MORNING,
            issued_by=DESK,
        ),
        acceptance.VerificationRequested(mode="site", **task),
        supervision.OverdueNotified(name="verify", officer_id="ann", **due),
        supervision.SupervisionOrderIssued(
            order_id=CASE, kind="leader", officer_id="ann", text="请核实", reply_due_at=MORNING, issued_by=DESK
        ),
        supervision.SupervisionOrderIssued(
            order_id=CASE, kind="leader", role="dispatcher", text="请派遣", reply_due_at=MORNING, issued_by=DESK
        ),
        supervision.TaskEscalated(task_id=CASE, kind="verify", to="grid_lead", officer_id="lead"),
        supervision.TaskEscalated(task_id=CASE, kind="verify", to="centre"),
        supervision.OverdueNotified(name="file", role="intake_clerk", **due),
        supervision.AttentionNeeded(reason="task_overdue", queue="shift_lead"),
        supervision.AttentionNeeded(reason="director_silent", queue="leader"),
    )
    assert [(who, what) for who, what, _ in driver.notice_keys] == [
        ("unit:sanitation", "dispatch_created"),
        ("unit:sanitation", "unit_urged"),
        ("unit:sanitation", "overdue"),
        ("unit:housing", "supervision_order_issued"),
        ("officer:ann", "task_assigned"),
        ("officer:ann", "overdue"),
        ("officer:ann", "supervision_order_issued"),
        ("dispatcher:centre-lijin", "supervision_order_issued"),
        ("officer:lead", "task_escalated"),
        ("intake_clerk:centre-lijin", "overdue"),
        ("shift_lead:centre-lijin", "attention_needed"),
        ("leader:370522", "attention_needed"),
    ]
    nowhere = reported(place=None).apply(supervision.OverdueNotified(name="file", role="shift_lead", **due))
    assert [who for who, _, _ in nowhere.notice_keys] == ["shift_lead:370522"]


def test_a_notice_contains_only_recipient_template_and_case() -> None:
    driver = reported(description="路边有垃圾", address="津苑路1号")
    driver.apply(filed())
    body = orjson.loads(webhook_fields.with_absolute_links(driver.notices[0], "https://city").to_bytes())
    assert body["data"] == {
        "recipient_ref": f"reporter:{REPORT}",
        "template": "report_filed",
        "case_number": NUMBER,
        "mode": "actual",
        "contact_url": f"https://city/api/intake/reports/{REPORT}/reporter",
    }
