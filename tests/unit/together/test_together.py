"""Random lives of a case at routing, dispatch and supervision as they are: whatever crosses whatever, in the end they
agree.
"""

from __future__ import annotations

from functools import cache

import pytest

from tests.unit.together.walks import Walk, amiss


@cache
def outcome(seed: int) -> tuple[frozenset[str], object]:
    """Return the actions of a random walk and the rules that its end breaks."""
    walk = Walk(seed)
    return frozenset(walk.did), amiss(walk)


@pytest.mark.parametrize("block", range(4))
def test_when_everybody_has_heard_all_one_unit_leads_or_somebody_is_asked_and_what_is_over_is_over(block: int) -> None:
    """One lead at most, no clock on an ended case, no order in force on one but what an emergency service has
    acknowledged, somebody looks at what is done, and who must decide has a clock.
    """
    found = {seed: wrong for seed in range(block * 60, block * 60 + 60) if (wrong := outcome(seed)[1])}
    assert found == {}


def test_the_lives_walked_come_to_nearly_everything_that_is_meant() -> None:
    """Else the test above would prove little."""
    did = {each for seed in range(150) for each in outcome(seed)[0]}
    assert did >= {
        "correct",
        "merge",
        "undo",
        "void",
        "file_anew",
        "decide",
        "send_back",
        "hand_over",
        "sign",
        "ask_return",
        "accept_return",
        "refuse_return",
        "refuse_handover",
        "complete",
        "force",
        "reopen",
        "recheck",
    }
