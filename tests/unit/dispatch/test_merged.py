"""并案 and hand-overs: an acknowledged hand-over continues, its results reach the host, and undoing the merge restores
it.
"""

from __future__ import annotations

from uuid import UUID, uuid5

import pytest

from contracts.base import Event
from contracts.events import acceptance, command, handling, supervision
from contracts.events.discovery import External
from contracts.handover import Handover, HandoverLink
from contracts.webhooks import HandoverMessage
from services.chassis.cases import Aggregate, Case, MoreCasesNeeded
from services.dispatch.domain.dispatches import answers, merge_target
from services.dispatch.domain.dispatches.answers import LockedDispatch
from services.dispatch.domain.dispatches.problems import DispatchNotOpenForThis
from tests.unit.dispatch.case_driver import AGENCY, UNIT, CaseDriver, handed_over, upstream_messages
from tests.unit.dispatch.sample_district import MORNING, make_district
from tests.unit.dispatch.sample_events import AFTER, CASE, DESK, REPORT, assignment, closed, filed, routed

HOST = uuid5(CASE, "host")
MERGED = acceptance.CaseAttached(host_case_id=HOST, host_case_number="LJ-9", rule="merged", decided_by=DESK)
UNDONE = acceptance.CaseDetached(host_case_id=HOST, decided_by=DESK)


def envelopes(driver: CaseDriver) -> list[Handover]:
    return [webhook.data for who, webhook in driver.webhooks if who == "fire" and isinstance(webhook, HandoverMessage)]


def led_by_fire(*more: command.Assignment) -> CaseDriver:
    return CaseDriver().apply(filed(emergency=True), routed(assignment("fire", handover=AGENCY), *more)).sign("fire")


def test_a_merge_leaves_an_acknowledged_hand_over_and_names_the_host() -> None:
    driver = handed_over().sign("fire").apply(MERGED)
    assert [each.dispatch_id for each in driver.events_of(command.DispatchWithdrawn)] == [
        driver.dispatch_of("sanitation").id
    ]
    message = envelopes(driver)[-1]
    assert (message.kind, message.link) == ("Update", HandoverLink(direction="PARENT", other_id="LJ-9"))
    assert "LJ-9" in message.note
    assert "dispatch.withdrawn" not in driver.webhook_types("fire")
    driver.run("fire", lambda on: answers.report_result(on, UNIT, "已扑灭"))
    assert driver.last(handling.WorkCompleted).note == "已扑灭"


def test_an_unacknowledged_hand_over_is_cancelled_and_names_the_host() -> None:
    driver = handed_over().apply(MERGED)
    assert (envelopes(driver)[-1].kind, "LJ-9" in envelopes(driver)[-1].note) == ("Cancel", True)
    with pytest.raises(DispatchNotOpenForThis):
        driver.run("fire", lambda on: answers.report_result(on, UNIT, "已扑灭"))


def forward_result(driver: CaseDriver, host: CaseDriver) -> handling.ProgressReported:
    """Report a result of the merged case; return the event stated about the host."""
    case = Case(
        HOST, Aggregate(), host.state, service="dispatch", now=host.now, district=make_district(), cause="answer"
    )

    def answer(on: LockedDispatch) -> None:
        with pytest.raises(MoreCasesNeeded):
            merge_target.host_of({}, on)
        found = merge_target.host_of({HOST: case}, on)
        assert found is case
        answers.report_result(on, UNIT, "已扑灭")
        merge_target.forward_to_host(on, found)

    driver.run("fire", answer)
    (stated,) = [each.event for each in case.emitted]
    assert isinstance(stated, handling.ProgressReported)
    host.record(case)
    return stated


def test_the_result_of_a_merged_hand_over_is_reported_to_the_host_and_its_responders() -> None:
    host = CaseDriver()
    host.transactions = 100  # the ids of its dispatches must differ
    host.apply(
        filed(emergency=True), routed(assignment("sanitation"), assignment("fire", "first_response", handover=AGENCY))
    )
    driver = handed_over().sign("fire").apply(MERGED)
    stated = forward_result(driver, host)
    assert (stated.note, stated.outcome, stated.merged_case_number) == ("已扑灭", "solved", "LJ-20261123-000001")
    assert stated.dispatch_id == driver.dispatch_of("fire").id
    assert (envelopes(host)[-1].kind, "已扑灭" in envelopes(host)[-1].note) == ("Update", True)


def test_undoing_a_merge_restores_an_acknowledged_hand_over_without_a_second_call() -> None:
    driver = handed_over().sign("fire").apply(MERGED, UNDONE)
    assert driver.dispatch_of("fire").status == "handling"
    message = envelopes(driver)[-1]
    assert (message.kind, message.link) == ("Update", HandoverLink(direction="UNLINK", other_id="LJ-9"))
    assert driver.webhook_types("fire").count("dispatch.created") == 1
    assert driver.webhook_types("fire")[-2:] == ["dispatch.reopened", "handover.message"]


@pytest.mark.parametrize("co", [False, True])
def test_work_completed_during_a_merge_counts_once_the_others_are_done(co: bool) -> None:
    """The co-unit's dispatch was withdrawn and must be created again first."""
    driver = led_by_fire(*[assignment("sanitation", "co")] * co).apply(MERGED)
    driver.run("fire", lambda on: answers.report_result(on, UNIT, "已扑灭"))
    assert driver.events_of(handling.HandlingCompleted) == []
    driver.apply(UNDONE)
    assert len(driver.events_of(handling.HandlingCompleted)) == (not co)
    if co:
        driver.apply(routed(assignment("sanitation", "co"), round_=2)).complete("sanitation", AFTER)
    assert len(driver.events_of(handling.HandlingCompleted)) == 1


def test_merge_and_close_are_undone_independently() -> None:
    """Events of two services may cross."""
    reopened = supervision.CaseReopened(reason="by_hand", reopened_by=DESK)
    assert handed_over().apply(closed(), MERGED, reopened).state.ended == "merged"
    assert handed_over().apply(MERGED, closed(), UNDONE).state.ended == "closed"
    assert handed_over().apply(MERGED, closed(), UNDONE, reopened).state.ended == ""


@pytest.mark.parametrize(
    "ends", [(MERGED, UNDONE), (closed(), supervision.CaseReopened(reason="by_hand", reopened_by=DESK))]
)
def test_a_decision_that_crossed_an_end_of_the_case_is_ignored(ends: tuple[Event, Event]) -> None:
    """Routing decides again; two decisions would make two leads."""
    driver = CaseDriver().apply(filed())
    applied_by_routing = dict(driver.aggregate.applied)
    driver.apply(*ends)
    now, driver.aggregate.applied = driver.aggregate.applied, applied_by_routing
    driver.apply(routed(assignment("sanitation")))
    assert driver.state.dispatches == []
    driver.aggregate.applied = now
    driver.apply(routed(assignment("sanitation"), round_=2))
    assert [each.round for each in driver.state.dispatches] == [2]


def test_first_responders_are_dispatched_although_the_lead_has_completed() -> None:
    """Corrected to an emergency during completion: only the new lead is dropped."""
    driver = (
        CaseDriver().apply(filed(), routed(assignment("sanitation"))).sign("sanitation").complete("sanitation", AFTER)
    )
    driver.apply(
        routed(
            assignment("housing"),
            assignment("parks", "co"),
            assignment("fire", "first_response", handover=AGENCY),
            round_=2,
        )
    )
    assert [(each.unit_id, each.round) for each in driver.state.dispatches] == [("sanitation", 1), ("fire", 2)]


def test_an_upstream_report_attached_to_a_closed_case_gets_its_result_at_once() -> None:
    joined = acceptance.ReportJoined(
        report_id=REPORT,
        attached_case_id=UUID(int=7),
        attached_case_number="LJ-2",
        channel="upstream",
        reported_at=MORNING,
        external=External(number="DY-2"),
    )
    driver = (
        CaseDriver().apply(filed(), routed(assignment("sanitation"))).sign("sanitation").complete("sanitation", AFTER)
    )
    driver.apply(closed(), joined)
    assert upstream_messages(driver) == [("report.closed", "solved")]
    assert driver.webhooks[-1][1].data.note == "已清理"
