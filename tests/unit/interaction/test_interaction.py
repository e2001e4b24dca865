"""Random walks of a case through routing, dispatch and supervision: whatever happens, in the end the services agree."""

from __future__ import annotations

from functools import cache

import pytest

from tests.unit.interaction.agreement import broken_rules
from tests.unit.interaction.random_walk import RandomWalk


@cache
def outcome(seed: int) -> tuple[frozenset[str], list[str]]:
    """Return the actions of a random walk and the rules that its end breaks."""
    walk = RandomWalk(seed)
    return frozenset(walk.actions), broken_rules(walk)


@pytest.mark.parametrize("block", range(4))
def test_the_services_agree_once_all_events_are_delivered(block: int) -> None:
    broken = {seed: rules for seed in range(block * 60, block * 60 + 60) if (rules := outcome(seed)[1])}
    assert broken == {}


def test_the_random_walks_use_every_action() -> None:
    """Without this check the test above could pass on walks in which little happens."""
    used = {action for seed in range(150) for action in outcome(seed)[0]}
    assert used >= {
        "correct",
        "merge",
        "undo_merge",
        "void",
        "file_again",
        "decide",
        "send_back",
        "hand_over",
        "sign",
        "request_return",
        "accept_return",
        "refuse_return",
        "refuse_handover",
        "complete",
        "force_close",
        "reopen",
        "recheck",
    }
