"""The table of transitions and the function that derives statuses say the same: edge by edge, and on every
random life.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.base import Event
from contracts.case_state import _STEPS as STEPS
from contracts.case_state import ENDED, STAGE_OF, CaseState, fold
from contracts.transitions import ACTIONS, FACTS, ROLES, STATUSES, TABLE, Transition, after, from_status
from contracts.transitions.model import Before
from tests.contract import golden_lives, lives
from tests.contract.lives import live
from tests.support.rows import failing_rows

ROOT = Path(__file__).parents[2]
EDGES = [(row, before) for row in TABLE for before in row.before]


def name(edge: tuple[Transition, Before]) -> str:
    row, before = edge
    return f"{before or 'nothing'}--{row.fact.__name__}--{row.after}{'-concurrent' if row.concurrent else ''}"


def folded(life: tuple[Event, ...]) -> CaseState:
    state = CaseState()
    for event in life:
        fold(state, event)
    return state


def test_a_golden_life_stands_in_every_status() -> None:

    def check(status: Before) -> None:
        assert folded(golden_lives.LIVES[status]).status == status

    assert failing_rows(check, ((status,) for status in sorted(STAGE_OF))) == []


def test_every_row_is_walked_by_its_golden_life() -> None:
    """From the status, by the fact, to the status: as `fold` has it, not as the table wishes."""

    def check(edge: tuple[Transition, Before]) -> None:
        row, before = edge
        life = golden_lives.life_before(row, before)
        state = folded((*life, *golden_lives.special_lead_in(row, before)))
        assert (state.status if life else "") == before
        fold(state, golden_lives.fact_of(row, before))
        assert state.status == row.after

    assert failing_rows(check, ((edge,) for edge in EDGES)) == []


def test_every_fact_that_the_state_follows_from_is_in_the_table() -> None:
    """A fact that is new to `fold` must say here what it does."""
    assert {row.fact for row in TABLE} == set(STEPS)


def test_no_row_stands_twice() -> None:
    """Two rows may lead the same way only where different people do it, or on a different condition."""
    said = [(row.fact, before, row.after, row.who) for row, before in EDGES]
    assert len(said) == len(set(said))


@settings(max_examples=600, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_no_life_leaves_the_table(seed: int, order: int) -> None:
    """Four services speak at once; whatever order a reader hears them in, each change of status is a row."""
    state = CaseState()
    before: Before = ""
    for event in lives.arrive(live(seed), Random(order), causes=True):
        fold(state, event)
        assert state.status == before or state.status in after(before, type(event)), (before, type(event).__name__)
        before = state.status


def test_the_lives_tested_walk_nearly_the_whole_table() -> None:
    """Else the test above would prove little: four of five ordinary edges that change a status are walked by chance."""
    walked: set[tuple[str, str, str]] = set()
    for seed in range(1500):
        state = CaseState()
        before = ""
        for event in lives.arrive(live(seed), Random(seed), causes=True):
            fold(state, event)
            walked.add((before, type(event).__name__, state.status))
            before = state.status
    ordinary = {
        (before, row.fact.__name__, row.after) for row, before in EDGES if not row.concurrent and before != row.after
    }
    assert len(ordinary & walked) / len(ordinary) > 0.8, sorted(ordinary - walked)


def test_every_status_is_reached_and_every_one_that_is_no_end_is_left() -> None:
    """No dead corner: a case that is not over can always go on."""
    assert {row.after for row in TABLE if not row.concurrent} == set(STAGE_OF)
    assert {status for status in STAGE_OF if not from_status(status)} == ENDED - {"evaluated", "attached"}  # type: ignore[arg-type]


def test_only_rows_that_crossed_are_nobodys_doing() -> None:
    """Whoever turns a status into another is named, and only people have actions."""
    assert [name((row, row.before[0])) for row in TABLE if bool(row.who) == row.concurrent] == []
    assert [name((row, row.before[0])) for row in TABLE if row.action and row.who == ("system",)] == []


def test_the_table_has_words_for_everything_in_both_languages() -> None:
    """A refusal names statuses and actions as people know them."""
    assert set(STAGE_OF) <= set(STATUSES)
    assert {row.fact for row in TABLE} == set(FACTS)
    assert {role for row in TABLE for role in row.who} <= set(ROLES)
    assert {row.action for row in TABLE if row.action} <= set(ACTIONS)
    assert [name((row, row.before[0])) for row in TABLE if not (row.zh and row.en)] == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_pages_and_refusals_call_a_status_the_same(language: str) -> None:
    """One word for one thing, on the board and in the answer of the API."""
    shown = json.loads((ROOT / f"services/console/locales/{language}.json").read_text("utf-8"))
    for status, word in STATUSES.items():
        if f"status.{status}" in shown:
            assert shown[f"status.{status}"] == (word.en if language == "en" else word.zh)
