"""The grids as one GeoJSON document: what maps draw, and where a resident finds the work contact."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

import orjson

from contracts.registry import Grid
from services.chassis.registry_snapshot import District, is_valid


def grid_map(district: District, today: date) -> bytes:
    """A FeatureCollection of the grids in force on a day, as bytes. Coordinates are CGCS2000 (RFC 7946's WGS 84 at our scale)."""
    return _document(_Key(district, today))


class _Key:
    """Release and day: the document is made once for each."""

    def __init__(self, district: District, today: date) -> None:
        self.district = district
        self.today = today

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and (self.district is other.district and self.today == other.today)

    def __hash__(self) -> int:
        return hash((self.district.release, self.today))


@lru_cache(maxsize=2)
def _document(key: _Key) -> bytes:
    features = [_feature(key.district, grid) for grid in key.district.grids.values() if is_valid(grid, key.today)]
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def _feature(district: District, grid: Grid) -> dict[str, Any]:
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
