"""Services that apply the same events in different orders derive the same case state."""

from __future__ import annotations

from collections import Counter
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.case_state import STAGE_OF, CaseState, DispatchState
from contracts.case_steps import fold
from contracts.events import handling
from tests.contract import random_histories
from tests.contract.random_histories import StatedEvent, random_history
from tests.contract.status_histories import dispatched

seeds = st.integers(0, 2**32 - 1)


def fold_in_random_order(history: list[StatedEvent], chance: Random, *, causes: bool) -> CaseState:
    state = CaseState()
    for event in random_histories.arrival_order(history, chance, causes=causes):
        fold(state, event)
    return state


@settings(max_examples=500)
@given(seeds, seeds)
def test_readers_that_respect_dependencies_agree_on_the_whole_state(seed: int, order: int) -> None:
    """The board, the units' pages and supervision rely on this rule."""
    history, chance = random_history(seed), Random(order)
    one, other = (fold_in_random_order(history, chance, causes=True) for _ in range(2))
    assert one == other
    assert list(one.dispatches) == list(other.dispatches)
    assert (one.status, one.stage, one.pending_supervision) == (other.status, other.stage, {})


@settings(max_examples=500)
@given(seeds, seeds)
def test_readers_that_ignore_dependencies_end_in_the_same_state(seed: int, order: int) -> None:
    """The order within each source is enough, because no source overwrites what another source states."""
    history, chance = random_history(seed), Random(order)
    one, other = (fold_in_random_order(history, chance, causes=False) for _ in range(2))
    assert one == other
    assert one == fold_in_random_order(history, chance, causes=True)
    assert (one.status, one.stage) == (other.status, other.stage)


@settings(max_examples=100)
@given(seeds)
def test_two_complete_readers_derive_the_same_state(seed: int) -> None:
    history = random_history(seed)
    assert fold_in_random_order(history, Random(1), causes=True) == fold_in_random_order(
        history, Random(2), causes=True
    )


@settings(max_examples=100)
@given(seeds)
def test_a_state_survives_json(seed: int) -> None:
    """Services store it with their own state of the case."""
    state = fold_in_random_order(random_history(seed), Random(0), causes=True)
    assert CaseState.model_validate_json(state.model_dump_json(exclude_defaults=True)) == state


def test_random_histories_end_in_every_status() -> None:
    """Without this check the tests above could pass on histories that are all alike."""
    ends = Counter(fold_in_random_order(random_history(seed), Random(0), causes=True).status for seed in range(900))
    assert set(ends) == set(STAGE_OF)
    assert ends.most_common(1)[0][1] < 300


@pytest.mark.parametrize("status", sorted(STAGE_OF))
def test_every_status_belongs_to_a_stage(status: str) -> None:
    assert STAGE_OF[status] in {"discovery", "acceptance", "command", "handling", "supervision", "evaluation"}


def test_the_latest_lead_does_not_depend_on_the_order_of_keys() -> None:
    """jsonb sorts the keys of an object. The lead is the dispatch stated last, not the last key."""
    first, second = UUID(int=2), UUID(int=1)
    state = CaseState(
        dispatches={
            first: DispatchState(unit_id="one", role="lead", place=0, dispatch_status="completed", completed_round=0),
            second: DispatchState(unit_id="two", role="lead", place=1),
        }
    )
    sorted_by_store = state.model_copy(update={"dispatches": dict(sorted(state.dispatches.items()))})
    assert state.lead == sorted_by_store.lead == state.dispatches[second]


def test_a_former_lead_does_not_lead_again_when_its_successor_returns_the_dispatch() -> None:
    """待改派: the former lead keeps the place safe, but the case waits for a new dispatch."""
    state, first, second = CaseState(filed=True), UUID(int=1), UUID(int=2)
    given_back = handling.ReturnAccepted.model_validate(
        {
            "dispatch_id": second,
            "unit_id": "u",
            "role": "lead",
            "reason": "not_our_function",
            "decided_by": {"kind": "system", "id": "gridloop"},
        }
    )
    for event in (dispatched(first), dispatched(second), given_back):
        fold(state, event)
    assert state.dispatches[first].open
    assert (state.lead, state.status) == (None, "awaiting_dispatch")
