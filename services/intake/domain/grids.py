"""Which grid a point lies in: an index over the polygons of one release. Grids are resolved here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from shapely import STRtree
from shapely.geometry import Point as Dot
from shapely.geometry import Polygon, box

from contracts.registry import Grid
from services.chassis.coordinates import Point, degrees
from services.chassis.district import District, is_valid

_NARROWEST_FIRST = {"micro": 0, "dedicated": 1, "base": 2}


class GridIndex:
    """The polygons of a release. Immutable; built once per release."""

    def __init__(self, grids: Iterable[Grid]) -> None:
        self._grids = [grid for grid in grids if grid.polygon is not None]
        self._tree = STRtree([Polygon(grid.polygon) for grid in self._grids])

    def grid_at(self, point: Point, on: date) -> Grid | None:
        """The narrowest grid in force on the day that covers the point: micro before dedicated before base."""
        found = (self._grids[index] for index in self._tree.query(Dot(point), predicate="intersects"))
        valid = [grid for grid in found if is_valid(grid, on)]
        return min(valid, key=lambda grid: (_NARROWEST_FIRST[grid.kind], grid.id), default=None)

    def codes_near(self, point: Point, metres: float) -> tuple[str, ...]:
        """Codes of all grids that reach into the square of this half-width around the point, in order."""
        east, north = degrees(metres, point[1])
        square = box(point[0] - east, point[1] - north, point[0] + east, point[1] + north)
        return tuple(sorted(self._grids[index].id for index in self._tree.query(square, predicate="intersects")))

    def codes_within(self, ring: Sequence[Point]) -> tuple[str, ...]:
        """Codes of all grids that the polygon touches, in order."""
        shape = Polygon(ring)
        return tuple(sorted(self._grids[index].id for index in self._tree.query(shape, predicate="intersects")))


class GridIndexes:
    """The index of the release in force, rebuilt when another release is."""

    def __init__(self) -> None:
        self._district: District | None = None
        self._index = GridIndex(())

    def of(self, district: District) -> GridIndex:
        """The index over this snapshot's grids."""
        if self._district is not district:
            self._index = GridIndex(district.grids.values())
            self._district = district
        return self._index
