"""Pages of search results. A cursor holds the sort key of the last result of a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from services.chassis import cursors


class SearchResult(Protocol):
    """A search result with its sort key."""

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """Unique sort key."""
        ...


P = TypeVar("P", bound=SearchResult)


def page_of(found: Sequence[P], after: tuple[Any, ...] | None, limit: int) -> tuple[Sequence[P], str | None]:
    """Return the page after a sort key (`None` for the first page) and the cursor of the next page, if there is one."""
    rest = found if after is None else [each for each in found if each.sort_key > after]
    page = rest[:limit]
    return page, cursors.encode(list(page[-1].sort_key)) if len(rest) > limit else None
