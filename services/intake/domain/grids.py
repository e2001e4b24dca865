"""Index of the grid polygons of one release. Only this module finds the grid of a point."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import chain
from typing import cast

from shapely import STRtree, linearrings, polygons
from shapely.geometry import Point as ShapelyPoint
from shapely.geometry import Polygon, box

from contracts.registry import Grid
from services.chassis.coordinates import Point, degrees
from services.chassis.registry_snapshot import is_valid
from services.chassis.release_cache import ReleaseCache

POLYGONS_PER_CALL = 1000
_NARROWEST_FIRST = {"micro": 0, "dedicated": 1, "base": 2}


class GridIndex:
    """The grid polygons of a release. Immutable. Building an index of a hundred thousand grids takes seconds."""

    def __init__(self, grids: Iterable[Grid]) -> None:
        self._grids = [grid for grid in grids if grid.polygon is not None]
        self._tree = STRtree(_shapes([grid.polygon for grid in self._grids if grid.polygon is not None]))

    def grid_at(self, point: Point, on: date) -> Grid | None:
        """Return the grid that covers the point and is valid on this day, or `None`.

        If there are several, the narrowest one counts: micro before dedicated before base.
        """
        found = (self._grids[index] for index in self._tree.query(ShapelyPoint(point), predicate="intersects"))
        valid = [grid for grid in found if is_valid(grid, on)]
        return min(valid, key=lambda grid: (_NARROWEST_FIRST[grid.kind], grid.id), default=None)

    def codes_near(self, point: Point, metres: float) -> tuple[str, ...]:
        """Return the sorted codes of all grids that touch a square around the point.

        `metres` is half the side of the square.
        """
        east, north = degrees(metres, point[1])
        square = box(point[0] - east, point[1] - north, point[0] + east, point[1] + north)
        return tuple(sorted(self._grids[index].id for index in self._tree.query(square, predicate="intersects")))

    def codes_within(self, ring: Sequence[Point]) -> tuple[str, ...]:
        """Return the sorted codes of all grids that touch the polygon."""
        shape = Polygon(ring)
        return tuple(sorted(self._grids[index].id for index in self._tree.query(shape, predicate="intersects")))


def _shapes(rings: Sequence[Sequence[Point]]) -> list[Polygon]:
    """Return the polygons of the rings.

    Shapely blocks other threads during a call, so one call builds a limited number of polygons.
    """
    found: list[Polygon] = []
    for start in range(0, len(rings), POLYGONS_PER_CALL):
        some = rings[start : start + POLYGONS_PER_CALL]
        corners = list(chain.from_iterable(some))
        owners = [number for number, ring in enumerate(some) for _ in ring]
        found.extend(cast("Iterable[Polygon]", polygons(linearrings(corners, indices=owners))))
    return found


GRIDS = ReleaseCache(lambda district: GridIndex(district.grids.values()))
"""Grid indexes of this process, one per release."""
