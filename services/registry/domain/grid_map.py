"""The grids as one GeoJSON document, for maps and for the work contact of each grid."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson

from contracts.registry import Grid
from services.chassis.registry_snapshot import RegistrySnapshot, is_valid
from services.chassis.release_cache import ReleaseCache


class GridMap:
    """The GeoJSON document of one release. It is built once a day, because grids begin and end on days."""

    def __init__(self, district: RegistrySnapshot) -> None:
        self._district = district
        self._built: tuple[date, bytes] | None = None

    def document(self, today: date) -> bytes:
        """Return a FeatureCollection of the grids valid on a day. CGCS2000 equals WGS 84 at this scale."""
        if self._built is None or self._built[0] != today:
            grids = [grid for grid in self._district.grids.values() if is_valid(grid, today)]
            features = [_feature(self._district, grid) for grid in grids]
            self._built = today, orjson.dumps({"type": "FeatureCollection", "features": features})
        return self._built[1]


GRID_MAPS = ReleaseCache(GridMap)
"""The grid map of each release."""


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
