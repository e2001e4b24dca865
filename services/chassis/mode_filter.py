"""The mode filter of lists of work: real cases, exercises or tests."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query

from contracts.common import Mode

ModeFilter = Mode | Literal["all"]

_MEANING = "Show real cases, exercises, tests or all of them."

ModeFilterQuery = Annotated[ModeFilter, Query(description=_MEANING)]
"""Query parameter of a list of work; the default is set by the route."""


def mode_or_none(wanted: ModeFilter) -> Mode | None:
    """Return the mode filter of a list; `None` means all modes."""
    return None if wanted == "all" else wanted
