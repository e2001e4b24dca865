"""Properties of dispatches that hold for any sequence of actions and events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.case_state import CaseState
from contracts.case_steps import fold
from contracts.events import command, handling
from contracts.events.command import HandoverTarget
from contracts.webhooks import HandoverMessage
from services.chassis.problems import Problem
from services.dispatch.domain.dispatches import actions
from services.dispatch.domain.dispatches.answers import LockedDispatch
from services.dispatch.domain.dispatches.state import Dispatch
from tests.unit.dispatch.case_driver import CaseDriver
from tests.unit.dispatch.random_actions import (
    OTHER_EVENTS,
    UNIT_ACTIONS,
)
from tests.unit.dispatch.sample_events import assignment, filed, routed

turns = st.lists(
    st.tuples(st.sampled_from([*UNIT_ACTIONS, *UNIT_ACTIONS, *OTHER_EVENTS]), st.integers(0, 3), st.integers(0, 90)),
    max_size=25,
)


@settings(max_examples=300)
@given(turns, st.booleans(), st.sampled_from(["", "first_response", "lead"]))
def test_invariants_hold_after_every_step(steps: list[tuple[str, int, int]], joint: bool, called_in: str) -> None:
    driver = CaseDriver()
    shared = CaseState()
    seen = 0

    def apply_all(*events: Any) -> None:
        for event in events:
            driver.apply(event)
            fold(shared, event)
            catch_up()

    def catch_up() -> None:
        nonlocal seen
        for event in driver.events[seen:]:
            fold(shared, event)
        seen = len(driver.events)

    lead = (
        assignment("sanitation") if called_in != "lead" else assignment("fire", handover=HandoverTarget(agency="119"))
    )
    beside = (
        [assignment("fire", "first_response", handover=HandoverTarget(agency="119"))]
        if called_in == "first_response"
        else []
    )
    apply_all(
        filed(), routed(lead, *([assignment("housing", "co"), assignment("parks", "co")] if joint else []), *beside)
    )
    for what, number, minutes in steps:
        driver.advance(minutes=minutes)
        if what in OTHER_EVENTS:
            apply_all(*OTHER_EVENTS[what](driver, number))
        else:
            _act(driver, what, number)
            catch_up()
        _check_invariants(driver, shared)


def _act(driver: CaseDriver, what: str, number: int) -> None:
    dispatch = driver.state.dispatches[number % len(driver.state.dispatches)]
    offered = what in actions.possible_actions(driver.state, dispatch, driver.now, driver.district.settings)
    before, refused = driver.state.model_dump_json(), None
    try:
        driver.run(dispatch.unit_id, _on_dispatch(dispatch, UNIT_ACTIONS[what]))
    except Problem as problem:
        refused = problem
    if refused is not None:
        assert driver.state.model_dump_json() == before, "a refusal changed the state"
        assert not offered or refused.type() in ("/problems/extension-not-possible", "/problems/dispatch-unknown")


def _on_dispatch(dispatch: Dispatch, act: Callable[[LockedDispatch], Any]) -> Callable[[LockedDispatch], Any]:
    """Run the action on this dispatch instead of the unit's latest one."""

    def call(on: LockedDispatch) -> None:
        found = on.case.state.find(dispatch.id)
        assert found is not None
        act(LockedDispatch(on.case, found, on.filed_case))

    return call


def _check_invariants(driver: CaseDriver, shared: CaseState) -> None:
    webhook_data = [webhook.data for _, webhook in driver.webhooks if not isinstance(webhook, HandoverMessage)]
    for dispatch in driver.state.dispatches:
        assert shared.dispatches[dispatch.id].status == dispatch.status, "the case state has another status"
        sequences = [data.sequence for data in webhook_data if data.dispatch_id == dispatch.id]
        assert sequences == list(range(1, len(sequences) + 1)), "messages have gaps in their numbers"
        assert dispatch.awaiting_reassignment is False or not driver.state.ended
    if driver.state.ended:
        open_dispatches = [each for each in driver.state.dispatches if each.open]
        assert all(each.held_by_emergency_service for each in open_dispatches), (
            "an ended case has an open dispatch that is not an acknowledged hand-over"
        )
    completions = [each.rework_round for each in driver.events_of(handling.HandlingCompleted)]
    assert completions == sorted(set(completions)), "handled twice in a round"
    signed = [each.dispatch_id for each in driver.events_of(handling.DispatchSigned)]
    assert len(signed) == len(set(signed)), "a dispatch was signed twice"
    assert len({data.dispatch_id for data in webhook_data}) == len(driver.events_of(command.CaseDispatched))
