"""Exercises and tests stay among themselves: which cases a list of work shows, unless it is asked for others."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query

from contracts.common import Mode

ModeFilter = Mode | Literal["all"]

_MEANING = "Work of real cases, or of exercises or tests: they are not mixed unless all are asked for."

ModeFilterQuery = Annotated[ModeFilter, Query(description=_MEANING)]
"""Of a list of work; real cases unless the caller says otherwise."""


def mode_or_none(wanted: ModeFilter) -> Mode | None:
    """The mode to which a list is confined; none: to no mode."""
    return None if wanted == "all" else wanted
