"""Events of other services that dispatch applies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from contracts.common import Actor, Photo, Place
from contracts.events import supervision
from contracts.events.acceptance import CaseFiled, Milestone
from contracts.events.command import Assignment, CaseRouted
from tests.unit.dispatch.sample_district import GRID, MORNING

CASE = UUID("0193f3c0-0000-7000-8000-000000000001")
REPORT = UUID("0193f3c0-0000-7000-8000-000000000002")
CLERK = Actor(kind="key", id="key-sanitation", role="unit_clerk", unit_id="sanitation")
DESK = Actor(kind="account", id="dispatcher-1", role="dispatcher")
SAFE = Milestone(name="围挡", name_en="made safe", amount=2, unit="urgent_hour")
FIXED = Milestone(name="修复", name_en="fixed", amount=8, unit="work_hour")
AFTER = Photo(sha256="a" * 64, role="after")
BEFORE = Photo(sha256="b" * 64, role="before")


def filed(**fields: Any) -> CaseFiled:
    known: dict[str, Any] = {
        "case_number": "LJ-20261123-000001",
        "report_id": REPORT,
        "channel": "grid_terminal",
        "request_type": "complaint",
        "category_id": "GBT47678-5-2026/matter/06010",
        "category_name": "暴露垃圾",
        "category_name_en": "Exposed waste",
        "condition_id": "06010-1",
        "condition_text": "路面有垃圾",
        "condition_text_en": "Waste on the road",
        "closing_condition": "清理干净",
        "closing_condition_en": "Clean",
        "milestones": (SAFE, FIXED),
        "verify_mode": "site",
        "recheck_mode": "site",
        "evidence": ("after",),
        "severity": 4,
        "place": Place(grid_code=GRID, longitude=118.25, latitude=37.49, address="津苑路北口"),
        "community": GRID[:12],
        "centre_id": "centre-lijin",
        "description": "垃圾堆在路口",
        "photos": (BEFORE,),
        "reported_at": MORNING,
        "filed_by": DESK,
        "case_due_at": MORNING + timedelta(days=1),
    }
    return CaseFiled(**{**known, **fields})


def routed(*assignments: Assignment, round_: int = 1, withdrawn: tuple[UUID, ...] = ()) -> CaseRouted:
    return CaseRouted(
        round=round_,
        rule="responsibility_list",
        list_version=1,
        assignments=assignments,
        withdrawn=withdrawn,
        candidates=(),
        explanation="清单",
        explanation_en="the list",
        decided_by=DESK,
    )


def assignment(unit_id: str, role: Any = "lead", **more: Any) -> Assignment:
    return Assignment(unit_id=unit_id, role=role, **more)


def closed(outcome: str = "solved", note: str = "") -> supervision.CaseClosed:
    return supervision.CaseClosed.model_validate(
        {"outcome": outcome, "closing_condition_met": True, "note": note, "closed_by": DESK}
    )


SYSTEM = Actor(kind="system", id="gridloop")
