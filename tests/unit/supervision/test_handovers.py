"""移交: ours until acknowledged, watched by a clock; refused, it is ours as before; taken whole, it closes with us."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid5

from contracts.handling import HandoverRefused, PhoneEntry
from contracts.supervision import (
    AttentionNeeded,
    AttentionSettled,
    CaseClosed,
    ClockStopped,
    OrderIssued,
    OverdueNotified,
    UnitUrged,
)
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import CASE, DESK, at

FIRE = uuid5(CASE, "fire")
MORNING = at("03-11 09:00")


def handed_over(mode: str = "joint", **changes: Any) -> Life:
    """Filed and dispatched at 09:00, and the fire brigade was called in beside the lead."""
    life = Life(town.town())
    life.hear(town.received(MORNING), town.filed(MORNING, ("1 urgent_hour",), emergency=True), at=MORNING)
    life.hear(town.dispatched(MORNING, ("1 urgent_hour",), sign_due_at=at("03-11 09:30")))
    life.hear(
        town.dispatched(
            MORNING, ("1 urgent_hour",), dispatch_id=FIRE, unit_id="fire", role="first_response",
            sign_due_at=at("03-11 09:05"), handoff={"agency": "119", "mode": mode}, **changes,
        )
    )  # fmt: skip
    return life


def acknowledged(**changes: Any) -> Any:
    return town.signed(FIRE, "fire", **changes)


def refused() -> HandoverRefused:
    return HandoverRefused(dispatch_id=FIRE, unit_id="fire", role="first_response", note="无火情", refused_by=DESK)


def urges(life: Life) -> int:
    return sum(1 for each in life.told(UnitUrged) if each.dispatch_id == FIRE)


def phone_by(life: Life, reason: str) -> datetime:
    """Until when our shift lead must have looked: as long as they had themselves."""
    return next(each.due_at for each in life.state.tasks.values() if each.reason == reason)


def test_an_unanswered_hand_over_is_urged_and_then_somebody_of_ours_must_phone() -> None:
    life = handed_over()
    life.until(at("03-11 09:04"))
    assert (urges(life), life.told(AttentionNeeded)) == (1, [])
    life.until(at("03-11 09:05"))
    assert urges(life) == 2
    needed = life.told(AttentionNeeded)[0]
    assert (needed.reason, needed.queue) == ("handover_unacknowledged", "shift_lead")
    assert phone_by(life, "handover_unacknowledged") == at("03-11 09:10")
    assert life.lights("sign")[:2] == ["yellow", "red"]


def test_an_emergency_service_is_never_asked_why_nor_ordered_but_our_leader_learns_of_it() -> None:
    life = handed_over()
    life.until(at("03-11 09:20"))
    assert [each for each in life.told(OverdueNotified) if each.dispatch_id == FIRE] == []
    assert [each for each in life.told(OrderIssued) if each.dispatch_id == FIRE] == []
    assert [each.reason for each in life.told(AttentionNeeded)] == ["handover_unacknowledged", "overdue_twofold"]


def test_an_acknowledgement_settles_the_question_and_their_handling_has_no_clock() -> None:
    life = handed_over()
    life.until(at("03-11 09:06"))
    life.hear(acknowledged(), at=at("03-11 09:07"))
    assert [each.reason for each in life.told(AttentionSettled)] == ["handover_unacknowledged"]
    assert [clock for clock in life.state.clocks.values() if clock.dispatch_id == FIRE] == []
    assert life.status == "awaiting_signature"


def test_an_acknowledgement_by_phone_counts_from_the_call() -> None:
    life = handed_over()
    life.until(at("03-11 09:06"))
    life.hear(acknowledged(by_phone=PhoneEntry(contact="07 席", at=at("03-11 09:03"))), at=at("03-11 09:30"))
    stopped = next(each for each in life.told(ClockStopped) if each.dispatch_id == FIRE)
    assert (stopped.on_time, stopped.stopped_at) == (True, at("03-11 09:03"))
    assert life.lights("sign")[-1] == "green*"


def test_a_refusal_stays_ours_and_comes_before_the_shift_lead_at_once() -> None:
    life = handed_over()
    life.hear(refused(), at=at("03-11 09:02"))
    needed = life.told(AttentionNeeded)[0]
    assert (needed.reason, needed.queue) == ("handover_refused", "shift_lead")
    assert phone_by(life, "handover_refused") == at("03-11 09:07")
    assert "无火情" in needed.note
    assert life.flow.dispatches[FIRE].status == "returned"
    life.until(at("03-11 09:10"))
    assert urges(life) == 0
    assert life.status == "awaiting_signature"


def test_what_was_handed_over_whole_closes_when_they_have_it_and_not_before() -> None:
    life = handed_over("transfer")
    life.until(at("03-11 09:02"))
    assert life.told(CaseClosed) == []
    life.hear(acknowledged(), at=at("03-11 09:03"))
    closed = life.told(CaseClosed)[0]
    assert (closed.outcome, closed.closing_condition_met) == ("handed_over", False)


def test_an_exercise_counts_nothing() -> None:
    life = Life(town.town())
    life.hear(town.received(MORNING, mode="exercise"), town.filed(MORNING), town.dispatched(MORNING), at=MORNING)
    life.until(at("03-20 09:00"))
    life.hear(town.signed(), town.completed(), town.all_completed())
    assert life.facts == {}
    assert life.lights("handle")
