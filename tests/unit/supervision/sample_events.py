"""Events of other services that supervision applies."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from contracts.clocks import deadline
from contracts.common import Actor, Place
from contracts.events import acceptance, command, discovery, handling
from contracts.events.acceptance.storms import StormDeclared
from tests.unit.supervision.sample_district import DESK, HOME, at, limit, make_district

CASE = UUID("018f0000-0000-7000-8000-000000000001")
REPORT, SECOND_REPORT = uuid5(CASE, "report"), uuid5(CASE, "second report")
OTHER_CLERK = Actor(kind="account", id="other", role="intake_clerk")
LEAD, CO, PROPERTY = uuid5(CASE, "lead"), uuid5(CASE, "co"), uuid5(CASE, "property")


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
            "case_due_at": deadline(when, limit("3 work_day"), make_district().calendar).due_at,
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
    calendar = make_district().calendar
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
    """Return the event of a return that was `requested`, `accepted` or `refused`."""
    body: dict[str, Any] = {"dispatch_id": dispatch_id, "unit_id": unit_id, "note": "不属我单位"}
    if what == "requested":
        return handling.ReturnRequested(reason="not_our_function", requested_by=DESK, **body)
    if what == "accepted":
        return handling.ReturnAccepted(reason="not_our_function", role="lead", decided_by=DESK, **body)
    return handling.ReturnRefused(decided_by=DESK, **body)


def routed(round_: int = 1, by: Actor = DESK, **changes: Any) -> command.CaseRouted:
    """Return a decision by a person."""
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
    """Return the event that asks a person to decide, because the list matches no unit."""
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
    """Return the event that a milestone is reached."""
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


def storm_declared() -> StormDeclared:
    return StormDeclared(
        storm_id=uuid4(),
        name="暴雨",
        category_ids=("GB30428-2-2013/event/05-06",),
        polygon=((0, 0), (1, 0), (1, 1), (0, 0)),
        starts_at=at("03-11 06:00"),
        ends_at=at("03-11 20:00"),
        declared_by=DESK,
    )


def corrected(by: Actor = OTHER_CLERK, grid: str = HOME, **changes: Any) -> acceptance.CaseCorrected:
    """Return a correction of the case, by another clerk than the one who filed it."""
    fields = {"place": Place(grid_code=grid), "community": grid[:12], **changes}
    case = dict(filed(at("03-11 09:00"), **fields))
    return acceptance.CaseCorrected.model_validate({**case, "note": "…", "corrected_by": by})
