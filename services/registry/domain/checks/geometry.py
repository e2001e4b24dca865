"""Checks of geometry: polygons of grids are valid and do not overlap, and positions lie inside their grids."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from shapely import STRtree
from shapely.geometry import Point, Polygon
from shapely.validation import explain_validity

from contracts.registry import Component, Grid, PatrolPoint
from services.registry.domain.district_draft import DistrictDraft, Finding

_TOLERANCE = 1e-10
"""Largest permitted overlap of two grids, in square degrees (about 1 m²). Rounding causes small overlaps."""

_EDGE = 2e-6
"""Distance outside a border, in degrees (about 0.2 m), up to which a point or corner still counts as inside."""


def check_geometry(draft: DistrictDraft) -> Iterator[Finding]:
    """Check the polygons of grids, and the positions of components and patrol points.

    Polygons must be valid. Grids that are valid at the same time must not overlap. A micro grid must lie inside its
    parent, and a position inside its grid.
    """
    shapes: dict[str, Polygon] = {}
    for grid in draft.all(Grid):
        if grid.polygon is None:
            continue
        problem = _problem(grid)
        if problem is not None:
            yield draft.finding(
                grid, "polygon", f"多边形无效：{problem[0]}。", f"The polygon is not valid: {problem[1]}."
            )
        else:
            shapes[grid.id] = Polygon(grid.polygon)
    yield from _overlaps(draft, shapes)
    yield from _micro(draft, shapes)
    yield from _points(draft, shapes)


def _problem(grid: Grid) -> tuple[str, str] | None:
    ring = grid.polygon or ()
    if len(ring) < 4:
        return (
            "至少 3 个不同的点，且首尾相同",
            "it needs at least 3 different points, and the last must repeat the first",
        )
    if ring[0] != ring[-1]:
        return "首尾两点不同", "its first and last point differ"
    shape = Polygon(ring)
    if not shape.is_valid:
        reason = explain_validity(shape)
        return reason, reason
    return None


def _overlaps(draft: DistrictDraft, shapes: dict[str, Polygon]) -> Iterator[Finding]:
    """Yield a finding for each overlap of two base or dedicated grids that are valid at the same time."""
    grids = [grid for grid in draft.all(Grid) if grid.kind != "micro" and grid.id in shapes]
    tree = STRtree([shapes[grid.id] for grid in grids])
    for index, grid in enumerate(grids):
        for other in sorted(int(found) for found in tree.query(shapes[grid.id], predicate="intersects")):
            neighbour = grids[other]
            if other >= index or not _same_time(grid, neighbour):
                continue
            if shapes[grid.id].intersection(shapes[neighbour.id]).area > _TOLERANCE:
                line = draft.line_of(neighbour)
                yield draft.finding(
                    grid,
                    "overlap",
                    f"与网格 {neighbour.id}（第 {line} 行）重叠。",
                    f"Overlaps grid {neighbour.id} (line {line}).",
                )


def _same_time(one: Grid, other: Grid) -> bool:
    return one.valid_from < (other.valid_to or date.max) and other.valid_from < (one.valid_to or date.max)


def _micro(draft: DistrictDraft, shapes: dict[str, Polygon]) -> Iterator[Finding]:
    for grid in draft.all(Grid):
        if grid.kind != "micro" or grid.id not in shapes or grid.parent not in shapes:
            continue
        if not shapes[grid.parent].buffer(_EDGE).covers(shapes[grid.id]):
            yield draft.finding(
                grid, "outside-parent", f"超出上级网格 {grid.parent}。", f"Reaches beyond its parent {grid.parent}."
            )


def _points(draft: DistrictDraft, shapes: dict[str, Polygon]) -> Iterator[Finding]:
    for model in (Component, PatrolPoint):
        for entity in draft.all(model):
            shape = shapes.get(entity.grid)
            if shape is not None and shape.distance(Point(entity.longitude, entity.latitude)) > _EDGE:
                yield draft.finding(
                    entity,
                    "outside-grid",
                    f"坐标不在网格 {entity.grid} 之内。",
                    f"The position is not inside grid {entity.grid}.",
                )
