"""The published sample district, with the callers and categories that the tests use."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

from contracts.registry import KINDS
from deploy.local.home import ROOT
from services.chassis.auth import Caller
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain.grids import GridIndex

NOON = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""Monday 11:00 in Shanghai: office hours and day shift."""

NIGHT = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
GRID = "370522001003005"
"""津城05."""

UNLISTED = "GB47678-5-2026/matter/01068"
"""A category of the national list for which the sample district has no filing condition."""

LITTER, VENDOR, LAMP, ADVICE, SECRET, GAS, BURST = (
    "GB47678-5-2026/matter/06010",
    "GB47678-5-2026/matter/09001",
    "GB47678-5-2026/matter/01037",
    "LOCAL-370522/matter/14001",
    "LOCAL-370522/matter/15001",
    "GB30428-2-2013/event/05-02",
    "GB30428-2-2013/event/05-01",
)

OFFICER = Caller(
    kind="account",
    id="officer",
    roles=frozenset({"officer"}),
    officer_id="officer-jincheng-05",
    channels=frozenset({"grid_terminal"}),
)

CLERK = Caller(
    kind="account",
    id="clerk",
    roles=frozenset({"intake_clerk"}),
    channels=frozenset({"hotline", "walk_in", "camera", "department", "upstream", "emergency", "public_liaison"}),
)

SHIFT_LEAD = Caller(kind="account", id="lead", roles=frozenset({"shift_lead"}), channels=CLERK.channels)
RESIDENT = Caller(kind="resident", id="anonymous", channels=frozenset({"resident"}))
_FILES = {
    "district": "district",
    "category": "categories",
    "responsibility": "responsibilities",
    "community": "communities",
    "knowledge": "knowledge",
}


@cache
def lijin() -> RegistrySnapshot:
    """Return the sample district as the registry publishes it."""
    records: dict[str, dict[str, Any]] = defaultdict(dict)
    for kind, model in KINDS.items():
        path = ROOT / "deploy/districts/lijin" / f"{_FILES.get(kind, kind + 's')}.jsonl"
        for line in path.read_text().splitlines() if path.exists() else ():
            entity = model.from_body(json.loads(line))
            records[kind][entity.id] = entity
    return RegistrySnapshot.from_records(1, records)


@cache
def grid_index() -> GridIndex:
    return GridIndex(lijin().grids.values())


def middle(grid_code: str) -> tuple[float, float]:
    """Return a point inside the grid."""
    ring = lijin().grids[grid_code].polygon or ()
    return sum(x for x, _ in ring[:-1]) / (len(ring) - 1), sum(y for _, y in ring[:-1]) / (len(ring) - 1)


def location(grid_code: str = GRID, **more: Any) -> dict[str, Any]:
    """Return a location inside the grid, as a request states it."""
    longitude, latitude = middle(grid_code)
    return {"longitude": longitude, "latitude": latitude, "crs": "wgs84", **more}
