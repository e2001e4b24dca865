"""Whom the city's SMS gateway is asked to wake or to tell, and whom never."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import orjson

from contracts.events import acceptance, discovery, evaluation, supervision
from contracts.events.acceptance import storms
from contracts.registry import Centre
from services.chassis.registry_snapshot import RegistrySnapshot
from services.dispatch.domain.dispatches import webhook_fields
from tests.unit.dispatch.kit import CASE, DESK, GRID, MORNING, REPORT, House, district, filed, routed, to

NUMBER, JOINED, OTHER = "LJ-20261123-000001", UUID(int=7), "LJ-20261123-000007"


def town() -> RegistrySnapshot:
    """The district with one street's centre."""
    centre = Centre(id="centre-lijin", level="street", name="利津街道中心", name_en="Lijin Street", areas=(GRID[:9],))
    return RegistrySnapshot.from_records(1, {**district().records, "centre": {centre.id: centre}})


def reported(**more: Any) -> House:
    house = House()
    house.district = town()
    known: dict[str, Any] = {"reporter_ref": uuid4(), "place": {"grid_code": GRID}, **more}
    return house.hear(
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
        attached_case_number=OTHER,
        channel="hotline",
        reporter_ref=uuid4(),
        reported_at=MORNING,
    )


CLOSED = supervision.CaseClosed(outcome="solved", closing_condition_met=True, closed_by=DESK)


def asked(report_id: UUID = REPORT) -> evaluation.FeedbackRequested:
    return evaluation.FeedbackRequested(report_id=report_id, due_at=MORNING)


def called(result: Any) -> evaluation.CallBackTried:
    return evaluation.CallBackTried(report_id=REPORT, tries=1, result=result, tried_by=DESK)


def test_reporters_hear_of_filing_of_the_result_and_of_a_call_they_missed() -> None:
    """Also who was attached, under the number on their own receipt; who was detached again does not."""
    gone = UUID(int=8)
    house = reported().hear(filed(), joined(), joined(gone))
    house.hear(acceptance.ReportLeft(report_id=gone, attached_case_id=gone))
    house.hear(CLOSED, asked(), called("no_answer"), called("call_later"))
    first, second = f"reporter:{REPORT}", f"reporter:{JOINED}"
    assert house.woken == [
        (first, "report_filed", NUMBER),
        (first, "report_closed", NUMBER),
        (second, "report_closed", OTHER),
        (first, "feedback_asked", NUMBER),
        (first, "call_back_missed", NUMBER),
    ]
    refused = reported().hear(acceptance.CaseNotFiled(reason="permitted", decided_by=DESK))
    assert refused.woken == [(first, "report_not_filed", NUMBER)]
    voided = reported().hear(filed(), acceptance.CaseVoided(note="误立", decided_by=DESK))
    assert voided.woken == [(first, "report_filed", NUMBER), (first, "report_voided", NUMBER)]


def test_one_reply_in_a_storm_reaches_each_reporter_under_their_own_number() -> None:
    """It is said for the case of each report; of others at the same case nobody is told twice."""
    told = storms.ReplyGiven(report_id=REPORT, text="抢修至今晚十点", replied_by=DESK)
    assert reported().hear(joined(), told).woken == [(f"reporter:{REPORT}", "reply_given", NUMBER)]
    assert reported(request_type="tip").hear(told).woken == []


def test_of_tips_and_confidential_matters_no_reporter_is_told_anything() -> None:
    """Also of what turns out to be confidential only at filing."""
    for house in (
        reported(request_type="tip").hear(filed()),
        reported(confidential=True).hear(filed(confidential=True)),
        reported().hear(filed(confidential=True)),
        reported(reporter_ref=None).hear(filed()),
    ):
        assert house.hear(CLOSED, asked(), called("busy")).woken == []


def test_whoever_must_act_is_woken() -> None:
    """Units for their orders, officers for tasks, desks for what is late there or put before them."""
    house = reported(reporter_ref=None).hear(filed(), routed(to("mobile")))
    order = house.order("mobile").id
    due = {"clock_id": CASE, "reply_due_at": MORNING}
    task = {"task_id": CASE, "grid_code": GRID, "due_at": MORNING, "officer_id": "ann"}
    house.hear(
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
    assert [(who, what) for who, what, _ in house.woken] == [
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
    nowhere = reported(place=None).hear(supervision.OverdueNotified(name="file", role="shift_lead", **due))
    assert [who for who, _, _ in nowhere.woken] == ["shift_lead:370522"]


def test_a_notice_says_whom_what_and_which_case_and_nothing_else() -> None:
    house = reported(description="路边有垃圾", address="津苑路1号")
    house.hear(filed())
    body = orjson.loads(webhook_fields.with_absolute_links(house.notices[0], "https://city").to_bytes())
    assert body["data"] == {
        "recipient_ref": f"reporter:{REPORT}",
        "template": "report_filed",
        "case_number": NUMBER,
        "mode": "actual",
        "contact_url": f"https://city/api/intake/reports/{REPORT}/reporter",
    }
