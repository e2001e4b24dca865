"""What somebody owes an answer to, over New Year's Eve: it follows the calendar of a year that is announced while they
wait.
"""

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
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import DESK, LEAD, REPORT, SECOND_REPORT, at, person

DISPATCHER, SHIFT_LEAD, LEADER = person("dispatcher"), person("shift_lead"), person("leader")
CLERK = person("unit_clerk", unit_id="sanitation")
ANNOUNCED = town.town(town.ANNOUNCED, announced_years=(2027,))
"""Monday 4 January is a holiday."""
SATURDAY = town.town([CalendarDay(id="2027-01-02", working=True)], announced_years=(2027,))
"""Saturday 2 January is worked."""


def january(day: int, time: str) -> datetime:
    return at(f"12-31 {time}") + timedelta(days=day)


def waiting() -> Life:
    """On New Year's Eve, a Thursday, an order of five working hours is out and signed."""
    life, begins = Life(town.town()), at("12-31 10:00")
    life.hear(town.received(begins, reporter_ref=SECOND_REPORT), town.filed(begins, ("5 work_hour",)), at=begins)
    life.hear(town.dispatched(begins, ("5 work_hour",)), town.signed())
    return life


def announce(life: Life, *, district: object = ANNOUNCED) -> list[tuple[str, datetime, bool]]:
    """The table comes, and with it what it moves. Asked for twice it moves nothing more."""
    life.district = district  # type: ignore[assignment]
    life.act(recompute_deadlines)
    moved = [(event.kind, event.due_at, event.provisional) for event in life.told(AnswerDueMoved)]
    life.act(recompute_deadlines)
    assert len(life.told(AnswerDueMoved)) == len(moved)
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
def test_a_first_contact_is_judged_by_the_calendar_that_was_announced_meanwhile(
    district: object, due: datetime, when: datetime, on_time: int
) -> None:
    """Counted in the month of the instant that counts in the end; a recount of the events comes to the same
    (`Life`).
    """
    life = waiting()
    assert (life.state.scores.contact_due_at, life.state.provisional) == (january(4, "10:00"), True)
    if district is not None:
        assert ("first_contact", due, False) in announce(life, district=district)
    life.hear(contacted(), at=when)
    assert (life.count("contact_due"), life.count("contact_on_time")) == (1, on_time)
    assert {each.at for each in life.booked if each.key.figure == "contact_due"} == {due}
    assert life.state.scores.contact_provisional is None


def test_a_first_contact_that_was_judged_before_stays_judged() -> None:
    life = waiting()
    life.hear(contacted(), at=january(5, "09:00"))
    assert (life.count("contact_due"), life.count("contact_on_time")) == (1, 0)
    assert "first_contact" not in {what for what, _, _ in announce(life)}
    assert (life.count("contact_due"), life.count("contact_on_time")) == (1, 0)


def test_replies_to_notices_and_supervision_orders_follow_from_their_start() -> None:
    """Asked why at 17:00, ordered at 17:30; a holiday is announced, and both are due a working day later than
    was said.
    """
    life = waiting()
    life.until(at("12-31 17:30"))
    life.act(case_actions.issue_order, None, "important", "请办结", SHIFT_LEAD)
    (notice,), order = life.told(OverdueNotified), life.told(SupervisionOrderIssued)[0]
    assert (notice.reply_due_at, notice.provisional) == (january(4, "09:00"), True)
    assert (order.reply_due_at, order.provisional) == (january(4, "17:30"), True)
    moved = announce(life)
    assert moved[:2] == [
        ("overdue_reason", january(5, "09:00"), False),
        ("supervision_order_reply", january(5, "17:30"), False),
    ]
    assert life.timers[f"{supervision_orders.REPLY_TIMER}:{order.order_id}"] == january(5, "17:30")
    shown = {each.notice_id: (each.reply_due_at, each.provisional) for each in case_view(life.case(), CLERK).notices}
    assert shown == {order.order_id: (january(5, "17:30"), False), notice.clock_id: (january(5, "09:00"), False)}
    life.until(january(5, "16:00"))
    assert "supervision_order_unanswered" not in {event.reason for event in life.told(AttentionNeeded)}
    life.act(case_actions.reply_to_notice, order.order_id, "明日办结", CLERK)
    assert [event.on_time for event in life.told(SupervisionOrderReplied)] == [True]
    assert not any(each.provisional for each in life.state.notices.values())


def test_a_table_that_announces_nothing_moves_what_is_provisional_and_leaves_it_so() -> None:
    life = waiting()
    life.act(case_actions.issue_order, None, "important", "请办结", SHIFT_LEAD)
    holiday = town.town([CalendarDay(id="2027-01-04", working=False)])
    assert set(announce(life, district=holiday)) == {
        ("supervision_order_reply", january(5, "10:00"), True),
        ("first_contact", january(5, "10:00"), True),
    }
    assert life.state.provisional
    life.district = ANNOUNCED
    life.act(recompute_deadlines)
    settled = [event for event in life.told(AnswerDueMoved) if not event.provisional]
    assert {(event.kind, event.due_at) for event in settled} == {
        ("supervision_order_reply", january(5, "10:00")),
        ("first_contact", january(5, "10:00")),
    }


def test_a_leader_who_was_told_that_no_reply_came_is_not_told_again() -> None:
    life = waiting()
    life.act(case_actions.issue_order, None, "important", "请办结", SHIFT_LEAD)
    order = life.told(SupervisionOrderIssued)[0]
    life.until(january(4, "12:00"))
    assert [event.reason for event in life.told(AttentionNeeded)].count("supervision_order_unanswered") == 1
    life.district = SATURDAY
    life.act(recompute_deadlines)
    assert f"{supervision_orders.REPLY_TIMER}:{order.order_id}" not in life.timers


def test_decisions_of_people_follow_and_are_judged_by_what_is_shown() -> None:
    """A request for more time, a question, an appeal: each decided on Tuesday morning, in time since Monday was
    none.
    """
    life = waiting()
    asked = ExtensionRequested(dispatch_id=LEAD, unit_id="sanitation", note="缺配件", requested_by=DESK)
    life.until(at("12-31 16:00"))
    life.hear(asked)
    life.act(attention.request_attention, "third_recheck_failure", "shift_lead")
    life.act(attention.request_attention, "overdue_twofold", "leader")
    life.act(appeals.lodge, facts.unit("sanitation"), ("urged",), "系统故障", CLERK)
    moved = announce(life)
    assert {what: due_at for what, due_at, _ in moved} == {
        "extension": january(5, "10:00"),
        "question": january(5, "16:00"),
        "appeal": january(5, "16:00"),
        "first_contact": january(5, "10:00"),
    }
    climbs = [when for name, when in life.timers.items() if name.startswith(attention.ESCALATION_TIMER)]
    assert climbs == [january(5, "10:00"), january(5, "16:00")], "a request goes up then, a director has the day, too"
    life.now = january(5, "09:00")
    life.answer(DISPATCHER, passed=False, kind="extension")
    life.act(attention.answer_all, "已约谈", SHIFT_LEAD)
    for who in ("dispatcher", "shift_lead"):
        assert (life.count("question_due", who), life.count("question_on_time", who)) == (1, 1)


def test_a_question_about_a_hand_over_is_judged_by_the_minutes_that_its_queue_shows() -> None:
    life = waiting()
    life.act(attention.request_attention, "handover_unacknowledged", "shift_lead")
    assert life.task("attention")[1].due_at == at("12-31 10:05")
    life.now = at("12-31 10:30")
    life.answer(SHIFT_LEAD, passed=True, note="已电话移交", kind="attention")
    assert (life.count("question_due", "shift_lead"), life.count("question_on_time", "shift_lead")) == (1, 0)


def test_whoever_owes_nothing_any_more_is_told_nothing() -> None:
    life = waiting()
    life.act(case_actions.issue_order, None, "important", "请办结", SHIFT_LEAD)
    life.act(case_actions.force_close, "情况特殊", LEADER)
    life.act(feedback_questions.withdraw_questions)
    assert not life.state.provisional
    assert announce(life) == []
