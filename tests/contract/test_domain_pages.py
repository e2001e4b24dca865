"""The rules' pages say what the code does: their tables, their picture and their examples are made from it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from contracts.clocks import Calendar, deadline
from contracts.clocks.calendar import SHANGHAI
from contracts.generate import ROOT, drift, write
from contracts.generate.domain_pages import EXAMPLES, PAGES, START, filled
from contracts.transitions import TABLE

BY_HAND = ("02-13 18:00", "02-13 19:30", "02-16 17:30", "02-14 11:30", "02-14 17:30", "02-14 18:00", "02-24 17:30")
"""When each example is due, counted on a wall calendar of February 2026."""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_what_the_code_says(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    assert filled(text, PAGES[page]) == text


def test_the_worked_examples_are_right_and_show_every_unit() -> None:
    found = [deadline(START, each.limit, Calendar(reading=each.reading)).due_at for each in EXAMPLES]
    assert found == [datetime.strptime(f"2026-{each} +0800", "%Y-%m-%d %H:%M %z") for each in BY_HAND]
    units = {each.limit.unit for each in EXAMPLES}
    assert units == {"urgent_minute", "urgent_hour", "natural_day", "work_hour", "work_day"}
    assert {each.reading for each in EXAMPLES} == {"consumed", "end_of_day"}
    assert START.tzinfo is SHANGHAI


def test_a_page_that_drifted_is_named_and_mended(tmp_path: Path) -> None:
    """Words of people stay, the generated part comes back."""
    write(tmp_path)
    page = tmp_path / "docs/domain.md"
    page.write_text("Ours.\n<!-- generated: statuses -->\n| wrong |\n<!-- end -->\nOurs too.\n")
    assert drift(tmp_path) == ["docs/domain.md: not what the models say"]
    write(tmp_path)
    text = page.read_text("utf-8")
    assert (text.startswith("Ours.\n"), text.endswith("Ours too.\n"), "wrong" in text) == (True, True, False)


@pytest.mark.parametrize("page", PAGES)
def test_the_picture_has_an_arrow_for_every_change(page: str) -> None:
    """From the status itself, or from the box around all filed cases."""
    text = (ROOT / page).read_text("utf-8")
    for row in TABLE:
        for before in row.before:
            if before != row.after and not row.crossed:
                arrows = (f"  {before or '[*]'} --> {row.after}: ", f"  filed --> {row.after}: ")
                assert any(arrow in text for arrow in arrows), (before, row.after)
