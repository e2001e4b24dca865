"""Hand-overs 移交: ours until acknowledged; after a refusal ours again; a transfer closes the case here."""

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
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import DESK, HOME, at
from tests.unit.supervision.sample_events import CASE

FIRE = uuid5(CASE, "fire")
MORNING = at("03-11 09:00")


def handed_over(mode: str = "joint", **changes: Any) -> CaseDriver:
    """Return an emergency dispatched at 09:00 with the fire brigade called in beside the lead."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(
        sample_events.received(MORNING), sample_events.filed(MORNING, ("1 urgent_hour",), emergency=True), at=MORNING
    )
    driver.apply(sample_events.dispatched(MORNING, ("1 urgent_hour",), sign_due_at=at("03-11 09:30")))
    driver.apply(
        sample_events.dispatched(
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
    return driver


def acknowledgement(**changes: Any) -> Any:
    return sample_events.signed(FIRE, "fire", **changes)


def refusal() -> HandoverRefused:
    return HandoverRefused(dispatch_id=FIRE, unit_id="fire", role="first_response", note="无火情", refused_by=DESK)


def reminders(driver: CaseDriver) -> int:
    return sum(1 for each in driver.events_of(UnitUrged) if each.dispatch_id == FIRE)


def attention_due(driver: CaseDriver, reason: str) -> datetime:
    """Return the deadline of our shift lead, which is as long as that of the service."""
    return next(each.due_at for each in driver.state.tasks.values() if each.reason == reason)


def test_an_unacknowledged_hand_over_is_reminded_and_then_goes_to_the_shift_lead() -> None:
    driver = handed_over()
    driver.advance_to(at("03-11 09:04"))
    assert (reminders(driver), driver.events_of(AttentionNeeded)) == (1, [])
    driver.advance_to(at("03-11 09:05"))
    assert reminders(driver) == 2
    needed = driver.events_of(AttentionNeeded)[0]
    assert (needed.reason, needed.queue) == ("handover_unacknowledged", "shift_lead")
    assert attention_due(driver, "handover_unacknowledged") == at("03-11 09:10")
    assert driver.lights("sign")[:2] == ["yellow", "red"]


def test_a_late_emergency_service_gets_no_order_but_our_leader_is_told() -> None:
    driver = handed_over()
    driver.advance_to(at("03-11 09:20"))
    assert [each for each in driver.events_of(OverdueNotified) if each.dispatch_id == FIRE] == []
    assert [each for each in driver.events_of(SupervisionOrderIssued) if each.dispatch_id == FIRE] == []
    assert [each.reason for each in driver.events_of(AttentionNeeded)] == ["handover_unacknowledged", "overdue_twofold"]


def test_an_acknowledgement_ends_the_question_and_the_service_has_no_handling_clock() -> None:
    driver = handed_over()
    driver.advance_to(at("03-11 09:06"))
    driver.apply(acknowledgement(), at=at("03-11 09:07"))
    assert [each.reason for each in driver.events_of(AttentionSettled)] == ["handover_unacknowledged"]
    assert [clock for clock in driver.state.clocks.values() if clock.dispatch_id == FIRE] == []
    assert driver.status == "awaiting_signature"


@pytest.mark.parametrize("end", ["called off", "refused"])
def test_the_question_to_the_shift_lead_ends_with_the_hand_over(end: str) -> None:
    driver = handed_over()
    driver.advance_to(at("03-11 09:06"))
    if end == "called off":
        driver.apply(DispatchWithdrawn(dispatch_id=FIRE, unit_id="fire", reason="by_hand"), at=at("03-11 09:07"))
    else:
        driver.apply(refusal(), at=at("03-11 09:07"))
    assert [each.reason for each in driver.events_of(AttentionSettled)] == ["handover_unacknowledged"]


@pytest.mark.parametrize("end", ["called off", "refused", "acknowledged"])
def test_the_question_to_a_leader_ends_with_the_hand_over(end: str) -> None:
    """The service answered after twice the time or is no longer needed."""
    driver = handed_over()
    driver.advance_to(at("03-11 09:20"))
    assert leader_question_open(driver)
    withdrawn = DispatchWithdrawn(dispatch_id=FIRE, unit_id="fire", reason="by_hand")
    driver.apply({"called off": withdrawn, "refused": refusal(), "acknowledged": acknowledgement()}[end])
    assert not leader_question_open(driver)
    assert [each.reason for each in driver.events_of(AttentionSettled)] == [
        "handover_unacknowledged",
        "overdue_twofold",
    ]


def test_a_leader_keeps_the_question_about_our_own_late_dispatch() -> None:
    driver = handed_over()
    driver.advance_to(at("03-11 11:30"))
    driver.apply(acknowledgement())
    assert leader_question_open(driver)
    driver.apply(sample_events.signed(), sample_events.completed())
    assert leader_question_open(driver), "the leader still asks about the delay"


def test_voiding_the_case_ends_all_its_questions() -> None:
    """Tracking learns it by events."""
    driver = handed_over()
    driver.advance_to(at("03-11 09:20"))
    driver.apply(acceptance.CaseVoided(note="误立", decided_by=DESK))
    assert not leader_question_open(driver)
    assert {each.reason for each in driver.events_of(AttentionSettled)} == {
        each.reason for each in driver.events_of(AttentionNeeded)
    }


def leader_question_open(driver: CaseDriver) -> bool:
    return any(each.reason == "overdue_twofold" and each.waiting for each in driver.state.tasks.values())


def test_an_acknowledgement_by_phone_counts_from_the_call() -> None:
    driver = handed_over()
    driver.advance_to(at("03-11 09:06"))
    driver.apply(acknowledgement(by_phone=PhoneEntry(contact="07 席", at=at("03-11 09:03"))), at=at("03-11 09:30"))
    stopped = next(each for each in driver.events_of(ClockStopped) if each.dispatch_id == FIRE)
    assert (stopped.on_time, stopped.stopped_at) == (True, at("03-11 09:03"))
    assert driver.lights("sign")[-1] == "green*"


def test_a_refused_hand_over_goes_to_the_shift_lead_at_once() -> None:
    driver = handed_over()
    driver.apply(refusal(), at=at("03-11 09:02"))
    needed = driver.events_of(AttentionNeeded)[0]
    assert (needed.reason, needed.queue) == ("handover_refused", "shift_lead")
    assert attention_due(driver, "handover_refused") == at("03-11 09:07")
    assert "无火情" in needed.note
    assert driver.flow.dispatches[FIRE].status == "returned"
    driver.advance_to(at("03-11 09:10"))
    assert reminders(driver) == 0
    assert driver.status == "awaiting_signature"


def test_a_transferred_case_closes_when_it_is_acknowledged() -> None:
    driver = handed_over("transfer")
    driver.advance_to(at("03-11 09:02"))
    assert driver.events_of(CaseClosed) == []
    driver.apply(acknowledgement(), at=at("03-11 09:03"))
    closed = driver.events_of(CaseClosed)[0]
    assert (closed.outcome, closed.closing_condition_met) == ("handed_over", False)


def test_an_exercise_counts_nothing() -> None:
    driver = CaseDriver(sample_district.make_district())
    driver.apply(
        sample_events.received(MORNING, mode="exercise"),
        sample_events.filed(MORNING),
        sample_events.dispatched(MORNING),
        at=MORNING,
    )
    driver.advance_to(at("03-20 09:00"))
    driver.apply(sample_events.signed(), sample_events.completed(), sample_events.all_completed())
    assert driver.facts == {}
    assert driver.lights("handle")


def figures_of(driver: CaseDriver, subject: str) -> dict[str, int]:
    return {figure: value for (who, figure), value in driver.facts.items() if who == subject}


@pytest.mark.parametrize(
    ("acknowledged_at", "by_phone", "minutes"),
    [("03-11 09:03", None, 3), ("03-11 09:20", None, 20), ("03-11 09:20", "03-11 09:04", 4)],
    ids=["in time", "urged and late", "by phone, entered later"],
)
def test_the_time_to_acknowledge_is_reported_but_not_scored(
    acknowledged_at: str, by_phone: str | None, minutes: int
) -> None:
    """The lead beside the service is counted as usual."""
    driver = handed_over()
    driver.advance_to(at(acknowledged_at))
    phone = PhoneEntry(contact="指挥员", at=at(by_phone)) if by_phone else None
    driver.apply(acknowledgement(by_phone=phone))
    assert figures_of(driver, "fire") == {"handed_over": 1, "acknowledged": 1, "acknowledgement_minutes": minutes}
    assert not any(FIGURES["unit"][figure].scored for figure in figures_of(driver, "fire"))
    assert driver.count("dispatched") == 1


def test_a_refused_hand_over_counts_no_figure() -> None:
    """An ordinary order to the same unit counts as usual."""
    driver = handed_over()
    driver.apply(refusal(), at=at("03-11 09:10"))
    assert figures_of(driver, "fire") == {"handed_over": 1}
    ordinary = uuid5(CASE, "hydrant")
    driver.apply(sample_events.dispatched(driver.now, ("1 work_day",), dispatch_id=ordinary, unit_id="fire", role="co"))
    driver.apply(sample_events.signed(ordinary, "fire"))
    assert figures_of(driver, "fire") == {
        "handed_over": 1,
        "dispatched": 1,
        "pending_handling": 1,
        "sign_due": 1,
        "signed_on_time": 1,
    }


def test_a_transferred_case_counts_for_the_street_and_not_for_the_service() -> None:
    """It led, acknowledged late and did not contact the reporter."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(sample_events.received(MORNING, reporter_ref=uuid5(CASE, "voice")), at=MORNING)
    driver.apply(sample_events.filed(MORNING, ("1 urgent_hour",), emergency=True))
    driver.apply(
        sample_events.dispatched(
            MORNING,
            ("1 urgent_hour",),
            dispatch_id=FIRE,
            unit_id="fire",
            sign_due_at=at("03-11 09:05"),
            handover={"agency": "119", "mode": "transfer"},
        )
    )
    driver.advance_to(at("03-11 12:00"))
    driver.apply(acknowledgement())
    assert driver.events_of(CaseClosed)
    assert figures_of(driver, "fire") == {"handed_over": 1, "acknowledged": 1, "acknowledgement_minutes": 180}
    assert figures_of(driver, HOME[:9])["emergency_due"] == 1
    assert driver.count("closed_by_hand", DESK.id) == 0, "recording the acknowledgement is no closing by hand"


def test_a_reopened_case_goes_back_to_the_service_that_leads_it() -> None:
    """The service still has the case and gets a new clock."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(
        sample_events.received(MORNING), sample_events.filed(MORNING, ("1 urgent_hour",), emergency=True), at=MORNING
    )
    driver.apply(
        sample_events.dispatched(
            MORNING,
            ("1 urgent_hour",),
            dispatch_id=FIRE,
            unit_id="fire",
            handover={"agency": "119", "mode": "transfer"},
        )
    )
    driver.apply(acknowledgement(), at=at("03-11 09:03"))
    assert driver.events_of(CaseClosed)
    driver.run(case_actions.reopen, "仍有浓烟", sample_district.person("shift_lead"))
    assert [each.dispatch_id for each in driver.events_of(ReworkOrdered)] == [FIRE]
    assert driver.status == "rework"
