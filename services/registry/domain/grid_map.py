"""All grids as one GeoJSON document. Pages use it to draw maps and to show the work contact of each grid."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson

from contracts.registry import Grid
from services.chassis.registry_snapshot import RegistrySnapshot, is_valid
from services.chassis.release_cache import ReleaseCache


class GridMap:
    """GeoJSON document of one release. It is built once for each day, because grids become valid and invalid."""

    def __init__(self, district: RegistrySnapshot) -> None:
        self._district = district
        self._built: tuple[date, bytes] | None = None

    def document(self, today: date) -> bytes:
        """Return a GeoJSON FeatureCollection of the grids that are valid on a day.

        The coordinates are CGCS2000. GeoJSON expects WGS 84, which is practically the same at this scale.
        """
        if self._built is None or self._built[0] != today:
            grids = [grid for grid in self._district.grids.values() if is_valid(grid, today)]
            features = [_feature(self._district, grid) for grid in grids]
            self._built = today, orjson.dumps({"type": "FeatureCollection", "features": features})
        return self._built[1]


GRID_MAPS = ReleaseCache(GridMap)
"""Cache of the grid map of each release."""


def _feature(district: RegistrySnapshot, grid: Grid) -> dict[str, Any]:
    community = district.community_of(grid.id)
    contact = next((each for each in district.officers_of(grid.id) if each.primary_grid == grid.id), None)
    return {
        "type": "Feature",
        "id": grid.id,
        "geometry": {"type": "Polygon", "coordinates": [grid.polygon]} if grid.polygon else None,
        "properties": {
            "code": grid.id,
            "kind": grid.kind,
            "name": grid.name,
            "name_en": grid.name_en,
            "community": grid.community,
            "community_name": community.name if community else "",
            "community_name_en": community.name_en if community else "",
            "parent": grid.parent,
            "households": grid.households,
            "geometry": grid.geometry,
            "officer": contact.name if contact else None,
            "officer_en": contact.name_en if contact else None,
            "contact": contact.contact if contact else district.settings.hotline,
        },
    }
