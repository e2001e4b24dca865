"""Rules of the figures on 120 random cases."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import chain

from contracts.figures import DEADLINES, FIGURES, PATROL_FIGURES, STANDING_PREFIX
from contracts.figures.counting_rules import APPEALED, NOT_IN_STORMS, ORDERED_ONLY
from services.supervision.domain.evaluation.score_entries.facts import FactKey
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.random_walk import RandomWalk
from tests.unit.supervision.score_rules import SCORE_RULES, figures_with_note


@cache
def random_cases() -> tuple[CaseDriver, ...]:
    """Return the random cases by seed."""
    return tuple(RandomWalk(seed).driver for seed in range(120))


def counted_facts(driver: CaseDriver) -> set[FactKey]:
    """Return the facts that count."""
    return {FactKey.parse(text) for text, fact in driver.state.scores.facts.items() if fact.counts}


def test_a_kept_or_missed_deadline_was_due_and_is_not_both() -> None:
    """This holds for each subject, also after appeals, corrections and storms."""
    for seed, driver in enumerate(random_cases()):
        facts = counted_facts(driver)
        for key in facts:
            for each in DEADLINES:
                if key.figure in (each.kept, each.missed):
                    assert key._replace(figure=each.due) in facts, (seed, key)
                assert not (key.figure == each.kept and key._replace(figure=each.missed) in facts), (seed, key)


def test_a_fact_that_depends_on_another_counts_only_while_that_one_counts() -> None:
    """The reason may be an appeal, a correction or a storm."""
    seen = 0
    for seed, driver in enumerate(random_cases()):
        facts = driver.state.scores.facts
        for text, fact in facts.items():
            assert not (fact.depends_on and fact.counts and not facts[fact.depends_on].counts), (seed, text)
            seen += bool(fact.depends_on)
    assert seen


def test_no_rate_leaves_the_range_from_0_to_1() -> None:
    """This holds for every subject of every case, summed over all months."""
    for seed, driver in enumerate(random_cases()):
        check_rates(driver, seed)


def check_rates(driver: CaseDriver, seed: int) -> None:
    """Check that no sum is negative and no rate exceeds 1."""
    sums = Counter[tuple[str, str, str]]()
    for each in driver.score_entries:
        sums[each.key.kind, each.key.subject_id, each.key.figure] += each.value
    assert min(sums.values()) >= 0
    for kind, subject in {key[:2] for key in sums}:
        rule = next(each for each in SCORE_RULES.values() if each.subject == kind)
        for rate in (each for each in rule.rates if each.measure == "share"):
            above, below = (
                sum(sums[kind, subject, each] for each in part) for part in (rate.numerator, rate.denominator)
            )
            assert above <= below, (seed, kind, subject, rate.id)


def test_score_entries_recomputed_from_the_events_are_equal() -> None:
    for seed, driver in enumerate(random_cases()):
        assert driver.recompute_entries() == set(driver.score_entries), seed


def test_every_defined_figure_is_counted_in_some_case() -> None:
    assert FIGURES["county"] == FIGURES["street"], "the county shows what its streets count"
    counted = {
        (each.key.kind, each.key.figure)
        for each in chain.from_iterable(driver.score_entries for driver in random_cases())
    }
    defined = {(kind, figure) for kind, found in FIGURES.items() if kind != "county" for figure in found}
    assert {pair for pair in defined if pair[1] not in PATROL_FIGURES} - counted == set()


def test_a_closed_case_has_no_pending_figures() -> None:
    """A standing figure counts open work, such as pending dispatches. Its name begins with `STANDING_PREFIX`."""
    assert all(
        figure.startswith(STANDING_PREFIX) == (meaning.basis == "standing")
        for each in FIGURES.values()
        for figure, meaning in each.items()
    )
    for seed, driver in enumerate(random_cases()):
        standing = [key for key in counted_facts(driver) if FIGURES[key.kind][key.figure].basis == "standing"]
        waits = [key.figure for key in standing if key.kind == "street" and not key.figure.endswith("_overdue")]
        assert len(waits) <= 1, seed
        late = {key._replace(figure="pending_handling") for key in standing if key.figure == "pending_handling_overdue"}
        assert {key for key in late if key.kind == "street"} <= set(standing), seed
        assert not (standing and driver.flow.closed), seed


def _kind_and_figure(text: str) -> tuple[str, str]:
    key = FactKey.parse(text)
    return key.kind, key.figure


def test_figures_spared_in_storms_do_not_count_in_a_storm() -> None:
    spared = figures_with_note(NOT_IN_STORMS)
    storms = [driver for driver in random_cases() if driver.state.scores.storm]
    assert storms
    found = {(key.kind, key.figure) for driver in storms for key in counted_facts(driver)}
    assert not found & spared
    assert found, "other figures count"
    reversed_figures = {
        _kind_and_figure(text)
        for driver in storms
        for text, fact in driver.state.scores.facts.items()
        if fact.reversed_for == "storm"
    }
    assert reversed_figures
    assert reversed_figures <= spared


def test_an_upheld_appeal_removes_only_the_published_figures() -> None:
    exempt = {
        _kind_and_figure(text)
        for driver in random_cases()
        for text, fact in driver.state.scores.facts.items()
        if fact.reversed_for == "exempt"
    }
    assert exempt
    assert exempt <= figures_with_note(APPEALED)


def test_no_deadline_of_a_coordinated_unit_counts() -> None:
    asked_only = figures_with_note(ORDERED_ONLY)
    checked = 0
    for driver in random_cases():
        asked = {str(key) for key, order in driver.state.scores.dispatches.items() if order.coordinated}
        for key in counted_facts(driver):
            if key.kind == "unit" and key.about in asked:
                checked += 1
                assert (key.kind, key.figure) not in asked_only, key
    assert checked, "no figure of a coordinated unit was checked"
