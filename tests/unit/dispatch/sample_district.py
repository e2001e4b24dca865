"""A small district for dispatch tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from contracts.registry import CalendarDay, DistrictSettings, Team, Unit
from services.chassis.registry_snapshot import RegistrySnapshot

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""A Monday, 09:00 in Shanghai."""

GRID = "370522001003005"


def make_district(release: int = 1, days: tuple[CalendarDay, ...] = (), **settings: Any) -> RegistrySnapshot:
    units = [
        Unit(id="sanitation", name="环卫中心", name_en="Sanitation", kind="authority"),
        Unit(id="housing", name="住建局", name_en="Housing", kind="authority"),
        Unit(id="parks", name="园林公司", name_en="Parks", kind="contractor", escalates_to="housing"),
        Unit(id="property", name="物业", name_en="Property", kind="property_company", escalates_to="housing"),
        Unit(id="fire", name="消防", name_en="Fire", kind="authority", agency="119"),
    ]
    team = Team(id="mobile", kind="mobile", name="机动组", name_en="Mobile", convenor="sanitation", areas=("370522",))
    return RegistrySnapshot.from_records(
        release,
        {
            "district": {
                "370522": DistrictSettings(id="370522", name="利津", name_en="Lijin", case_prefix="LJ", **settings)
            },
            "calendar_day": {each.id: each for each in days},
            "unit": {each.id: each for each in units},
            "team": {team.id: team},
        },
    )
