"""The generated parts of the domain pages agree with the code."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from contracts.clocks import Calendar, Deadline, deadline
from contracts.clocks.calendar import SHANGHAI
from contracts.generate import ROOT, drift, write
from contracts.generate.clocks.stories import STORIES
from contracts.generate.clocks.tables import EXAMPLES, READINGS, STAGES, START
from contracts.generate.domain_pages import PAGES, fill
from contracts.registry.settings import StageLimits
from contracts.transitions import TABLE

EXAMPLES_BY_HAND = (
    "02-13 18:00",
    "02-13 19:30",
    "02-16 17:30",
    "02-14 11:30",
    "02-14 17:30",
    "02-14 18:00",
    "02-24 17:30",
)
"""When each example is due, counted on a wall calendar of February 2026."""

READINGS_BY_HAND = (
    ("03-12 08:30", "03-12 18:00"),
    ("03-16 17:30", "03-16 18:00"),
    ("03-16 18:00", "03-16 18:00"),
    ("03-16 08:30", "03-16 18:00"),
    ("03-11 14:30", "03-11 14:30"),
)
"""The two readings, counted on the same wall calendar."""

STORIES_BY_HAND = {
    "A return is requested and refused": ("03-13 15:00", "stands still", "03-13 17:00"),
    "A suspension over the National Day holiday": ("10-08 09:00", "stands still", "10-10 15:00"),
    "An extension": ("03-09 10:00", "03-16 10:00", "03-23 10:00"),
    "A rework: half the limit": ("03-20 09:00", "03-17 16:00", "03-17 16:00"),
    "Counted from the next shift": ("03-15 00:10", "03-15 08:30", "03-15 09:00"),
    "Into a year whose holidays are not announced": ("2032-01-02 10:00 provisional", "2032-01-04 10:00"),
    "A district with other office hours": ("03-11 16:00", "03-11 15:30", "03-12 10:00", "03-12 10:00"),
    "A deadline of the upstream platform": ("03-16 10:00", "03-13 17:00", "03-16 10:00"),
    "Milestones: made safe, then fixed": ("03-13 18:00", "03-18 16:00", "03-18 16:00"),
}
"""When each step of each story is due, counted on wall calendars of 2026 and 2032."""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_agrees_with_the_code(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    assert fill(text, PAGES[page]) == text


def test_worked_examples_match_the_deadlines_counted_by_hand() -> None:
    found = [deadline(START, each.limit, Calendar(reading=each.reading)).due_at for each in EXAMPLES]
    assert found == [datetime.strptime(f"2026-{each} +0800", "%Y-%m-%d %H:%M %z") for each in EXAMPLES_BY_HAND]
    units = {each.limit.unit for each in EXAMPLES}
    assert units == {"urgent_minute", "urgent_hour", "natural_day", "work_hour", "work_day"}
    assert {each.reading for each in EXAMPLES} == {"consumed", "end_of_day"}
    assert START.tzinfo is SHANGHAI


def test_both_readings_of_a_work_day_match_the_deadlines_counted_by_hand() -> None:
    calendars = (Calendar(reading="consumed"), Calendar(reading="end_of_day"))
    found = [tuple(_written(deadline(start, limit, each)) for each in calendars) for start, limit, _ in READINGS]
    assert found == list(READINGS_BY_HAND)


def test_every_clock_story_matches_the_deadlines_counted_by_hand() -> None:
    """Covers pauses, extensions, rework, the next shift, an unannounced year, other office hours and an external
    deadline.
    """
    assert {story.title.en: tuple(_written(step.due) for step in story.steps) for story in STORIES} == STORIES_BY_HAND


def test_the_page_shows_every_limit_that_a_district_may_set() -> None:
    assert set(STAGES) == set(StageLimits.model_fields)


def _written(due: Deadline | None) -> str:
    if due is None:
        return "stands still"
    local = due.due_at.astimezone(SHANGHAI)
    written = local.strftime("%m-%d %H:%M" if local.year == START.year else "%Y-%m-%d %H:%M")
    return f"{written} provisional" if due.provisional else written


def test_writing_restores_the_generated_part_and_keeps_the_rest(tmp_path: Path) -> None:
    write(tmp_path)
    page = tmp_path / "docs/domain.md"
    page.write_text("Ours.\n<!-- generated: statuses -->\n| wrong |\n<!-- end -->\nOurs too.\n")
    assert drift(tmp_path) == ["docs/domain.md: differs from the models"]
    write(tmp_path)
    text = page.read_text("utf-8")
    assert (text.startswith("Ours.\n"), text.endswith("Ours too.\n"), "wrong" in text) == (True, True, False)


@pytest.mark.parametrize("page", PAGES)
def test_the_diagram_has_an_arrow_for_every_transition(page: str) -> None:
    """The arrow may start at the status or at the box around all filed cases."""
    text = (ROOT / page).read_text("utf-8")
    changes = {
        (before, row.after) for row in TABLE if not row.concurrent for before in row.before if before != row.after
    }
    assert changes
    for before, after in sorted(changes):
        arrows = (f"  {before or '[*]'} --> {after}: ", f"  filed --> {after}: ")
        assert any(arrow in text for arrow in arrows), (before, after)
