"""The sample district and a desk in it, without any service around: what the pure decisions are tried on."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from contracts.base import Event
from contracts.envelope import Envelope
from contracts.registry import KINDS
from deploy.local.home import ROOT
from services.chassis.auth import Caller
from services.chassis.cases import Aggregate, Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain.case import IntakeCase
from services.intake.domain.duplicates import Verdict
from services.intake.domain.grids import GridIndex
from services.intake.domain.receiving import ReportIds, receive
from services.intake.domain.submission import Submission
from services.intake.domain.triage import triage

NOON = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""11:00 of a Monday in Shanghai: office hours, and the day shift is out."""
NIGHT = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)

GRID = "370522001003005"
"""津城05."""
UNLISTED = "GB47678-5-2026/matter/01068"
"""A matter of the national list for which the sample district has no filing condition."""
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

PHOTO = {"sha256": "a" * 64, "role": "near"}
BEFORE_AFTER = [{"sha256": "a" * 64, "role": "before"}, {"sha256": "b" * 64, "role": "after"}]

_FILES = {
    "district": "district",
    "category": "categories",
    "responsibility": "responsibilities",
    "community": "communities",
    "knowledge": "knowledge",
}


@cache
def lijin() -> RegistrySnapshot:
    """The sample district, as the registry publishes it."""
    records: dict[str, dict[str, Any]] = defaultdict(dict)
    for kind, model in KINDS.items():
        path = ROOT / "deploy/districts/lijin" / f"{_FILES.get(kind, kind + 's')}.jsonl"
        for line in path.read_text().splitlines() if path.exists() else ():
            entity = model.from_body(json.loads(line))
            records[kind][entity.id] = entity
    return RegistrySnapshot.from_records(1, records)


@cache
def index() -> GridIndex:
    return GridIndex(lijin().grids.values())


def middle(grid_code: str) -> tuple[float, float]:
    """A point inside the grid."""
    ring = lijin().grids[grid_code].polygon or ()
    return sum(x for x, _ in ring[:-1]) / (len(ring) - 1), sum(y for _, y in ring[:-1]) / (len(ring) - 1)


def at(grid_code: str = GRID, **more: Any) -> dict[str, Any]:
    """A location in the grid."""
    longitude, latitude = middle(grid_code)
    return {"longitude": longitude, "latitude": latitude, "crs": "wgs84", **more}


def case_at(
    now: datetime = NOON,
    state: IntakeCase | None = None,
    case_id: UUID | None = None,
    district: RegistrySnapshot | None = None,
) -> Case[IntakeCase]:
    return Case(
        case_id or uuid4(),
        Aggregate(),
        state or IntakeCase(),
        service="intake",
        now=now,
        district=district or lijin(),
        cause="test",
    )


def report(
    caller: Caller = OFFICER, now: datetime = NOON, district: RegistrySnapshot | None = None, **fields: Any
) -> Case[IntakeCase]:
    """A report that was accepted. Without more words: litter in 津城05, reported by its officer with a photo."""
    given: dict[str, Any] = {
        "channel": min(caller.channels),
        "category_id": LITTER,
        "location": at(),
        "photos": [PHOTO],
        "description": "路边有一堆垃圾",
        **fields,
    }
    case = case_at(now, district=district)
    submission = Submission.model_validate({name: value for name, value in given.items() if value is not None})
    receive(case, submission, ReportIds(serial=7, reporter_ref=uuid4()), caller, index())
    return case


def triaged(caller: Caller = OFFICER, now: datetime = NOON, **fields: Any) -> Case[IntakeCase]:
    """A report after triage, with nothing near by."""
    case = report(caller, now, **fields)
    triage({case.id: case}, case, Verdict(), {})
    return case


def told(case: Case[IntakeCase]) -> list[str]:
    """The types of what was emitted, without stage and version."""
    return [type(each.event).__name__ for each in case.emitted]


def last(case: Case[IntakeCase]) -> Any:
    """The event emitted last."""
    return case.emitted[-1].event


def hear(case: Case[IntakeCase], handler: Any, event: Event) -> None:
    """Let the case hear an event of another service."""
    handler(case, event, Envelope(case.id, event.SOURCE, 1, event.TYPE, case.now))
