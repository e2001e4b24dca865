"""Sources speak concurrently: whatever order a reader meets their facts in, equal sets of facts give equal states."""

from __future__ import annotations

from collections import Counter
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.case_state import STAGE_OF, CaseState, DispatchState, fold
from contracts.events import handling
from tests.contract import lives
from tests.contract.golden_lives import dispatched
from tests.contract.lives import Told, live

seeds = st.integers(0, 2**32 - 1)


def state_of(life: list[Told], chance: Random, *, causes: bool) -> CaseState:
    state = CaseState()
    for event in lives.arrive(life, chance, causes=causes):
        fold(state, event)
    return state


@settings(max_examples=500)
@given(seeds, seeds)
def test_readers_that_wait_for_causes_agree_on_everything(seed: int, order: int) -> None:
    """The rule that the board, the units' pages and supervision stand on."""
    life, chance = live(seed), Random(order)
    one, other = (state_of(life, chance, causes=True) for _ in range(2))
    assert one == other
    assert list(one.dispatches) == list(other.dispatches)
    assert (one.status, one.stage, one.pending_supervision) == (other.status, other.stage, {})


@settings(max_examples=500)
@given(seeds, seeds)
def test_even_without_waiting_the_end_is_the_same(seed: int, order: int) -> None:
    """Keeping each source's own order is enough for the status: no source overwrites what another said."""
    life, chance = live(seed), Random(order)
    one, other = (state_of(life, chance, causes=False) for _ in range(2))
    assert one == other
    assert one == state_of(life, chance, causes=True)
    assert (one.status, one.stage) == (other.status, other.stage)


@settings(max_examples=100)
@given(seeds)
def test_every_service_that_has_heard_everything_sees_the_same(seed: int) -> None:
    """What one service believes equals what a stranger folds from the log."""
    life = live(seed)
    assert state_of(life, Random(1), causes=True) == state_of(life, Random(2), causes=True)


@settings(max_examples=100)
@given(seeds)
def test_a_state_comes_back_from_its_json(seed: int) -> None:
    """Services keep it with their state of the case."""
    state = state_of(live(seed), Random(0), causes=True)
    assert CaseState.model_validate_json(state.model_dump_json(exclude_defaults=True)) == state


def test_the_lives_tested_are_not_all_alike() -> None:
    """Lives must reach every part of the table, or the tests above prove little."""
    ends = Counter(state_of(live(seed), Random(0), causes=True).status for seed in range(900))
    assert set(ends) == set(STAGE_OF)
    assert ends.most_common(1)[0][1] < 300


@pytest.mark.parametrize("status", sorted(STAGE_OF))
def test_every_status_belongs_to_a_stage(status: str) -> None:
    assert STAGE_OF[status] in {"discovery", "acceptance", "command", "handling", "supervision", "evaluation"}


def test_the_lead_is_the_same_whatever_order_a_store_gives_its_keys_back_in() -> None:
    """jsonb sorts the keys of an object; the last lead is the last that was made, not the last key."""
    first, second = UUID(int=2), UUID(int=1)
    state = CaseState(
        dispatches={
            first: DispatchState(unit_id="one", role="lead", place=0, dispatch_status="completed", completed_round=0),
            second: DispatchState(unit_id="two", role="lead", place=1),
        }
    )
    sorted_by_store = state.model_copy(update={"dispatches": dict(sorted(state.dispatches.items()))})
    assert state.lead == sorted_by_store.lead == state.dispatches[second]


def test_a_lead_that_another_has_followed_leads_no_more_when_that_one_gives_it_back() -> None:
    """待改派: it keeps the place safe, and somebody must be found; else the case would look as if it were in hand."""
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
