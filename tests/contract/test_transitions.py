"""The table of transitions agrees with the function that derives statuses, on every row and every random history."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.base import Event
from contracts.case_state import ENDED, STAGE_OF, CaseState
from contracts.case_steps import STEPS, fold
from contracts.transitions import ACTIONS, FACTS, ROLES, STATUSES, TABLE, Transition, after, from_status
from contracts.transitions.model import Before
from tests.contract import random_histories, status_histories
from tests.contract.random_histories import random_history
from tests.support.rows import failing_rows

ROOT = Path(__file__).parents[2]
EDGES = [(row, before) for row in TABLE for before in row.before]


def name(edge: tuple[Transition, Before]) -> str:
    row, before = edge
    return f"{before or 'nothing'}--{row.fact.__name__}--{row.after}{'-concurrent' if row.concurrent else ''}"


def fold_all(history: tuple[Event, ...]) -> CaseState:
    state = CaseState()
    for event in history:
        fold(state, event)
    return state


def test_a_short_history_ends_in_every_status() -> None:

    def check(status: Before) -> None:
        assert fold_all(status_histories.HISTORIES[status]).status == status

    assert failing_rows(check, ((status,) for status in sorted(STAGE_OF))) == []


def test_every_row_leads_from_its_status_to_its_new_status() -> None:
    """The statuses are those that `fold` derives."""

    def check(edge: tuple[Transition, Before]) -> None:
        row, before = edge
        history = status_histories.history_before(row, before)
        state = fold_all((*history, *status_histories.events_before(row, before)))
        assert (state.status if history else "") == before
        fold(state, status_histories.event_of(row, before))
        assert state.status == row.after

    assert failing_rows(check, ((edge,) for edge in EDGES)) == []


def test_the_table_covers_every_event_that_changes_the_case_state() -> None:
    """A new event in `fold` needs its rows here."""
    assert {row.fact for row in TABLE} == set(STEPS)


def test_no_row_stands_twice() -> None:
    """Two rows may share their statuses only if different people act or the condition differs."""
    said = [(row.fact, before, row.after, row.who) for row, before in EDGES]
    assert len(said) == len(set(said))


@settings(max_examples=600, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_every_status_change_of_a_random_history_is_a_row(seed: int, order: int) -> None:
    """Four services state events concurrently; any order of arrival is allowed."""
    state = CaseState()
    before: Before = ""
    for event in random_histories.arrival_order(random_history(seed), Random(order), causes=True):
        fold(state, event)
        assert state.status == before or state.status in after(before, type(event)), (before, type(event).__name__)
        before = state.status
    assert before, "the history has at least one event"


def test_random_histories_use_four_of_five_ordinary_rows() -> None:
    """Without this check the test above could pass on histories in which little happens."""
    walked: set[tuple[str, str, str]] = set()
    for seed in range(1500):
        state = CaseState()
        before = ""
        for event in random_histories.arrival_order(random_history(seed), Random(seed), causes=True):
            fold(state, event)
            walked.add((before, type(event).__name__, state.status))
            before = state.status
    assert before, "the history has at least one event"
    ordinary = {
        (before, row.fact.__name__, row.after) for row, before in EDGES if not row.concurrent and before != row.after
    }
    assert len(ordinary & walked) / len(ordinary) > 0.8, sorted(ordinary - walked)


def test_every_status_can_be_reached_and_only_final_statuses_cannot_be_left() -> None:
    assert {row.after for row in TABLE if not row.concurrent} == set(STAGE_OF)
    assert {status for status in STAGE_OF if not from_status(status)} == ENDED - {"evaluated", "attached"}  # type: ignore[arg-type]


def test_only_crossed_rows_have_no_actor_and_only_people_have_actions() -> None:
    assert [name((row, row.before[0])) for row in TABLE if bool(row.who) == row.concurrent] == []
    assert [name((row, row.before[0])) for row in TABLE if row.action and row.who == ("system",)] == []


def test_the_table_names_every_status_event_role_and_action_in_both_languages() -> None:
    """A refusal names statuses and actions in the words of the pages."""
    assert set(STAGE_OF) <= set(STATUSES)
    assert {row.fact for row in TABLE} == set(FACTS)
    assert {role for row in TABLE for role in row.who} <= set(ROLES)
    assert {row.action for row in TABLE if row.action} <= set(ACTIONS)
    assert [name((row, row.before[0])) for row in TABLE if not (row.zh and row.en)] == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_pages_and_refusals_use_the_same_word_for_a_status(language: str) -> None:
    shown = json.loads((ROOT / f"services/console/locales/{language}.json").read_text("utf-8"))
    words = {f"status.{status}": word.en if language == "en" else word.zh for status, word in STATUSES.items()}
    on_pages = words.keys() & shown.keys()
    assert on_pages
    assert {key: shown[key] for key in on_pages} == {key: words[key] for key in on_pages}
