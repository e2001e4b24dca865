"""The published counting rules agree with the definitions in `contracts.figures`."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.figures import FIGURES, PATROL_FIGURES, SUBJECTS, Subject
from contracts.figures.counting_rules import EVERY_MILESTONE, SHIFT_BEGINS, counting_rules
from services.supervision.api.ledgers import scores as ledgers
from services.supervision.domain.evaluation.scorecards import Count, SubjectName, scorecard
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import at
from tests.unit.supervision.score_rules import SCORE_RULES, figures_with_note


def test_a_missed_first_milestone_makes_the_dispatch_late() -> None:
    """The note of the rate of completions on time states this rule."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(
        sample_events.received(at("03-11 09:00")),
        sample_events.filed(at("03-11 09:00"), ("1 urgent_hour", "2 work_day")),
        at=at("03-11 09:00"),
    )
    driver.apply(sample_events.dispatched(at("03-11 09:00"), ("1 urgent_hour", "2 work_day")), sample_events.signed())
    driver.advance_to(at("03-11 11:00"))
    driver.apply(sample_events.completed())
    assert (driver.count("handling_due"), driver.count("overdue"), driver.count("completed_on_time")) == (1, 1, 0)
    assert EVERY_MILESTONE in counting_rules("unit", ("completed_on_time",))
    assert EVERY_MILESTONE not in counting_rules("unit", ("signed_on_time",))


def test_patrol_rounds_count_in_the_month_in_which_their_shift_begins() -> None:
    assert figures_with_note(SHIFT_BEGINS) == {("officer", figure) for figure in PATROL_FIGURES}


@pytest.mark.parametrize("kind", SUBJECTS)
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_published_formula_has_all_its_notes(kind: Subject, language: str) -> None:
    """The API shows them as `counting`, the export in its second sheet."""
    rule = SCORE_RULES[f"{kind}.2026-01"]
    counts = {figure: Count(9) for figure in FIGURES[kind]}
    card = scorecard(kind, SubjectName("x", "某", "X"), "2026-03", counts, rule)
    _, meanings = ledgers.of_scorecards([card], kind, rule, language)
    exported: dict[Any, str] = {row[0]: str(row[2]) async for row in meanings.rows}
    for rate in card.rates:
        expected = counting_rules(kind, (*rate.numerator_figures, *rate.denominator_figures))
        assert rate.counting == expected
        text = exported[rate.name_en if language == "en" else rate.name]
        assert all((note.en if language == "en" else note.zh) in text for note in expected), rate.rate
