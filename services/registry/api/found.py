"""Pages of what a search found, best first: each has a place among all, and a page begins after one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from services.chassis import cursors


class Placed(Protocol):
    """Something that was found, and where it stands among the rest."""

    @property
    def place(self) -> tuple[Any, ...]:
        """Sort key; no two have the same."""
        ...


P = TypeVar("P", bound=Placed)


def page_of(found: Sequence[P], after: tuple[Any, ...] | None, limit: int) -> tuple[Sequence[P], str | None]:
    """The page that begins after a place (none: the first), and the cursor of the following one, if there is one."""
    rest = found if after is None else [each for each in found if each.place > after]
    page = rest[:limit]
    return page, cursors.encode(list(page[-1].place)) if len(rest) > limit else None
