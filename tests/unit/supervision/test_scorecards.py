"""Figures and rates: every figure is counted somewhere, every rate says what it divides by what."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.clocks.calendar import SHANGHAI
from services.supervision import store
from services.supervision.domain.facts import Kind
from services.supervision.domain.scorecards import FIGURES, RATES, scorecard

DOMAIN = Path(store.__file__).parent / "domain"


@pytest.mark.parametrize(
    ("counts", "rate", "expected"),
    [
        ({"completed_on_time": 3, "handling_due": 4}, "on_time_rate", (3, 4, 0.75)),
        ({"recheck_passed": 9, "recheck_failed": 1}, "recheck_pass_rate", (9, 10, 0.9)),
        ({"feedback_satisfied": 1, "feedback_fair": 1, "feedback_dissatisfied": 1}, "satisfied_rate", (2, 3, 0.6667)),
        ({"feedback_solved": 2}, "solved_rate", (2, 2, 1.0)),
        ({"reworked": 1}, "rework_rate", (1, 0, None)),
    ],
)
def test_a_rate_names_numerator_and_denominator(
    counts: dict[str, int], rate: str, expected: tuple[int, int, float | None]
) -> None:
    """Nothing due is no rate at all, which is not the same as zero."""
    card = scorecard("unit", ("sanitation", "环卫", "Sanitation"), "2026-03", counts)
    found = next(each for each in card.rates if each.rate == rate)
    assert (found.numerator, found.denominator, found.value) == expected


@pytest.mark.parametrize("kind", ["unit", "officer"])
def test_rates_are_made_of_figures_that_are_shown(kind: Kind) -> None:
    """From a rate to its figures, from a figure to its cases."""
    for rate in RATES[kind].values():
        assert set(rate.numerator) | set(rate.denominator) <= set(FIGURES[kind])


def test_every_figure_shown_is_counted_somewhere() -> None:
    """No column that stays empty for ever. (That every count is shown, each life in these tests checks.)"""
    source = "".join(file.read_text() for file in DOMAIN.glob("*.py") if file.name != "scorecards.py")
    counted = set(re.findall(r'"([a-z_]+)"', source))
    made = {
        "extension_requested",
        "suspension_requested",
        *(f"feedback_{each}" for each in ("satisfied", "fair", "dissatisfied")),
    }
    for figures in FIGURES.values():
        assert set(figures) <= counted | made


def test_months_are_months_in_shanghai() -> None:
    """New Year's night counts for January there, whatever UTC says."""
    assert store.month_of(datetime(2026, 12, 31, 16, 30, tzinfo=UTC), SHANGHAI) == "2027-01"
    assert store.month_of(datetime(2026, 12, 31, 15, 30, tzinfo=UTC), SHANGHAI) == "2026-12"
