"""Pages of search results. The cursor of the next page contains the sort key of the last result on this page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from services.chassis import cursors


class SearchResult(Protocol):
    """A search result that has a sort key."""

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """Sort key of the result. No two results of a search have the same one."""
        ...


P = TypeVar("P", bound=SearchResult)


def page_of(found: Sequence[P], after: tuple[Any, ...] | None, limit: int) -> tuple[Sequence[P], str | None]:
    """Return the page after a sort key, and the cursor of the next page.

    `after` is `None` for the first page. The cursor is `None` if there is no next page.
    """
    rest = found if after is None else [each for each in found if each.sort_key > after]
    page = rest[:limit]
    return page, cursors.encode(list(page[-1].sort_key)) if len(rest) > limit else None
