"""The mode filter of lists: show real cases, exercises, tests or all of them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query

from contracts.common import Mode

ModeFilter = Mode | Literal["all"]

_MEANING = "Show real cases, exercises, tests or all of them."

ModeFilterQuery = Annotated[ModeFilter, Query(description=_MEANING)]
"""Query parameter of a list. Each route sets the default."""


def mode_or_none(wanted: ModeFilter) -> Mode | None:
    """Return the mode to which a list is filtered; `None` for the filter `all`."""
    return None if wanted == "all" else wanted
