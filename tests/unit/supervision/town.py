"""A town of four grids, four units and four officers, and the events of its days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from contracts.clocks import deadline
from contracts.clocks.calendar import SHANGHAI
from contracts.common import Actor, Place
from contracts.events import acceptance, command, discovery, handling
from contracts.registry import CalendarDay, DistrictSettings, Entity, Grid, Limit, Officer, Shift, Unit
from services.chassis.auth import Caller
from services.chassis.registry_snapshot import RegistrySnapshot

HOME, NEXT_DOOR, FAR, SCHOOL = "370522001001001", "370522001001002", "370522001001003", "370522001001801"
"""Base grids side by side, and a dedicated one inside the first."""

DESK = Actor(kind="account", id="desk", role="intake_clerk")
CASE = UUID("018f0000-0000-7000-8000-000000000001")
REPORT, SECOND_REPORT = uuid5(CASE, "report"), uuid5(CASE, "second report")
LEAD, CO, PROPERTY = uuid5(CASE, "lead"), uuid5(CASE, "co"), uuid5(CASE, "property")


def at(text: str) -> datetime:
    """`MM-DD HH:MM` of 2026 in Shanghai. 03-11 is a Wednesday."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


ANNOUNCED = [CalendarDay(id="2027-01-04", working=False), CalendarDay(id="2027-01-09", working=True)]
"""What the table has of 2027 once its holidays are known; a district with it says so in `announced_years`."""


def town(more: Sequence[Entity] | None = None, **settings: Any) -> RegistrySnapshot:
    """The district with `more` in it, in the place of what has the same id; keyword arguments are settings."""
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


def received(when: datetime, **changes: Any) -> discovery.ReportReceived:
    return discovery.ReportReceived.model_validate(
        {
            "report_id": REPORT,
            "case_number": "LJ-20260311-000001",
            "channel": "hotline",
            "occurred_at": when,
            "reported_at": when,
            "registered_at": when,
            "feedback_wanted": True,
            "reported_by": DESK,
            **changes,
        }
    )


def filed(when: datetime, milestones: tuple[str, ...] = ("1 work_day",), **changes: Any) -> acceptance.CaseFiled:
    steps = [
        acceptance.Milestone(name=f"第{n}步", name_en=f"step {n}", amount=each.amount, unit=each.unit)
        for n, each in enumerate(map(limit, milestones), 1)
    ]
    return acceptance.CaseFiled.model_validate(
        {
            "case_number": "LJ-20260311-000001",
            "report_id": REPORT,
            "channel": "hotline",
            "request_type": "complaint",
            "category_id": "GB/T 47678.5-2026/matter/06010",
            "category_name": "暴露垃圾",
            "category_name_en": "Litter",
            "condition_id": "06010-1",
            "condition_text": "堆放",
            "condition_text_en": "A heap",
            "closing_condition": "清理干净",
            "closing_condition_en": "Cleared",
            "milestones": steps,
            "verify_mode": "site",
            "recheck_mode": "site",
            "severity": 4,
            "place": Place(grid_code=HOME),
            "community": HOME[:12],
            "centre_id": "lijin",
            "reported_at": when,
            "filed_by": DESK,
            "case_due_at": deadline(when, limit("3 work_day"), town().calendar).due_at,
            **changes,
        }
    )


def dispatched(
    when: datetime,
    milestones: tuple[str, ...] = ("1 work_day",),
    *,
    dispatch_id: UUID = LEAD,
    role: str = "lead",
    unit_id: str = "sanitation",
    **changes: Any,
) -> command.CaseDispatched:
    calendar = town().calendar
    steps = [
        command.MilestoneDue(
            name=f"第{n}步",
            name_en=f"step {n}",
            amount=each.amount,
            unit=each.unit,
            due_at=deadline(when, each, calendar).due_at,
        )
        for n, each in enumerate(map(limit, milestones), 1)
    ]
    return command.CaseDispatched.model_validate(
        {
            "dispatch_id": dispatch_id,
            "unit_id": unit_id,
            "role": role,
            "round": 1,
            "milestones": steps,
            "sign_due_at": deadline(when, limit("2 work_hour"), calendar).due_at,
            **changes,
        }
    )


def signed(dispatch_id: UUID = LEAD, unit_id: str = "sanitation", **changes: Any) -> handling.DispatchSigned:
    return handling.DispatchSigned.model_validate(
        {"dispatch_id": dispatch_id, "unit_id": unit_id, "signed_by": DESK, **changes}
    )


def returned(what: str, dispatch_id: UUID = LEAD, unit_id: str = "sanitation") -> Any:
    """`requested`, `accepted` or `refused`."""
    body: dict[str, Any] = {"dispatch_id": dispatch_id, "unit_id": unit_id, "note": "不属我单位"}
    if what == "requested":
        return handling.ReturnRequested(reason="not_our_function", requested_by=DESK, **body)
    if what == "accepted":
        return handling.ReturnAccepted(reason="not_our_function", role="lead", decided_by=DESK, **body)
    return handling.ReturnRefused(decided_by=DESK, **body)


def routed(round_: int = 1, by: Actor = DESK, **changes: Any) -> command.CaseRouted:
    """Decided by a person; dispatches follow."""
    return command.CaseRouted.model_validate(
        {
            "round": round_,
            "rule": "dispatcher",
            "list_version": 1,
            "assignments": [],
            "candidates": [],
            "explanation": "",
            "explanation_en": "",
            "decided_by": by,
            **changes,
        }
    )


def needed(round_: int, when: datetime) -> command.DecisionNeeded:
    """The list finds nobody: a person decides."""
    return command.DecisionNeeded(
        round=round_,
        queue="dispatcher",
        reason="no_match",
        due_at=when,
        list_version=1,
        explanation="",
        explanation_en="",
    )


def progressed(
    dispatch_id: UUID = LEAD, unit_id: str = "sanitation", milestone: str = "第1步"
) -> handling.ProgressReported:
    """A milestone is reached."""
    return handling.ProgressReported(
        dispatch_id=dispatch_id, unit_id=unit_id, note="已到场", milestone=milestone, reported_by=DESK
    )


def completed(
    outcome: str = "solved", dispatch_id: UUID = LEAD, unit_id: str = "sanitation", round_: int = 0
) -> handling.WorkCompleted:
    return handling.WorkCompleted.model_validate(
        {
            "dispatch_id": dispatch_id,
            "unit_id": unit_id,
            "role": "lead",
            "outcome": outcome,
            "note": "已清理",
            "rework_round": round_,
            "completed_by": DESK,
        }
    )


def all_completed(outcome: str = "solved", round_: int = 0) -> handling.HandlingCompleted:
    return handling.HandlingCompleted.model_validate(
        {
            "lead_dispatch_id": LEAD,
            "lead_unit_id": "sanitation",
            "outcome": outcome,
            "rework_round": round_,
            "units": ["sanitation"],
        }
    )


def person(role: str, key: str = "", **changes: Any) -> Caller:
    """Somebody with one role."""
    return Caller(kind="account", id=key or role, roles=frozenset({role}), **changes)


def in_the_field(officer_id: str) -> Caller:
    return person("officer", f"account-{officer_id}", officer_id=officer_id)
