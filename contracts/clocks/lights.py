"""The light of a clock, from the share of its limit that is used."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, Protocol, TypeVar

Light = Literal["green", "yellow", "red"]

_GRAVITY: dict[Light, int] = {"red": 0, "yellow": 1, "green": 2}


class Shining(Protocol):
    """A clock with its light."""

    @property
    def light(self) -> Light: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def paused(self) -> bool: ...


C = TypeVar("C", bound=Shining)


def shown(clocks: Iterable[C]) -> C | None:
    """The one clock that is shown of several, with its own light and deadline: of those that run the one with the gravest
    light, then the earliest deadline; one that stands still only if none runs. None of none.

    The light says how much of its limit a clock has used, as far as that can be told without a present time; so all who
    look see the same clock.
    """
    return min(clocks, key=lambda clock: (clock.paused, _GRAVITY[clock.light], clock.due_at), default=None)


def light(share: float, *, yellow_share: float = 0.8, coordinated: bool = False) -> Light:
    """Green up to `yellow_share` of the limit, yellow to all of it, red beyond.

    A coordinated unit is asked, not ordered: it never turns red.
    """
    if share <= yellow_share:
        return "green"
    return "yellow" if share <= 1 or coordinated else "red"
