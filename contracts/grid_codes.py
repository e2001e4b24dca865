"""Functions that read the parts of a grid code."""

from __future__ import annotations

from collections.abc import Iterable

_COMMUNITY_DIGITS = 12
"""Number of digits of a community code. Every grid code begins with the code of its community (GB/T 47678.2)."""


def community_of(grid_code: str) -> str:
    """Return the 12-digit code of the community that contains the grid (GB/T 47678.2)."""
    return grid_code[:_COMMUNITY_DIGITS]


def communities_of(grid_codes: Iterable[str]) -> tuple[str, ...]:
    """Return the codes of the communities that contain these grids, in order and without duplicates."""
    return tuple(dict.fromkeys(map(community_of, grid_codes)))
