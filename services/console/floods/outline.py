"""The outline of an area that a person names by its code or by its corners."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from shapely import Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

Corners = list[tuple[float, float]]
MOST = 500
"""Corners that a declaration may have."""
_FINE_DEG = 1e-7
"""Gaps between neighbours narrower than a centimetre are none."""


def around(grids: Iterable[dict[str, Any]], code: str) -> Corners:
    """The outline of every grid whose code begins so; nothing where there is none. Grids that lie apart are held together
    by the hull around them.
    """
    shapes = [Polygon(grid["polygon"]) for grid in grids if grid["id"].startswith(code) and grid.get("polygon")]
    if not code or not shapes:
        return []
    joined: BaseGeometry = unary_union([shape.buffer(_FINE_DEG) for shape in shapes]).buffer(-_FINE_DEG)
    whole = cast("Polygon", joined if joined.geom_type == "Polygon" else joined.convex_hull)
    fine = 0.0
    while len(corners := list(whole.exterior.coords)) > MOST:
        fine = fine * 2 or 1e-6
        whole = cast("Polygon", whole.simplify(fine))
    return [(round(x, 7), round(y, 7)) for x, y in corners]


def typed(text: str) -> Corners:
    """Corners as a person types them: longitude and latitude on a line each. Raises `ValueError`."""
    return [_corner(line.replace(",", " ").replace("，", " ").split()) for line in text.splitlines() if line.strip()]


def _corner(numbers: Sequence[str]) -> tuple[float, float]:
    longitude, latitude = map(float, numbers)
    return longitude, latitude
