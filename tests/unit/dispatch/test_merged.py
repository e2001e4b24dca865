"""并案 and what an emergency service has acknowledged: it goes on there, its answers reach the host, and the undoing
finds it.
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
from tests.unit.dispatch.kit import AFTER, CASE, DESK, MORNING, REPORT, UNIT, House, district, filed, routed, to
from tests.unit.dispatch.test_above import closed, heard
from tests.unit.dispatch.test_handovers import AGENCY, handed_over

HOST = uuid5(CASE, "host")
MERGED = acceptance.CaseAttached(host_case_id=HOST, host_case_number="LJ-9", rule="merged", decided_by=DESK)
UNDONE = acceptance.CaseDetached(host_case_id=HOST, decided_by=DESK)


def envelopes(house: House) -> list[Handover]:
    return [webhook.data for who, webhook in house.told if who == "fire" and isinstance(webhook, HandoverMessage)]


def led_by_fire(*more: command.Assignment) -> House:
    return House().hear(filed(emergency=True), routed(to("fire", handover=AGENCY), *more)).sign("fire")


def test_a_merge_takes_nothing_from_who_has_acknowledged_and_says_where_it_goes_on() -> None:
    house = handed_over().sign("fire").hear(MERGED)
    assert [each.dispatch_id for each in house.all(command.DispatchWithdrawn)] == [house.order("sanitation").id]
    told = envelopes(house)[-1]
    assert (told.kind, told.link) == ("Update", HandoverLink(direction="PARENT", other_id="LJ-9"))
    assert "LJ-9" in told.note
    assert "dispatch.withdrawn" not in house.messages("fire")
    house.do("fire", lambda on: answers.report_result(on, UNIT, "已扑灭"))
    assert house.last(handling.WorkCompleted).note == "已扑灭"


def test_who_has_not_answered_hears_that_it_is_called_off_and_where_it_goes_on() -> None:
    house = handed_over().hear(MERGED)
    assert (envelopes(house)[-1].kind, "LJ-9" in envelopes(house)[-1].note) == ("Cancel", True)
    with pytest.raises(DispatchNotOpenForThis):
        house.do("fire", lambda on: answers.report_result(on, UNIT, "已扑灭"))


def passed_on(house: House, host: House) -> handling.ProgressReported:
    """The last answer, said of the host."""
    case = Case(HOST, Aggregate(), host.state, service="dispatch", now=host.at, district=district(), cause="answer")

    def answer(on: LockedDispatch) -> None:
        with pytest.raises(MoreCasesNeeded):
            merge_target.host_of({}, on)
        found = merge_target.host_of({HOST: case}, on)
        assert found is case
        answers.report_result(on, UNIT, "已扑灭")
        merge_target.forward_to_host(on, found)

    house.do("fire", answer)
    (said,) = [each.event for each in case.emitted]
    assert isinstance(said, handling.ProgressReported)
    host._keep(case)
    return said


def test_the_result_of_a_merged_hand_over_is_said_of_the_host_whose_helpers_hear_it() -> None:
    host = House()
    host.turn = 100  # another case, other orders
    host.hear(filed(emergency=True), routed(to("sanitation"), to("fire", "first_response", handover=AGENCY)))
    house = handed_over().sign("fire").hear(MERGED)
    said = passed_on(house, host)
    assert (said.note, said.outcome, said.merged_case_number) == ("已扑灭", "solved", "LJ-20261123-000001")
    assert said.dispatch_id == house.order("fire").id
    assert (envelopes(host)[-1].kind, "已扑灭" in envelopes(host)[-1].note) == ("Update", True)


def test_undone_who_had_acknowledged_still_has_it_and_nobody_is_called_twice() -> None:
    house = handed_over().sign("fire").hear(MERGED, UNDONE)
    assert house.order("fire").status == "handling"
    told = envelopes(house)[-1]
    assert (told.kind, told.link) == ("Update", HandoverLink(direction="UNLINK", other_id="LJ-9"))
    assert house.messages("fire").count("dispatch.created") == 1
    assert house.messages("fire")[-2:] == ["dispatch.reopened", "handover.message"]


@pytest.mark.parametrize("co", [False, True])
def test_what_the_lead_finished_while_merged_is_handled_once_all_others_have(co: bool) -> None:
    """Not before the co-unit, whose order was taken back, has had it again."""
    house = led_by_fire(*[to("sanitation", "co")] * co).hear(MERGED)
    house.do("fire", lambda on: answers.report_result(on, UNIT, "已扑灭"))
    assert house.all(handling.HandlingCompleted) == []
    house.hear(UNDONE)
    assert len(house.all(handling.HandlingCompleted)) == (not co)
    if co:
        house.hear(routed(to("sanitation", "co"), round_=2)).complete("sanitation", AFTER)
    assert len(house.all(handling.HandlingCompleted)) == 1


def test_reopened_while_it_is_merged_it_stays_merged_and_undone_while_it_is_closed_it_stays_closed() -> None:
    """Facts of two services cross, in either order."""
    reopened = supervision.CaseReopened(reason="by_hand", reopened_by=DESK)
    assert handed_over().hear(closed(), MERGED, reopened).state.ended == "merged"
    assert handed_over().hear(MERGED, closed(), UNDONE).state.ended == "closed"
    assert handed_over().hear(MERGED, closed(), UNDONE, reopened).state.ended == ""


@pytest.mark.parametrize(
    "ends", [(MERGED, UNDONE), (closed(), supervision.CaseReopened(reason="by_hand", reopened_by=DESK))]
)
def test_what_was_decided_before_routing_had_heard_of_an_end_is_overtaken(ends: tuple[Event, Event]) -> None:
    """It decides anew: two decisions would be two leads."""
    house = House().hear(filed())
    heard_by_routing = dict(house.aggregate.applied)
    house.hear(*ends)
    now, house.aggregate.applied = house.aggregate.applied, heard_by_routing
    house.hear(routed(to("sanitation")))
    assert house.state.dispatches == []
    house.aggregate.applied = now
    house.hear(routed(to("sanitation"), round_=2))
    assert [each.round for each in house.state.dispatches] == [2]


def test_whoever_makes_the_place_safe_is_sent_though_the_lead_has_completed_meanwhile() -> None:
    """Corrected to an emergency as it was being completed: the plan's hand-over must not be lost with the new lead."""
    house = House().hear(filed(), routed(to("sanitation"))).sign("sanitation").complete("sanitation", AFTER)
    house.hear(routed(to("housing"), to("parks", "co"), to("fire", "first_response", handover=AGENCY), round_=2))
    assert [(each.unit_id, each.round) for each in house.state.dispatches] == [("sanitation", 1), ("fire", 2)]


def test_an_order_from_above_that_joins_what_is_closed_has_its_result_at_once() -> None:
    joined = acceptance.ReportJoined(
        report_id=REPORT,
        attached_case_id=UUID(int=7),
        attached_case_number="LJ-2",
        channel="upstream",
        reported_at=MORNING,
        external=External(number="DY-2"),
    )
    house = House().hear(filed(), routed(to("sanitation"))).sign("sanitation").complete("sanitation", AFTER)
    house.hear(closed(), joined)
    assert heard(house) == [("report.closed", "solved")]
    assert house.told[-1][1].data.note == "已清理"
