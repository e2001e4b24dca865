"""The published rules of counting and the books agree: both follow the definition in `contracts.figures`."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.figures import FIGURES, PATROL_FIGURES, SUBJECTS, Subject
from contracts.figures.counting_rules import EVERY_MILESTONE, SHIFT_BEGINS, counting_rules
from services.supervision.api.ledgers import scores as ledgers
from services.supervision.domain.evaluation.scorecards import Count, SubjectName, scorecard
from tests.support.counting_rules import figures_with
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.test_scorecards import SAMPLE
from tests.unit.supervision.town import at


def test_a_missed_first_milestone_makes_the_order_late() -> None:
    """And the rate of completions in time says so."""
    life = Life(town.town())
    life.hear(
        town.received(at("03-11 09:00")),
        town.filed(at("03-11 09:00"), ("1 urgent_hour", "2 work_day")),
        at=at("03-11 09:00"),
    )
    life.hear(town.dispatched(at("03-11 09:00"), ("1 urgent_hour", "2 work_day")), town.signed())
    life.until(at("03-11 11:00"))
    life.hear(town.completed())
    assert (life.count("handling_due"), life.count("overdue"), life.count("completed_on_time")) == (1, 1, 0)
    assert EVERY_MILESTONE in counting_rules("unit", ("completed_on_time",))
    assert EVERY_MILESTONE not in counting_rules("unit", ("signed_on_time",))


def test_rounds_count_in_the_month_in_which_their_shift_begins() -> None:
    assert figures_with(SHIFT_BEGINS) == {("officer", figure) for figure in PATROL_FIGURES}


@pytest.mark.parametrize("kind", SUBJECTS)
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_published_formula_says_all_that_applies(kind: Subject, language: str) -> None:
    """On the page and by the API (`counting`), and in the export."""
    rule = SAMPLE[f"{kind}.2026-01"]
    counts = {figure: Count(9) for figure in FIGURES[kind]}
    card = scorecard(kind, SubjectName("x", "某", "X"), "2026-03", counts, rule)
    _, meanings = ledgers.of_scorecards([card], kind, rule, language)
    exported: dict[Any, str] = {row[0]: str(row[2]) async for row in meanings.rows}
    for rate in card.rates:
        expected = counting_rules(kind, (*rate.numerator_figures, *rate.denominator_figures))
        assert rate.counting == expected
        text = exported[rate.name_en if language == "en" else rate.name]
        assert all((note.en if language == "en" else note.zh) in text for note in expected), rate.rate
