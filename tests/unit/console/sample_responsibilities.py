"""An entry of the responsibility list with the names that it refers to."""

from __future__ import annotations

from typing import Any

from services.console.responsibilities.names import Names
from services.console.words import Words

T = Words("en")

NAMES = Names(
    T,
    units={each: {"name": each, "name_en": each.title()} for each in ("water", "roads", "police")},
    teams={"joint": {"name": "联合队", "name_en": "Joint team"}},
    categories={
        "GB/matter/06010": {
            "standard": "GB",
            "kind": "matter",
            "major": "06",
            "name": "垃圾积存",
            "name_en": "Rubbish",
            "major_name": "市容",
            "major_name_en": "Appearance",
            "id": "GB/matter/06010",
        }
    },
    communities={
        "100200300400": {
            "name": "津苑",
            "name_en": "Jinyuan",
            "street": "100200300",
            "street_name": "利津",
            "street_name_en": "Lijin Street",
        }
    },
    district={"id": "100200", "name": "利津县", "name_en": "Lijin County"},
)

ENTRY: dict[str, Any] = {
    "id": "gb-06010",
    "match": {"category": "GB/matter/06010"},
    "area": "100200300",
    "lead": "water",
    "co": ["police"],
    "team": "joint",
    "hours": "night",
    "on_duty": True,
    "level": "street",
    "excluded": ["roads"],
    "excluded_kinds": ["social_org"],
    "valid_from": "2027-01-01",
    "valid_to": "2028-01-01",
    "note": "批复",
    "note_en": "decided",
}
