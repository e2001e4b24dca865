"""The rules' pages say what the code does: their tables, their picture and their examples are made from it."""

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

BY_HAND = ("02-13 18:00", "02-13 19:30", "02-16 17:30", "02-14 11:30", "02-14 17:30", "02-14 18:00", "02-24 17:30")
"""When each example is due, counted on a wall calendar of February 2026."""

READ_BY_HAND = (
    ("03-12 08:30", "03-12 18:00"),
    ("03-16 17:30", "03-16 18:00"),
    ("03-16 18:00", "03-16 18:00"),
    ("03-16 08:30", "03-16 18:00"),
    ("03-11 14:30", "03-11 14:30"),
)
"""The two readings, counted on the same wall calendar."""

TOLD_BY_HAND = {
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
def test_a_page_is_what_the_code_says(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    assert fill(text, PAGES[page]) == text


def test_the_worked_examples_are_right_and_show_every_unit() -> None:
    found = [deadline(START, each.limit, Calendar(reading=each.reading)).due_at for each in EXAMPLES]
    assert found == [datetime.strptime(f"2026-{each} +0800", "%Y-%m-%d %H:%M %z") for each in BY_HAND]
    units = {each.limit.unit for each in EXAMPLES}
    assert units == {"urgent_minute", "urgent_hour", "natural_day", "work_hour", "work_day"}
    assert {each.reading for each in EXAMPLES} == {"consumed", "end_of_day"}
    assert START.tzinfo is SHANGHAI


def test_both_readings_of_a_work_day_are_right_side_by_side() -> None:
    calendars = (Calendar(reading="consumed"), Calendar(reading="end_of_day"))
    found = [tuple(_said(deadline(start, limit, each)) for each in calendars) for start, limit, _ in READINGS]
    assert found == list(READ_BY_HAND)


def test_every_story_of_a_clock_comes_out_as_counted_by_hand() -> None:
    """Pauses, extensions, reworks, the next shift, a year not announced, other office hours, a deadline from
    outside.
    """
    assert {story.title.en: tuple(_said(step.due) for step in story.steps) for story in STORIES} == TOLD_BY_HAND


def test_the_page_has_the_limit_of_every_step() -> None:
    """A limit that a district may set is one that its people can read about."""
    assert set(STAGES) == set(StageLimits.model_fields)


def _said(due: Deadline | None) -> str:
    if due is None:
        return "stands still"
    local = due.due_at.astimezone(SHANGHAI)
    written = local.strftime("%m-%d %H:%M" if local.year == START.year else "%Y-%m-%d %H:%M")
    return f"{written} provisional" if due.provisional else written


def test_a_page_that_drifted_is_named_and_mended(tmp_path: Path) -> None:
    """Words of people stay, the generated part comes back."""
    write(tmp_path)
    page = tmp_path / "docs/domain.md"
    page.write_text("Ours.\n<!-- generated: statuses -->\n| wrong |\n<!-- end -->\nOurs too.\n")
    assert drift(tmp_path) == ["docs/domain.md: differs from the models"]
    write(tmp_path)
    text = page.read_text("utf-8")
    assert (text.startswith("Ours.\n"), text.endswith("Ours too.\n"), "wrong" in text) == (True, True, False)


@pytest.mark.parametrize("page", PAGES)
def test_the_picture_has_an_arrow_for_every_change(page: str) -> None:
    """From the status itself, or from the box around all filed cases."""
    text = (ROOT / page).read_text("utf-8")
    for row in TABLE:
        for before in row.before:
            if before != row.after and not row.concurrent:
                arrows = (f"  {before or '[*]'} --> {row.after}: ", f"  filed --> {row.after}: ")
                assert any(arrow in text for arrow in arrows), (before, row.after)
