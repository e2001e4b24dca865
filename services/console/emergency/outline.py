"""Outlines of areas that a form names by a grid-code prefix or by typed corners."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from shapely import Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

Corners = list[tuple[float, float]]
MAX_CORNERS = 500
"""Maximum number of corners in the outline of a storm or control area."""
_GAP_DEG = 1e-7
"""Gaps between neighbouring grids are closed up to about twice this width in degrees (one centimetre)."""


def outline_of(grids: Iterable[dict[str, Any]], code: str) -> Corners:
    """Return the outline of all grids whose code begins with `code`; empty if there is none or `code` is empty.

    If the grids do not touch each other, return the outline of their convex hull.
    """
    shapes = [Polygon(grid["polygon"]) for grid in grids if grid["id"].startswith(code) and grid.get("polygon")]
    if not code or not shapes:
        return []
    joined: BaseGeometry = unary_union([shape.buffer(_GAP_DEG) for shape in shapes]).buffer(-_GAP_DEG)
    whole = cast("Polygon", joined if joined.geom_type == "Polygon" else joined.convex_hull)
    tolerance = 0.0
    while len(corners := list(whole.exterior.coords)) > MAX_CORNERS:
        tolerance = tolerance * 2 or 1e-6
        whole = cast("Polygon", whole.simplify(tolerance))
    return [(round(x, 7), round(y, 7)) for x, y in corners]


def parse_corners(text: str) -> Corners:
    """Parse corners that were typed one per line, each as longitude and latitude. Raises `ValueError`."""
    return [_corner(line.replace(",", " ").replace("，", " ").split()) for line in text.splitlines() if line.strip()]


def _corner(numbers: Sequence[str]) -> tuple[float, float]:
    longitude, latitude = map(float, numbers)
    return longitude, latitude
