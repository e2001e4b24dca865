"""Hand-overs when our part of the case ends or is reopened."""

from __future__ import annotations

import pytest

from contracts.base import Event
from contracts.events import acceptance, command, handling, supervision
from services.dispatch.domain.dispatches import answers
from services.dispatch.domain.dispatches.problems import DispatchNotOpenForThis
from tests.unit.dispatch.case_driver import AGENCY, UNIT, dispatched, envelopes, handed_over
from tests.unit.dispatch.sample_events import AFTER, DESK, assignment, closed


@pytest.mark.parametrize("mode", ["joint", "transfer"])
def test_an_acknowledged_hand_over_is_not_withdrawn_when_our_part_ends(mode: str) -> None:
    """The service keeps the case, and its later results are accepted."""
    driver = handed_over(mode=mode).sign("fire").apply(closed("handed_over" if mode == "transfer" else "solved"))
    assert [each.dispatch_id for each in driver.events_of(command.DispatchWithdrawn)] == [
        driver.dispatch_of("sanitation").id
    ]
    assert [each.kind for each in envelopes(driver)] == ["Alert", "Update"]
    assert "仍由贵方办理" in envelopes(driver)[-1].note
    assert driver.webhook_types("fire")[-1] == "handover.message"
    assert "dispatch.withdrawn" not in driver.webhook_types("fire")
    assert not driver.state.is_awaited(driver.dispatch_of("fire")), "our centre does not wait for it"
    driver.run("fire", lambda on: answers.report_progress(on, UNIT, "火势已控制", None, ()))
    driver.run("fire", lambda on: answers.complete(on, UNIT, "solved", "已扑灭", ()))
    assert (driver.last(handling.ProgressReported).note, driver.last(handling.WorkCompleted).note) == (
        "火势已控制",
        "已扑灭",
    )
    assert (driver.dispatch_of("fire").status, driver.state.ended) == ("completed", "closed")
    assert driver.events_of(handling.HandlingCompleted) == [], "the end of our part does not change"


def test_an_unacknowledged_hand_over_is_cancelled_when_our_part_ends() -> None:
    driver = handed_over().sign("sanitation").complete("sanitation", AFTER).apply(closed())
    assert [each.kind for each in envelopes(driver)] == ["Alert", "Cancel"]
    with pytest.raises(DispatchNotOpenForThis):
        driver.run("fire", lambda on: answers.complete(on, UNIT, "solved", "已扑灭", ()))


ENDS = pytest.mark.parametrize(
    "end",
    [
        acceptance.CaseVoided(note="误报", decided_by=DESK),
        acceptance.CaseNotFiled(reason="not_ours", note="误报", decided_by=DESK),
        acceptance.CaseWithdrawn(note="误报", withdrawn_by=DESK),
    ],
    ids=["voided", "not filed", "withdrawn"],
)


@ENDS
def test_an_acknowledged_hand_over_continues_when_the_case_ends_as_wrong(end: Event) -> None:
    """§10.4: after the `Ack` the service decides whether to continue, and its result is accepted."""
    driver = handed_over().sign("fire").apply(end)
    message = envelopes(driver)[-1]
    assert (message.kind, message.note.endswith("误报"), "`Result`" in message.note) == ("Update", True, True)
    assert [each.dispatch_id for each in driver.events_of(command.DispatchWithdrawn)] == [
        driver.dispatch_of("sanitation").id
    ]
    driver.run("fire", lambda on: answers.report_result(on, UNIT, "到场无警情"))
    assert (driver.dispatch_of("fire").status, driver.last(handling.WorkCompleted).note) == ("completed", "到场无警情")


@ENDS
def test_an_unacknowledged_hand_over_is_cancelled_when_the_case_ends_as_wrong(end: Event) -> None:
    driver = handed_over().apply(end)
    assert [(each.kind, each.note) for each in envelopes(driver)][-1] == ("Cancel", "误报")
    assert driver.dispatch_of("fire").status == "withdrawn"


def test_a_service_that_still_works_is_told_of_a_reopening() -> None:
    driver = handed_over().sign("fire").apply(closed(), supervision.CaseReopened(reason="by_hand", reopened_by=DESK))
    assert driver.webhook_types("fire")[-4:] == [
        "dispatch.closed",
        "handover.message",
        "dispatch.reopened",
        "handover.message",
    ]
    assert envelopes(driver)[-1].note == "重新处置 The case is open again."
    assert driver.state.is_awaited(driver.dispatch_of("fire"))


def test_the_end_of_a_confidential_case_is_reported_without_text() -> None:
    driver = dispatched(assignment("fire", "first_response", handover=AGENCY), emergency=True, confidential=True).sign(
        "fire"
    )
    driver.apply(closed("handed_over", "张三平安"))
    assert not [each for each in driver.webhooks if "张三" in each[1].model_dump_json()]
