"""移交: ours until acknowledged, watched by a clock; refused, it is ours as before; taken whole, it closes with us."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid5

import pytest

from contracts.events import acceptance
from contracts.events.command import DispatchWithdrawn
from contracts.events.handling import HandoverRefused, PhoneEntry
from contracts.events.supervision import (
    AttentionNeeded,
    AttentionSettled,
    CaseClosed,
    ClockStopped,
    OverdueNotified,
    ReworkOrdered,
    SupervisionOrderIssued,
    UnitUrged,
)
from contracts.figures import FIGURES
from services.supervision.domain.actions import case_actions
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import CASE, DESK, HOME, at

FIRE = uuid5(CASE, "fire")
MORNING = at("03-11 09:00")


def handed_over(mode: str = "joint", **changes: Any) -> Life:
    """Filed and dispatched at 09:00, and the fire brigade was called in beside the lead."""
    life = Life(town.town())
    life.hear(town.received(MORNING), town.filed(MORNING, ("1 urgent_hour",), emergency=True), at=MORNING)
    life.hear(town.dispatched(MORNING, ("1 urgent_hour",), sign_due_at=at("03-11 09:30")))
    life.hear(
        town.dispatched(
            MORNING,
            ("1 urgent_hour",),
            dispatch_id=FIRE,
            unit_id="fire",
            role="first_response",
            sign_due_at=at("03-11 09:05"),
            handover={"agency": "119", "mode": mode},
            **changes,
        )
    )
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
    assert [each for each in life.told(SupervisionOrderIssued) if each.dispatch_id == FIRE] == []
    assert [each.reason for each in life.told(AttentionNeeded)] == ["handover_unacknowledged", "overdue_twofold"]


def test_an_acknowledgement_settles_the_question_and_their_handling_has_no_clock() -> None:
    life = handed_over()
    life.until(at("03-11 09:06"))
    life.hear(acknowledged(), at=at("03-11 09:07"))
    assert [each.reason for each in life.told(AttentionSettled)] == ["handover_unacknowledged"]
    assert [clock for clock in life.state.clocks.values() if clock.dispatch_id == FIRE] == []
    assert life.status == "awaiting_signature"


@pytest.mark.parametrize("over", ["called off", "refused"])
def test_nobody_phones_about_a_hand_over_that_is_over(over: str) -> None:
    life = handed_over()
    life.until(at("03-11 09:06"))
    if over == "called off":
        life.hear(DispatchWithdrawn(dispatch_id=FIRE, unit_id="fire", reason="by_hand"), at=at("03-11 09:07"))
    else:
        life.hear(refused(), at=at("03-11 09:07"))
    assert [each.reason for each in life.told(AttentionSettled)] == ["handover_unacknowledged"]


@pytest.mark.parametrize("over", ["called off", "refused", "acknowledged"])
def test_no_leader_asks_about_a_hand_over_that_is_over(over: str) -> None:
    """Nobody answered in twice the time; then they did, or need not any more."""
    life = handed_over()
    life.until(at("03-11 09:20"))
    assert leaders_ask(life)
    withdrawn = DispatchWithdrawn(dispatch_id=FIRE, unit_id="fire", reason="by_hand")
    life.hear({"called off": withdrawn, "refused": refused(), "acknowledged": acknowledged()}[over])
    assert not leaders_ask(life)
    assert [each.reason for each in life.told(AttentionSettled)] == ["handover_unacknowledged", "overdue_twofold"]


def test_a_leader_looks_at_an_order_of_ours_that_is_as_late_as_the_hand_over_was() -> None:
    life = handed_over()
    life.until(at("03-11 11:30"))
    life.hear(acknowledged())
    assert leaders_ask(life)
    life.hear(town.signed(), town.completed())
    assert leaders_ask(life), "why it took so long is still to be asked"


def test_of_a_case_found_wrong_nobody_is_asked_anything() -> None:
    """Whoever follows the case learns that its questions are over."""
    life = handed_over()
    life.until(at("03-11 09:20"))
    life.hear(acceptance.CaseVoided(note="误立", decided_by=DESK))
    assert not leaders_ask(life)
    assert {each.reason for each in life.told(AttentionSettled)} == {each.reason for each in life.told(AttentionNeeded)}


def leaders_ask(life: Life) -> bool:
    return any(each.reason == "overdue_twofold" and each.waiting for each in life.state.tasks.values())


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


def figures_of(life: Life, subject: str) -> dict[str, int]:
    return {figure: value for (who, figure), value in life.facts.items() if who == subject}


@pytest.mark.parametrize(
    ("said_at", "by_phone", "minutes"),
    [("03-11 09:03", None, 3), ("03-11 09:20", None, 20), ("03-11 09:20", "03-11 09:04", 4)],
    ids=["in time", "urged and late", "by phone, entered later"],
)
def test_of_an_emergency_service_the_time_to_acknowledge_is_reported_and_nothing_is_scored(
    said_at: str, by_phone: str | None, minutes: int
) -> None:
    """They answer for their own time. Whoever of ours leads beside them is counted as ever."""
    life = handed_over()
    life.until(at(said_at))
    phone = PhoneEntry(contact="指挥员", at=at(by_phone)) if by_phone else None
    life.hear(acknowledged(by_phone=phone))
    assert figures_of(life, "fire") == {"handed_over": 1, "acknowledged": 1, "acknowledgement_minutes": minutes}
    assert not any(FIGURES["unit"][figure].scored for figure in figures_of(life, "fire"))
    assert life.count("dispatched") == 1


def test_a_refused_hand_over_is_no_fault_and_an_ordinary_order_to_the_same_unit_counts_like_any() -> None:
    life = handed_over()
    life.hear(refused(), at=at("03-11 09:10"))
    assert figures_of(life, "fire") == {"handed_over": 1}
    ordinary = uuid5(CASE, "hydrant")
    life.hear(town.dispatched(life.now, ("1 work_day",), dispatch_id=ordinary, unit_id="fire", role="co"))
    life.hear(town.signed(ordinary, "fire"))
    assert figures_of(life, "fire") == {
        "handed_over": 1,
        "dispatched": 1,
        "pending_handling": 1,
        "sign_due": 1,
        "signed_on_time": 1,
    }


def test_what_they_took_over_whole_counts_for_the_street_and_not_for_them() -> None:
    """As the lead: acknowledged late, made safe late, not heard of by the reporter: nothing of it is our score
    of them.
    """
    life = Life(town.town())
    life.hear(town.received(MORNING, reporter_ref=uuid5(CASE, "voice")), at=MORNING)
    life.hear(town.filed(MORNING, ("1 urgent_hour",), emergency=True))
    life.hear(
        town.dispatched(
            MORNING,
            ("1 urgent_hour",),
            dispatch_id=FIRE,
            unit_id="fire",
            sign_due_at=at("03-11 09:05"),
            handover={"agency": "119", "mode": "transfer"},
        )
    )
    life.until(at("03-11 12:00"))
    life.hear(acknowledged())
    assert life.told(CaseClosed)
    assert figures_of(life, "fire") == {"handed_over": 1, "acknowledged": 1, "acknowledgement_minutes": 180}
    assert figures_of(life, HOME[:9])["emergency_due"] == 1
    assert life.count("closed_by_hand", DESK.id) == 0, "whoever wrote down the acknowledgement has vouched for nothing"


def test_opened_again_it_goes_to_the_service_that_leads_and_still_has_it() -> None:
    """Closing took it from nobody: it is told to act, with a new clock, instead of a second unit beside it."""
    life = Life(town.town())
    life.hear(town.received(MORNING), town.filed(MORNING, ("1 urgent_hour",), emergency=True), at=MORNING)
    life.hear(
        town.dispatched(
            MORNING,
            ("1 urgent_hour",),
            dispatch_id=FIRE,
            unit_id="fire",
            handover={"agency": "119", "mode": "transfer"},
        )
    )
    life.hear(acknowledged(), at=at("03-11 09:03"))
    assert life.told(CaseClosed)
    life.act(case_actions.reopen, "仍有浓烟", town.person("shift_lead"))
    assert [each.dispatch_id for each in life.told(ReworkOrdered)] == [FIRE]
    assert life.status == "rework"
