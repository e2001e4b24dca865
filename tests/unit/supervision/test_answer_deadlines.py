"""Deadlines of answers over New Year's Eve follow a calendar that is announced while somebody waits."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from contracts.events.acceptance.reporters import ReporterContacted
from contracts.events.handling import ExtensionRequested
from contracts.events.supervision import (
    AnswerDueMoved,
    AttentionNeeded,
    OverdueNotified,
    SupervisionOrderIssued,
    SupervisionOrderReplied,
)
from contracts.registry import CalendarDay
from services.supervision.domain.actions import case_actions
from services.supervision.domain.evaluation import appeals
from services.supervision.domain.evaluation.score_entries import facts
from services.supervision.domain.primitives import attention, feedback_questions, supervision_orders
from services.supervision.domain.reactions.calendar import recompute_deadlines
from services.supervision.domain.views import case_view
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import DESK, at, person
from tests.unit.supervision.sample_events import LEAD, REPORT, SECOND_REPORT

DISPATCHER, SHIFT_LEAD, LEADER = person("dispatcher"), person("shift_lead"), person("leader")
CLERK = person("unit_clerk", unit_id="sanitation")
ANNOUNCED = sample_district.make_district(sample_district.ANNOUNCED, announced_years=(2027,))
"""The district after Monday 4 January was announced as a holiday."""
SATURDAY = sample_district.make_district([CalendarDay(id="2027-01-02", working=True)], announced_years=(2027,))
"""The district after Saturday 2 January was announced as a working day."""


def january(day: int, time: str) -> datetime:
    return at(f"12-31 {time}") + timedelta(days=day)


def signed_at_new_year() -> CaseDriver:
    """Return a case dispatched and signed on New Year's Eve, a Thursday, with a limit of five working hours."""
    driver, begins = CaseDriver(sample_district.make_district()), at("12-31 10:00")
    driver.apply(
        sample_events.received(begins, reporter_ref=SECOND_REPORT),
        sample_events.filed(begins, ("5 work_hour",)),
        at=begins,
    )
    driver.apply(sample_events.dispatched(begins, ("5 work_hour",)), sample_events.signed())
    return driver


def announce(driver: CaseDriver, *, district: object = ANNOUNCED) -> list[tuple[str, datetime, bool]]:
    """Announce the calendar twice; return what the first time moved. The second time must move nothing."""
    driver.district = district  # type: ignore[assignment]
    driver.run(recompute_deadlines)
    moved = [(event.kind, event.due_at, event.provisional) for event in driver.events_of(AnswerDueMoved)]
    driver.run(recompute_deadlines)
    assert len(driver.events_of(AnswerDueMoved)) == len(moved)
    return moved


def contacted() -> ReporterContacted:
    return ReporterContacted(report_id=REPORT, means="phone", reached=True, contacted_by=DESK)


@pytest.mark.parametrize(
    ("district", "due", "when", "on_time"),
    [
        (None, january(4, "10:00"), january(5, "09:00"), 0),
        (ANNOUNCED, january(5, "10:00"), january(5, "09:00"), 1),
        (ANNOUNCED, january(5, "10:00"), january(6, "09:00"), 0),
        (SATURDAY, january(2, "10:00"), january(4, "09:00"), 0),
    ],
    ids=["never announced", "a holiday more", "later than that", "a Saturday earlier"],
)
def test_a_first_contact_is_judged_by_the_announced_calendar(
    district: object, due: datetime, when: datetime, on_time: int
) -> None:
    """The figure counts in the month of the final deadline."""
    driver = signed_at_new_year()
    assert (driver.state.scores.contact_due_at, driver.state.provisional) == (january(4, "10:00"), True)
    if district is not None:
        assert ("first_contact", due, False) in announce(driver, district=district)
    driver.apply(contacted(), at=when)
    assert (driver.count("contact_due"), driver.count("contact_on_time")) == (1, on_time)
    assert {each.at for each in driver.score_entries if each.key.figure == "contact_due"} == {due}
    assert driver.state.scores.contact_provisional is None


def test_a_first_contact_that_was_judged_is_not_judged_again() -> None:
    driver = signed_at_new_year()
    driver.apply(contacted(), at=january(5, "09:00"))
    assert (driver.count("contact_due"), driver.count("contact_on_time")) == (1, 0)
    assert "first_contact" not in {what for what, _, _ in announce(driver)}
    assert (driver.count("contact_due"), driver.count("contact_on_time")) == (1, 0)


def test_the_deadlines_of_replies_move_with_the_calendar() -> None:
    """An overdue notice at 17:00 and a supervision order at 17:30 are both due a working day later."""
    driver = signed_at_new_year()
    driver.advance_to(at("12-31 17:30"))
    driver.run(case_actions.issue_order, None, "important", "请办结", SHIFT_LEAD)
    (notice,), order = driver.events_of(OverdueNotified), driver.events_of(SupervisionOrderIssued)[0]
    assert (notice.reply_due_at, notice.provisional) == (january(4, "09:00"), True)
    assert (order.reply_due_at, order.provisional) == (january(4, "17:30"), True)
    moved = announce(driver)
    assert moved[:2] == [
        ("overdue_reason", january(5, "09:00"), False),
        ("supervision_order_reply", january(5, "17:30"), False),
    ]
    assert driver.timers[f"{supervision_orders.REPLY_TIMER}:{order.order_id}"] == january(5, "17:30")
    shown = {each.notice_id: (each.reply_due_at, each.provisional) for each in case_view(driver.case(), CLERK).notices}
    assert shown == {order.order_id: (january(5, "17:30"), False), notice.clock_id: (january(5, "09:00"), False)}
    driver.advance_to(january(5, "16:00"))
    assert "supervision_order_unanswered" not in {event.reason for event in driver.events_of(AttentionNeeded)}
    driver.run(case_actions.reply_to_notice, order.order_id, "明日办结", CLERK)
    assert [event.on_time for event in driver.events_of(SupervisionOrderReplied)] == [True]
    assert not any(each.provisional for each in driver.state.notices.values())


def test_a_calendar_that_is_not_final_moves_provisional_deadlines_and_keeps_them_provisional() -> None:
    driver = signed_at_new_year()
    driver.run(case_actions.issue_order, None, "important", "请办结", SHIFT_LEAD)
    holiday = sample_district.make_district([CalendarDay(id="2027-01-04", working=False)])
    assert set(announce(driver, district=holiday)) == {
        ("supervision_order_reply", january(5, "10:00"), True),
        ("first_contact", january(5, "10:00"), True),
    }
    assert driver.state.provisional
    driver.district = ANNOUNCED
    driver.run(recompute_deadlines)
    final_events = [event for event in driver.events_of(AnswerDueMoved) if not event.provisional]
    assert {(event.kind, event.due_at) for event in final_events} == {
        ("supervision_order_reply", january(5, "10:00")),
        ("first_contact", january(5, "10:00")),
    }


def test_a_leader_is_told_only_once_that_a_reply_is_missing() -> None:
    driver = signed_at_new_year()
    driver.run(case_actions.issue_order, None, "important", "请办结", SHIFT_LEAD)
    order = driver.events_of(SupervisionOrderIssued)[0]
    driver.advance_to(january(4, "12:00"))
    assert [event.reason for event in driver.events_of(AttentionNeeded)].count("supervision_order_unanswered") == 1
    driver.district = SATURDAY
    driver.run(recompute_deadlines)
    assert f"{supervision_orders.REPLY_TIMER}:{order.order_id}" not in driver.timers


def test_the_deadlines_of_decisions_move_and_are_judged_as_shown() -> None:
    """An extension, a question and an appeal are decided on Tuesday morning, in time because Monday was a holiday."""
    driver = signed_at_new_year()
    request = ExtensionRequested(dispatch_id=LEAD, unit_id="sanitation", note="缺配件", requested_by=DESK)
    driver.advance_to(at("12-31 16:00"))
    driver.apply(request)
    driver.run(attention.request_attention, "third_recheck_failure", "shift_lead")
    driver.run(attention.request_attention, "overdue_twofold", "leader")
    driver.run(appeals.lodge, facts.unit("sanitation"), ("urged",), "系统故障", CLERK)
    moved = announce(driver)
    assert {what: due_at for what, due_at, _ in moved} == {
        "extension": january(5, "10:00"),
        "question": january(5, "16:00"),
        "appeal": january(5, "16:00"),
        "first_contact": january(5, "10:00"),
    }
    climbs = [when for name, when in driver.timers.items() if name.startswith(attention.ESCALATION_TIMER)]
    assert climbs == [january(5, "10:00"), january(5, "16:00")], (
        "requests and silent directors are escalated at the moved time"
    )
    driver.now = january(5, "09:00")
    driver.answer(DISPATCHER, passed=False, kind="extension")
    driver.run(attention.answer_all, "已约谈", SHIFT_LEAD)
    for who in ("dispatcher", "shift_lead"):
        assert (driver.count("question_due", who), driver.count("question_on_time", who)) == (1, 1)


def test_a_question_about_a_hand_over_is_due_in_minutes() -> None:
    driver = signed_at_new_year()
    driver.run(attention.request_attention, "handover_unacknowledged", "shift_lead")
    assert driver.task("attention")[1].due_at == at("12-31 10:05")
    driver.now = at("12-31 10:30")
    driver.answer(SHIFT_LEAD, passed=True, note="已电话移交", kind="attention")
    assert (driver.count("question_due", "shift_lead"), driver.count("question_on_time", "shift_lead")) == (1, 0)


def test_nothing_moves_after_the_case_is_closed() -> None:
    driver = signed_at_new_year()
    driver.run(case_actions.issue_order, None, "important", "请办结", SHIFT_LEAD)
    driver.run(case_actions.force_close, "情况特殊", LEADER)
    driver.run(feedback_questions.withdraw_questions)
    assert not driver.state.provisional
    assert announce(driver) == []
