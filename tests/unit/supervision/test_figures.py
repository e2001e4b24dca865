"""Every figure that is defined is counted, and no rate leaves 0 to 1, whatever happens to a case."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from itertools import chain

from contracts.figures import DEADLINES, FIGURES, ROUNDS
from contracts.generate import ROOT
from contracts.registry import ScoreRule
from services.supervision.domain.books.facts import Key
from tests.unit.supervision.life import Life
from tests.unit.supervision.walks import Walk

RULES = [
    ScoreRule.from_body(json.loads(line))
    for line in (ROOT / "deploy/districts/lijin/score_rules.jsonl").read_text("utf-8").splitlines()
]
TIMES = {"rework_rate", "return_rate", "extension_rate"}
"""What may happen to one order several times: on the average more than once."""


@cache
def lives() -> tuple[Life, ...]:
    """By seed."""
    return tuple(Walk(seed).life for seed in range(120))


def counting(life: Life) -> set[Key]:
    """The facts that count."""
    return {Key.parse(text) for text, fact in life.state.books.facts.items() if fact.counts}


def test_what_is_kept_or_missed_was_due_and_nothing_is_both() -> None:
    """Of each subject and thing, also after appeals, corrections, storms and what was found wrong."""
    for seed, life in enumerate(lives()):
        facts = counting(life)
        for key in facts:
            for each in DEADLINES:
                if key.figure in (each.kept, each.missed):
                    assert key._replace(figure=each.due) in facts, (seed, key)
                assert not (key.figure == each.kept and key._replace(figure=each.missed) in facts), (seed, key)


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
        for rate in (each for each in rule.rates if each.measure == "share" and each.id not in TIMES):
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
    counted = {(each.key.kind, each.key.figure) for each in chain.from_iterable(life.booked for life in lives())}
    defined = {(kind, figure) for kind, found in FIGURES.items() if kind != "county" for figure in found}
    assert {pair for pair in defined if pair[1] not in ROUNDS} - counted == set()
