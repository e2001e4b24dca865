"""Hand-overs 移交: an emergency service accepts or refuses by message or by phone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.events import command, handling
from contracts.events.command import HandoverTarget
from contracts.events.handling import PhoneEntry
from services.dispatch.domain.dispatches import answers
from services.dispatch.domain.dispatches.actions import possible_actions
from services.dispatch.domain.dispatches.answers import Responder
from services.dispatch.domain.dispatches.problems import DispatchNotOpenForThis, EvidenceMissing, PhoneEntryNeeded
from tests.unit.dispatch.case_driver import AGENCY, UNIT, dispatched, handed_over
from tests.unit.dispatch.sample_district import MORNING
from tests.unit.dispatch.sample_events import DESK, assignment, routed

PHONE_CALL = PhoneEntry(contact="119 指挥中心 07 席", at=MORNING)
BY_DESK = Responder(DESK, for_unit=True)


def test_an_emergency_service_accepts_or_refuses_and_has_no_other_requests() -> None:
    driver = handed_over()
    settings = driver.district.settings
    offered = possible_actions(driver.state, driver.dispatch_of("fire"), driver.now, settings)
    assert {"sign", "refuse-handover", "progress", "complete"} <= set(offered)
    assert not {"request-return", "request-extension", "request-suspension"} & set(offered)
    assert "refuse-handover" not in possible_actions(
        driver.state, driver.dispatch_of("sanitation"), driver.now, settings
    )


def test_a_refusal_ends_the_hand_over_and_nothing_else() -> None:
    driver = handed_over().run("fire", lambda on: answers.refuse_handover(on, UNIT, "无火情"))
    stated = driver.last(handling.HandoverRefused)
    assert (stated.unit_id, stated.role, stated.note) == ("fire", "first_response", "无火情")
    assert driver.dispatch_of("fire").status == "returned"
    assert driver.dispatch_of("sanitation").status == "awaiting_signature"
    driver.run("fire", lambda on: answers.refuse_handover(on, UNIT, "无火情"))
    assert len(driver.events_of(handling.HandoverRefused)) == 1


def test_an_acknowledged_hand_over_cannot_be_refused() -> None:
    driver = handed_over().sign("fire")
    with pytest.raises(DispatchNotOpenForThis) as refused:
        driver.run("fire", lambda on: answers.refuse_handover(on, UNIT, "无火情"))
    assert "complete" in refused.value.members["possible"]


def test_progress_before_the_acknowledgement_does_not_accept_the_hand_over() -> None:
    """§10.4: the case is ours until an `Ack`. The progress is recorded, and the service may still refuse."""
    driver = handed_over().run("fire", lambda on: answers.report_progress(on, UNIT, "已出动两车", None, ()))
    assert driver.last(handling.ProgressReported).note == "已出动两车"
    assert (driver.events_of(handling.DispatchSigned), driver.dispatch_of("fire").status) == ([], "awaiting_signature")
    driver.run("fire", lambda on: answers.refuse_handover(on, UNIT, "无火情"))
    assert driver.dispatch_of("fire").status == "returned"
    ours = dispatched(assignment("sanitation")).run(
        "sanitation", lambda on: answers.report_progress(on, UNIT, "已出发", None, ())
    )
    assert ours.dispatch_of("sanitation").status == "handling", "progress signs an ordinary dispatch"


def test_assigning_a_crew_or_completing_accepts_the_hand_over() -> None:
    crew = handed_over().run("fire", lambda on: answers.assign_crew(on, UNIT, "特勤一站"))
    assert crew.last(handling.DispatchSigned).accepted_by == "特勤一站"
    done = handed_over().run("fire", lambda on: answers.complete(on, UNIT, "solved", "已扑灭", ()))
    assert (done.dispatch_of("fire").status, len(done.events_of(handling.DispatchSigned))) == ("completed", 1)


def test_a_refusal_by_phone_records_the_call() -> None:
    driver = handed_over()
    with pytest.raises(PhoneEntryNeeded):
        driver.run("fire", lambda on: answers.refuse_handover(on, BY_DESK, "无火情"))
    driver.run("fire", lambda on: answers.refuse_handover(on, BY_DESK, "无火情", PHONE_CALL))
    assert driver.last(handling.HandoverRefused).by_phone == PHONE_CALL


def test_a_hand_over_by_phone_is_acknowledged_at_once() -> None:
    driver = handed_over(by_phone=PHONE_CALL)
    stated = driver.last(handling.DispatchSigned)
    assert (stated.unit_id, stated.by_phone) == ("fire", PHONE_CALL)
    assert driver.dispatch_of("fire").status == "handling"


def test_a_later_hand_over_leaves_other_dispatches_unchanged() -> None:
    driver = dispatched(assignment("sanitation")).sign("sanitation").advance(minutes=5)
    driver.apply(
        routed(assignment("fire", "first_response", handover=HandoverTarget(agency="119", mode="transfer")), round_=2)
    )
    assert driver.dispatch_of("sanitation").status == "handling"
    stated = driver.last(command.CaseDispatched)
    assert stated.handover == HandoverTarget(agency="119", mode="transfer")
    assert stated.sign_due_at == MORNING + timedelta(minutes=10)


@pytest.mark.parametrize(("confidential", "outcome"), [(False, "solved"), (True, "handled")])
@pytest.mark.parametrize("role", ["lead", "co", "first_response"])
def test_a_result_message_completes_every_kind_of_hand_over(role: str, confidential: bool, outcome: str) -> None:
    """It has one text and no photos, also for a confidential case and a leading service."""
    driver = dispatched(assignment("sanitation"), assignment("fire", role, handover=AGENCY), confidential=confidential)
    driver.run("fire", lambda on: answers.report_result(on, UNIT, "已扑灭", "07 席"))
    assert driver.last(handling.WorkCompleted).outcome == outcome
    assert driver.last(handling.DispatchSigned).accepted_by == "07 席", "a result acknowledges the hand-over"


def test_an_ordinary_dispatch_to_an_emergency_service_needs_evidence() -> None:
    with pytest.raises(EvidenceMissing):
        dispatched(assignment("fire")).run("fire", lambda on: answers.complete(on, UNIT, "solved", "已扑灭", ()))
