"""Parts of a grid code."""

from __future__ import annotations

from collections.abc import Iterable

_COMMUNITY_DIGITS = 12
"""Every grid code begins with the 12 digits of its community (GB/T 47678.2)."""


def community_of(grid_code: str) -> str:
    """Return the 12-digit community code, with which the grid code begins (GB/T 47678.2)."""
    return grid_code[:_COMMUNITY_DIGITS]


def communities_of(grid_codes: Iterable[str]) -> tuple[str, ...]:
    """Return the communities of these grids, in order and without duplicates."""
    return tuple(dict.fromkeys(map(community_of, grid_codes)))
