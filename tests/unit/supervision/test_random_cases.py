"""Rules of the figures that hold for 120 random cases, which are computed once for the tests of this module."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from itertools import chain

from contracts.figures import DEADLINES, FIGURES, PATROL_FIGURES, STANDING_PREFIX
from contracts.figures.counting_rules import APPEALED, NOT_IN_STORMS, ORDERED_ONLY
from contracts.generate import ROOT
from contracts.registry import ScoreRule
from services.supervision.domain.evaluation.score_entries.facts import FactKey
from tests.support.counting_rules import figures_with
from tests.unit.supervision.life import Life
from tests.unit.supervision.walks import Walk

RULES = [
    ScoreRule.from_body(json.loads(line))
    for line in (ROOT / "deploy/districts/lijin/score_rules.jsonl").read_text("utf-8").splitlines()
]


@cache
def lives() -> tuple[Life, ...]:
    """By seed."""
    return tuple(Walk(seed).life for seed in range(120))


def counting(life: Life) -> set[FactKey]:
    """The facts that count."""
    return {FactKey.parse(text) for text, fact in life.state.scores.facts.items() if fact.counts}


def test_what_is_kept_or_missed_was_due_and_nothing_is_both() -> None:
    """Of each subject and thing, also after appeals, corrections, storms and what was found wrong."""
    for seed, life in enumerate(lives()):
        facts = counting(life)
        for key in facts:
            for each in DEADLINES:
                if key.figure in (each.kept, each.missed):
                    assert key._replace(figure=each.due) in facts, (seed, key)
                assert not (key.figure == each.kept and key._replace(figure=each.missed) in facts), (seed, key)


def test_what_came_of_a_fact_alone_counts_only_while_that_does() -> None:
    """Whatever it does not count for: an appeal, a correction, a storm."""
    seen = 0
    for seed, life in enumerate(lives()):
        facts = life.state.scores.facts
        for text, fact in facts.items():
            assert not (fact.depends_on and fact.counts and not facts[fact.depends_on].counts), (seed, text)
            seen += bool(fact.depends_on)
    assert seen


def test_no_rate_leaves_0_to_1() -> None:
    """Of any subject, in the sum of the months of any life."""
    for seed, life in enumerate(lives()):
        _rates_hold(life, seed)


def _rates_hold(life: Life, seed: int) -> None:
    sums = Counter[tuple[str, str, str]]()
    for each in life.booked:
        sums[each.key.kind, each.key.subject_id, each.key.figure] += each.value
    assert min(sums.values()) >= 0
    for kind, subject in {key[:2] for key in sums}:
        rule = next(each for each in RULES if each.subject == kind)
        for rate in (each for each in rule.rates if each.measure == "share"):
            above, below = (
                sum(sums[kind, subject, each] for each in part) for part in (rate.numerator, rate.denominator)
            )
            assert above <= below, (seed, kind, subject, rate.id)


def test_a_recount_of_random_lives_comes_to_the_same_books() -> None:
    """From the events alone, booking by booking."""
    for seed, life in enumerate(lives()):
        assert life.recounted() == set(life.booked), seed


def test_every_figure_that_is_defined_is_counted_of_its_subject() -> None:
    """No column that stays empty for ever. (That every count is defined, each life in these tests checks.)"""
    assert FIGURES["county"] == FIGURES["street"], "the county shows what its streets count"
    counted = {(each.key.kind, each.key.figure) for each in chain.from_iterable(life.booked for life in lives())}
    defined = {(kind, figure) for kind, found in FIGURES.items() if kind != "county" for figure in found}
    assert {pair for pair in defined if pair[1] not in PATROL_FIGURES} - counted == set()


def test_of_a_case_that_is_over_nothing_stands() -> None:
    """And the books know standing figures by their names."""
    assert all(
        figure.startswith(STANDING_PREFIX) == (meaning.basis == "standing")
        for each in FIGURES.values()
        for figure, meaning in each.items()
    )
    for seed, life in enumerate(lives()):
        standing = [key for key in counting(life) if FIGURES[key.kind][key.figure].basis == "standing"]
        waits = [key.figure for key in standing if key.kind == "street" and not key.figure.endswith("_overdue")]
        assert len(waits) <= 1, seed
        late = {key._replace(figure="pending_handling") for key in standing if key.figure == "pending_handling_overdue"}
        assert {key for key in late if key.kind == "street"} <= set(standing), seed
        assert not (standing and life.flow.closed), seed


def _of(text: str) -> tuple[str, str]:
    key = FactKey.parse(text)
    return key.kind, key.figure


def test_nothing_counts_in_a_storm_that_is_published_as_spared() -> None:
    spared = figures_with(NOT_IN_STORMS)
    storms = [life for life in lives() if life.state.scores.storm]
    assert storms
    found = {(key.kind, key.figure) for life in storms for key in counting(life)}
    assert not found & spared
    assert found, "everything else counts on"
    struck = {
        _of(text) for life in storms for text, fact in life.state.scores.facts.items() if fact.reversed_for == "storm"
    }
    assert struck
    assert struck <= spared


def test_an_upheld_appeal_takes_out_what_is_published_and_nothing_else() -> None:
    exempt = {
        _of(text) for life in lives() for text, fact in life.state.scores.facts.items() if fact.reversed_for == "exempt"
    }
    assert exempt
    assert exempt <= figures_with(APPEALED)


def test_no_deadline_of_a_coordinated_unit_counts() -> None:
    asked_only = figures_with(ORDERED_ONLY)
    checked = 0
    for life in lives():
        asked = {str(key) for key, order in life.state.scores.dispatches.items() if order.coordinated}
        for key in counting(life):
            if key.kind == "unit" and key.about in asked:
                checked += 1
                assert (key.kind, key.figure) not in asked_only, key
    assert checked, "what is no deadline of theirs counts"
