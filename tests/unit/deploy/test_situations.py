"""docs/situations.md and the demo have the same situations."""

from __future__ import annotations

import re

from deploy.demo import AFTERWARDS, TIMETABLE
from deploy.local.home import ROOT
from deploy.play.situations import SITUATIONS


def test_every_played_situation_is_documented() -> None:
    text = (ROOT / "docs" / "situations.md").read_text()
    numbers = [int(found) for found in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)]
    assert numbers == list(range(1, 31))
    assert sorted(SITUATIONS) == numbers


def test_the_demo_day_plays_each_situation_once() -> None:
    played = [number for together in TIMETABLE.values() for number in together]
    assert sorted([*played, *AFTERWARDS]) == sorted(SITUATIONS)
