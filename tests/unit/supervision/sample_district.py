"""A small district for supervision tests: four grids, four units and five officers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from contracts.clocks.calendar import SHANGHAI
from contracts.common import Actor
from contracts.registry import CalendarDay, DistrictSettings, Entity, Grid, Limit, Officer, Shift, Unit
from services.chassis.auth import Caller
from services.chassis.registry_snapshot import RegistrySnapshot

HOME, NEXT_DOOR, FAR, SCHOOL = "370522001001001", "370522001001002", "370522001001003", "370522001001801"
"""Base grids side by side, and a dedicated one inside the first."""

DESK = Actor(kind="account", id="desk", role="intake_clerk")


def at(text: str) -> datetime:
    """Parse `MM-DD HH:MM` as a time of 2026 in Shanghai. 03-11 is a Wednesday."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


ANNOUNCED = [CalendarDay(id="2027-01-04", working=False), CalendarDay(id="2027-01-09", working=True)]
"""Calendar days of 2027 once its holidays are announced; use with the setting `announced_years`."""


def make_district(more: Sequence[Entity] | None = None, **settings: Any) -> RegistrySnapshot:
    """Return a snapshot with the entities of `more` added or replaced by id; keyword arguments are settings."""
    square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)]

    def grid(code: str, kind: str, east: float) -> Grid:
        return Grid.model_validate(
            {
                "id": code,
                "kind": kind,
                "name": code[-3:],
                "name_en": code[-3:],
                "community": code[:12],
                "polygon": [(118 + (east + x) / 100, 37 + y / 100) for x, y in square],
                "valid_from": date(2026, 1, 1),
            }
        )

    def officer(key: str, code: str, role: str = "officer") -> Officer:
        return Officer.model_validate(
            {"id": key, "role": role, "name": key, "name_en": key, "primary_grid": code, "grids": [code]}
        )

    officers = [
        officer("ann", HOME),
        officer("bo", NEXT_DOOR),
        officer("cai", FAR),
        officer("dan", SCHOOL),
        officer("lane", HOME, "lane_lead"),
    ]
    units = [
        Unit(id="sanitation", name="环卫", name_en="Sanitation", kind="authority", leader="主任", leader_en="Head"),
        Unit(id="housing", name="住建", name_en="Housing", kind="authority"),
        Unit(id="water", name="水务", name_en="Water", kind="authority"),
        Unit(id="property", name="物业", name_en="Property", kind="property_company", escalates_to="housing"),
    ]
    shifts = [
        Shift(id=f"day-{each.id}", officer=each.id, areas=(each.primary_grid or "",), starts="08:00", ends="18:00")
        for each in officers
    ]
    entities: list[Entity] = [
        DistrictSettings.model_validate(
            {"id": "370522", "name": "利津县", "name_en": "Lijin", "case_prefix": "LJ", **settings}
        ),
        *officers,
        *units,
        *shifts,
        *(more or []),
        grid(HOME, "base", 0),
        grid(NEXT_DOOR, "base", 1),
        grid(FAR, "base", 2),
        grid(SCHOOL, "dedicated", 0.2),
    ]
    records: dict[str, dict[str, Entity]] = {}
    for entity in entities:
        records.setdefault(entity.KIND, {})[entity.id] = entity
    return RegistrySnapshot.from_records(1, records)


def limit(text: str) -> Limit:
    amount, unit = text.split()
    return Limit.model_validate({"amount": int(amount), "unit": unit})


def person(role: str, key: str = "", **changes: Any) -> Caller:
    """Return a caller with one role."""
    return Caller(kind="account", id=key or role, roles=frozenset({role}), **changes)


def in_the_field(officer_id: str) -> Caller:
    return person("officer", f"account-{officer_id}", officer_id=officer_id)


SHIFT_LEAD, LEADER, DISPATCHER = person("shift_lead"), person("leader"), person("dispatcher")
