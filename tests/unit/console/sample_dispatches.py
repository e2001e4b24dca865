"""A dispatch as the desk shows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.console.desk.dispatches import Condition, Dispatch, Place

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def dispatch(**changes: object) -> Dispatch:
    return Dispatch.model_validate(
        {
            "dispatch_id": "d",
            "case_id": "c",
            "version": 1,
            "case_number": "LJ-1",
            "unit_name": "u",
            "unit_name_en": "u",
            "role": "lead",
            "status": "handling",
            "mode": "actual",
            "possible": ("progress", "complete", "assign"),
            "outcomes": ("solved",),
            "category": {},
            "condition": Condition(),
            "place": Place(),
            "description": "",
            "instructions": "",
            "emergency": False,
            "confidential": False,
            "due_at": NOW,
            "sign_due_at": NOW,
            "created_at": NOW - timedelta(hours=10),
            "signed_at": NOW,
            "completed_at": None,
            "milestones": (),
            "photos": (),
            "evidence": (),
            "return_request": None,
            "rework_round": 0,
            "case_ended": False,
            "unit_id": "works",
            "handover": None,
            "crew": None,
            "extension_requested_at": None,
            "suspension_requested_until": None,
            "suspended_until": None,
            "partners": (),
            "links": {},
            **changes,
        }
    )
