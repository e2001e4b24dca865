"""Events of other services that routing applies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from contracts.common import Actor, Place
from contracts.events.acceptance import CaseAttached, CaseCorrected, CaseDetached, CaseFiled
from tests.unit.routing.sample_district import (
    FIXED,
    GRID,
    NOON,
    SAFE,
)

CASE = UUID("0193f3c0-0000-7000-8000-000000000001")
CLERK = Actor(kind="account", id="clerk", role="intake_clerk")


def filed(code: str = "06010", **fields: Any) -> CaseFiled:
    known: dict[str, Any] = {
        "case_number": "LJ-20261123-000001",
        "report_id": CASE,
        "channel": "grid_terminal",
        "request_type": "complaint",
        "category_id": f"GB/matter/{code}",
        "category_name": "类别",
        "category_name_en": "category",
        "condition_id": f"{code}-1",
        "condition_text": "",
        "condition_text_en": "",
        "closing_condition": "",
        "closing_condition_en": "",
        "milestones": (SAFE, FIXED),
        "verify_mode": "site",
        "recheck_mode": "site",
        "severity": 4,
        "place": Place(grid_code=GRID),
        "community": GRID[:12],
        "centre_id": "centre-one",
        "reported_at": NOON,
        "filed_by": CLERK,
        "case_due_at": NOON + timedelta(days=1),
    }
    return CaseFiled(**{**known, **fields})


def corrected(code: str, **fields: Any) -> CaseCorrected:
    return CaseCorrected.model_validate({**dict(filed(code, **fields)), "note": "类别有误", "corrected_by": CLERK})


MERGED = CaseAttached(host_case_id=CASE, host_case_number="", rule="merged", decided_by=CLERK)

UNDONE = CaseDetached(host_case_id=CASE, decided_by=CLERK)
