"""The light of a clock, from the share of its limit that is used."""

from __future__ import annotations

from typing import Literal

Light = Literal["green", "yellow", "red"]


def light(share: float, *, yellow_share: float = 0.8, coordinated: bool = False) -> Light:
    """Green up to `yellow_share` of the limit, yellow to all of it, red beyond.

    A coordinated unit is asked, not ordered: it never turns red.
    """
    if share <= yellow_share:
        return "green"
    return "yellow" if share <= 1 or coordinated else "red"
