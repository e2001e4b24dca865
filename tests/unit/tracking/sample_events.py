"""Events of one case for the tracking tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from contracts.common import Actor, Photo, Place
from contracts.events import acceptance, command, discovery, handling, supervision

START = datetime(2026, 11, 23, 1, 5, tzinfo=UTC)
ACTOR = Actor(kind="account", id="wang", role="dispatcher")
OFFICER = Actor(kind="account", id="li", role="officer", officer_id="officer-07")
PLACE = Place(grid_code="370522001004007", longitude=118.2551234, latitude=37.4932567, address="西大街与江州街路口")


def stable_id(name: str) -> UUID:
    """Return the same id for the same name."""
    return uuid5(NAMESPACE_URL, name)


def at(minutes: float) -> datetime:
    """Return the instant some minutes after the start."""
    return START + timedelta(minutes=minutes)


REPORT = stable_id("report")
LEAD, SECOND, CO = stable_id("lead"), stable_id("second"), stable_id("co")
LEAD_CLOCK, SIGN_CLOCK, CASE_CLOCK, SECOND_CLOCK = (
    stable_id(f"clock:{name}") for name in ("lead", "sign", "case", "second")
)

VERIFY, RECHECK, RECHECK_2, REVIEW = (
    stable_id("verify"),
    stable_id("recheck"),
    stable_id("recheck-2"),
    stable_id("review"),
)

PHOTO = Photo(sha256="a" * 64, role="near")


def received(case_number: str = "LJ-20261123-000123", **changes: Any) -> discovery.ReportReceived:
    """Return the first event of a case."""
    return discovery.ReportReceived(
        **{
            "report_id": REPORT,
            "case_number": case_number,
            "channel": "hotline",
            "request_type": "complaint",
            "category_id": "GB-T-47678-5/matter/06010",
            "category_name": "暴露垃圾",
            "category_name_en": "Exposed rubbish",
            "place": PLACE,
            "description": "路口南侧有一大堆垃圾，气味很大",
            "photos": (PHOTO,),
            "occurred_at": START,
            "reported_at": START,
            "registered_at": START,
            "feedback_wanted": True,
            "reported_by": ACTOR,
            **changes,
        }
    )


def filed(**changes: Any) -> acceptance.CaseFiled:
    """Return a filing under one condition."""
    return acceptance.CaseFiled(
        **{
            "case_number": "LJ-20261123-000123",
            "report_id": REPORT,
            "channel": "hotline",
            "request_type": "complaint",
            "category_id": "GB-T-47678-5/matter/06010",
            "category_name": "暴露垃圾",
            "category_name_en": "Exposed rubbish",
            "condition_id": "06010-1",
            "condition_text": "暴露垃圾超过1立方米",
            "condition_text_en": "More than a cubic metre",
            "closing_condition": "清理干净",
            "closing_condition_en": "Cleared",
            "milestones": (),
            "verify_mode": "phone",
            "recheck_mode": "site",
            "severity": 3,
            "place": PLACE,
            "community": "370522001004",
            "centre_id": "lijin-street",
            "description": "路口南侧有一大堆垃圾",
            "reported_at": START,
            "filed_by": ACTOR,
            "case_due_at": at(600),
            **changes,
        }
    )


def dispatched(
    dispatch_id: UUID, unit: str, role: str = "lead", nth: int = 1, **changes: Any
) -> command.CaseDispatched:
    """Return a dispatch to a unit."""
    return command.CaseDispatched(
        **{
            "dispatch_id": dispatch_id,
            "unit_id": unit,
            "role": role,
            "round": nth,
            "sign_due_at": at(120),
            "milestones": (
                command.MilestoneDue(name="清理", name_en="Clear", amount=4, unit="work_hour", due_at=at(300)),
            ),
            **changes,
        }
    )


def routed(nth: int = 1, *units: tuple[str, str], withdrawn: tuple[UUID, ...] = ()) -> command.CaseRouted:
    """Return a routing decision."""
    return command.CaseRouted(
        round=nth,
        rule="responsibility_list",
        list_version=17,
        withdrawn=withdrawn,
        assignments=tuple(command.Assignment(unit_id=unit, role=role) for unit, role in units),  # type: ignore[arg-type]
        candidates=(),
        explanation="清单第 12 条",
        explanation_en="Entry 12 of the list",
        decided_by=ACTOR,
    )


def clock(clock_id: UUID, name: str, due: float, dispatch_id: UUID | None = None) -> supervision.ClockStarted:
    """Return the start of a clock."""
    return supervision.ClockStarted(
        clock_id=clock_id,
        name=name,
        dispatch_id=dispatch_id,
        started_at=START,
        due_at=at(due),  # type: ignore[arg-type]
    )


def stopped(clock_id: UUID, name: str, dispatch_id: UUID | None = None) -> supervision.ClockStopped:
    """Return the stop of a clock on time."""
    return supervision.ClockStopped(
        clock_id=clock_id,
        name=name,
        dispatch_id=dispatch_id,
        stopped_at=at(200),
        on_time=True,  # type: ignore[arg-type]
    )


def light(clock_id: UUID, name: str, to: str, *, corrected: bool = False) -> supervision.LightChanged:
    """Return a change of a light."""
    return supervision.LightChanged(clock_id=clock_id, name=name, light=to, corrected=corrected)  # type: ignore[arg-type]


def completed(dispatch_id: UUID, unit: str, role: str = "lead", rework_round: int = 0) -> handling.WorkCompleted:
    """Return the completion of one unit's work."""
    return handling.WorkCompleted(
        dispatch_id=dispatch_id,
        unit_id=unit,
        role=role,
        outcome="solved",
        note="已清理",
        photos=(Photo(sha256="b" * 64, role="after"),),
        rework_round=rework_round,
        completed_by=ACTOR,
    )


def handled(dispatch_id: UUID, unit: str, rework_round: int = 0) -> handling.HandlingCompleted:
    """Return the completion of all work."""
    return handling.HandlingCompleted(
        lead_dispatch_id=dispatch_id, lead_unit_id=unit, outcome="solved", rework_round=rework_round, units=(unit,)
    )


def recheck(task_id: UUID, nth: int) -> supervision.RecheckRequested:
    """Return the request for a recheck."""
    return supervision.RecheckRequested(
        task_id=task_id,
        round=nth,
        mode="site",
        grid_code=PLACE.grid_code,
        officer_id="officer-09",
        due_at=at(400),
        closing_condition="清理干净",
        closing_condition_en="Cleared",
    )


def rechecked(task_id: UUID, nth: int, *, passed: bool) -> supervision.RecheckRecorded:
    """Return the answer of a recheck."""
    return supervision.RecheckRecorded(
        task_id=task_id, round=nth, passed=passed, officer_id="officer-09", recorded_by=OFFICER
    )
