"""Whatever units, dispatchers and the other services do, in whatever order: what must always hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.case_state import CaseState, fold
from contracts.events import acceptance, command, handling, supervision
from contracts.events.command import HandoverTarget
from contracts.webhooks import HandoverMessage
from services.chassis.problems import Problem
from services.dispatch.domain.dispatches import actions, answers, returns
from services.dispatch.domain.dispatches.answers import LockedDispatch
from services.dispatch.domain.dispatches.state import Dispatch
from tests.unit.dispatch.kit import AFTER, DESK, UNIT, House, filed, routed, to

UNITS = ("sanitation", "housing", "parks", "property")

ANSWERS: dict[str, Callable[[LockedDispatch], Any]] = {
    "sign": lambda on: answers.sign(on, UNIT),
    "request-return": lambda on: returns.request_return(on, UNIT, "not_our_function", "不归我们", None),
    "accept-return": lambda on: returns.accept_return(on, DESK, "同意"),
    "refuse-return": lambda on: returns.refuse_return(on, DESK, "不同意"),
    "refuse-handover": lambda on: answers.refuse_handover(on, UNIT, "无火情"),
    "assign": lambda on: answers.assign_crew(on, UNIT, "一组"),
    "revoke": lambda on: answers.revoke_crew(on, UNIT),
    "progress": lambda on: answers.report_progress(on, UNIT, "进展", None, ()),
    "complete": lambda on: answers.complete(on, UNIT, "solved", "完成", (AFTER,)),
    "request-extension": lambda on: answers.request_extension(on, UNIT, "雨天"),
    "request-suspension": lambda on: answers.request_suspension(on, UNIT, on.case.now + timedelta(days=9), "待"),
    "release-co-unit": lambda on: answers.release_co_unit(
        on, UNIT, next((each for each in on.case.state.dispatches if each.role == "co" and each.open), None), "无事"
    ),
}


def re_route(house: House, number: int) -> list[Any]:
    leads = [each.id for each in house.state.dispatches if each.role == "lead" and each.open]
    return [routed(to(UNITS[number % 4]), round_=2 + len(house.state.dispatches), withdrawn=tuple(leads))]


def rework(house: House, _: int) -> list[Any]:
    lead = house.state.lead()
    if lead is None or lead.status != "completed":
        return []
    reopened = [supervision.CaseReopened(reason="by_hand", reopened_by=DESK)] if house.state.ended == "closed" else []
    return [
        *reopened,
        supervision.ReworkOrdered(
            dispatch_id=lead.id,
            unit_id=lead.unit_id,
            round=house.state.rework_round + 1,
            reason="recheck_failed",
            note="还有",
            milestones=lead.milestones,
        ),
    ]


def suspend(house: House, _: int) -> list[Any]:
    lead = house.state.lead()
    if lead is None or lead.suspension_requested_until is None:
        return []
    return [
        supervision.SuspensionDecided(
            dispatch_id=lead.id,
            unit_id=lead.unit_id,
            granted=True,
            until=lead.suspension_requested_until,
            decided_by=DESK,
        )
    ]


def resume(house: House, _: int) -> list[Any]:
    return [
        supervision.SuspensionEnded(dispatch_id=each.id, unit_id=each.unit_id, milestones=each.milestones)
        for each in house.state.dispatches
        if each.suspended
    ]


def close(_: House, __: int) -> list[Any]:
    return [supervision.CaseClosed(outcome="forced", closing_condition_met=False, forced=True, closed_by=DESK)]


def void(_: House, __: int) -> list[Any]:
    return [acceptance.CaseVoided(note="误立", decided_by=DESK)]


OTHERS = {"re-route": re_route, "rework": rework, "suspend": suspend, "resume": resume, "close": close, "void": void}

turns = st.lists(
    st.tuples(st.sampled_from([*ANSWERS, *ANSWERS, *OTHERS]), st.integers(0, 3), st.integers(0, 90)), max_size=25
)


@settings(max_examples=300)
@given(turns, st.booleans(), st.sampled_from(["", "first_response", "lead"]))
def test_what_always_holds(steps: list[tuple[str, int, int]], joint: bool, called_in: str) -> None:
    house = House()
    shared = CaseState()
    seen = 0

    def hear(*events: Any) -> None:
        for event in events:
            house.hear(event)
            fold(shared, event)
            catch_up()

    def catch_up() -> None:
        nonlocal seen
        for event in house.said[seen:]:
            fold(shared, event)
        seen = len(house.said)

    lead = to("sanitation") if called_in != "lead" else to("fire", handover=HandoverTarget(agency="119"))
    beside = (
        [to("fire", "first_response", handover=HandoverTarget(agency="119"))] if called_in == "first_response" else []
    )
    hear(filed(), routed(lead, *([to("housing", "co"), to("parks", "co")] if joint else []), *beside))
    for what, number, minutes in steps:
        house.later(minutes=minutes)
        if what in OTHERS:
            hear(*OTHERS[what](house, number))
        else:
            _call(house, what, number)
            catch_up()
        _check(house, shared)


def _call(house: House, what: str, number: int) -> None:
    order = house.state.dispatches[number % len(house.state.dispatches)]
    offered = what in actions.possible_actions(house.state, order, house.at, house.district.settings)
    before, refused = house.state.model_dump_json(), None
    try:
        house.do(order.unit_id, _on(order, ANSWERS[what]))
    except Problem as problem:
        refused = problem
    if refused is not None:
        assert house.state.model_dump_json() == before, "a refusal changes nothing"
        assert not offered or refused.type() in ("/problems/extension-not-possible", "/problems/dispatch-unknown")


def _on(order: Dispatch, act: Callable[[LockedDispatch], Any]) -> Callable[[LockedDispatch], Any]:
    """The call is about this very order, not about the unit's latest."""

    def call(on: LockedDispatch) -> None:
        found = on.case.state.find(order.id)
        assert found is not None
        act(LockedDispatch(on.case, found, on.filed_case))

    return call


def _check(house: House, shared: CaseState) -> None:
    told_of = [webhook.data for _, webhook in house.told if not isinstance(webhook, HandoverMessage)]
    for order in house.state.dispatches:
        assert shared.dispatches[order.id].status == order.status, "every reader of the log sees the same status"
        told = [data.sequence for data in told_of if data.dispatch_id == order.id]
        assert told == list(range(1, len(told) + 1)), "messages are numbered without gaps"
        assert order.awaiting_reassignment is False or not house.state.ended
    if house.state.ended:
        kept = [each for each in house.state.dispatches if each.open]
        assert all(each.held_by_emergency_service for each in kept), (
            "an ended case leaves open only what an emergency service has acknowledged"
        )
    completions = [each.rework_round for each in house.all(handling.HandlingCompleted)]
    assert completions == sorted(set(completions)), "handled once for each round"
    signed = [each.dispatch_id for each in house.all(handling.DispatchSigned)]
    assert len(signed) == len(set(signed)), "an order is signed once"
    assert len({data.dispatch_id for data in told_of}) == len(house.all(command.CaseDispatched))
