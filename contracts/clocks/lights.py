"""The lights of clocks: green, yellow, red."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, Protocol, TypeVar

Light = Literal["green", "yellow", "red"]

_GRAVITY: dict[Light, int] = {"red": 0, "yellow": 1, "green": 2}


class HasLight(Protocol):
    """What `clock_to_show` reads of a clock: its light, its deadline, and whether the clock is paused."""

    @property
    def light(self) -> Light: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def paused(self) -> bool: ...


C = TypeVar("C", bound=HasLight)


def clock_to_show(clocks: Iterable[C]) -> C | None:
    """Return the clock to show, or `None` without clocks.

    It is the running clock with the gravest light or, with equal lights, the earliest deadline; a paused clock only if
    none runs. The choice does not depend on the present time, so all readers see the same clock.
    """
    return min(clocks, key=lambda clock: (clock.paused, _GRAVITY[clock.light], clock.due_at), default=None)


def light(share: float, *, yellow_share: float = 0.8, coordinated: bool = False) -> Light:
    """Return the light: green up to the used share `yellow_share`, yellow up to the whole limit, red beyond.

    The light of a coordinated unit never turns red.
    """
    if share <= yellow_share:
        return "green"
    return "yellow" if share <= 1 or coordinated else "red"
