"""数量分: points for the volume of a month by bands; they count only if an edition weighs them, and never alone."""

from __future__ import annotations

import pytest

from contracts.registry import ScoreItem, ScoreRule
from services.supervision.domain.evaluation.scorecards import Count, Scorecard, SubjectName, scorecard
from tests.unit.supervision.score_rules import SCORE_RULES

CLERK, UNIT = SCORE_RULES["intake_clerk.2026-01"], SCORE_RULES["unit.2026-01"]


def card(rule: ScoreRule, months: int = 1, **counts: int) -> Scorecard:
    found = {figure: Count(value) for figure, value in counts.items()}
    return scorecard(rule.subject, SubjectName("x", "某", "X"), "2026-03", found, rule, months)


@pytest.mark.parametrize(
    ("accepted", "points"),
    [(-3, 0), (0, 0), (100, 0), (101, 40), (300, 40), (301, 60), (501, 75), (1200, 75), (1201, 90), (2001, 100)],
)
def test_a_volume_has_the_points_of_its_band(accepted: int, points: float) -> None:
    """Corrections can make a month negative; its points are those of zero."""
    assert card(CLERK, filed=accepted).volumes[0].score == points


@pytest.mark.parametrize(("orders", "points"), [(0, 100), (50, 100), (51, 90), (200, 75), (1000, 40), (1001, 0)])
def test_points_fall_where_many_are_a_bad_sign(orders: int, points: float) -> None:
    assert card(UNIT, dispatched=orders).volumes[0].score == points


def test_a_longer_period_is_scored_by_its_mean_month() -> None:
    """Future months do not count as idle."""
    found = card(CLERK, months=3, filed=500, not_filed=300, answered=110).volumes[0]
    assert (found.value, found.monthly, found.score) == (910, 303.33, 60)


def test_a_volume_is_scored_only_if_the_edition_weighs_it() -> None:
    """The weight is data: the same counts, another edition."""
    counts = {"filing_due": 10, "filed_on_time": 5, "filed": 600}
    shown = card(CLERK, **counts)
    items = (ScoreItem(rate="filing_on_time_rate", weight=75), ScoreItem(rate="acceptance_volume", weight=25))
    weighed = card(CLERK.model_copy(update={"items": items}), **counts)
    assert (shown.volumes[0].weight, weighed.volumes[0].weight) == (0, 25)
    assert (weighed.score, weighed.scored_weight) == (50 * 0.75 + 75 * 0.25, 1)
    assert shown.score == round((50 * 0.5 + 100 * 0.3) / 0.8, 2)


def test_volumes_alone_make_no_score() -> None:
    """A subject with nothing due gets no grade for it."""
    items = (ScoreItem(rate="on_time_rate", weight=90), ScoreItem(rate="case_volume", weight=10))
    found = card(UNIT.model_copy(update={"items": items}))
    assert (found.volumes[0].score, found.score, found.grade, found.scored_weight) == (100, None, None, 0)
