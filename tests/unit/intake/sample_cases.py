"""Cases at intake in the sample district, built by the domain functions without a database."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from contracts.base import Event
from contracts.envelope import Envelope
from services.chassis.auth import Caller
from services.chassis.cases import Aggregate, Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain.case import IntakeCase
from services.intake.domain.duplicates import Verdict
from services.intake.domain.receiving import ReportIds, receive
from services.intake.domain.submission import Submission
from services.intake.domain.triage import triage
from tests.unit.intake.sample_district import LITTER, NOON, OFFICER, grid_index, lijin, location

PHOTO = {"sha256": "a" * 64, "role": "near"}
BEFORE_AFTER = [{"sha256": "a" * 64, "role": "before"}, {"sha256": "b" * 64, "role": "after"}]


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


def reported_case(
    caller: Caller = OFFICER, now: datetime = NOON, district: RegistrySnapshot | None = None, **fields: Any
) -> Case[IntakeCase]:
    """Return an accepted report; by default litter in 津城05, reported by its officer with a photo."""
    given: dict[str, Any] = {
        "channel": min(caller.channels),
        "category_id": LITTER,
        "location": location(),
        "photos": [PHOTO],
        "description": "路边有一堆垃圾",
        **fields,
    }
    case = case_at(now, district=district)
    submission = Submission.model_validate({name: value for name, value in given.items() if value is not None})
    receive(case, submission, ReportIds(serial=7, reporter_ref=uuid4()), caller, grid_index())
    return case


def triaged_case(caller: Caller = OFFICER, now: datetime = NOON, **fields: Any) -> Case[IntakeCase]:
    """Return a report after triage that found no similar case."""
    case = reported_case(caller, now, **fields)
    triage({case.id: case}, case, Verdict(), {})
    return case


def event_names(case: Case[IntakeCase]) -> list[str]:
    """Return the class names of the emitted events."""
    return [type(each.event).__name__ for each in case.emitted]


def last_event(case: Case[IntakeCase]) -> Any:
    """Return the last emitted event."""
    return case.emitted[-1].event


def apply_event(case: Case[IntakeCase], handler: Any, event: Event) -> None:
    """Apply an event of another service with its handler."""
    handler(case, event, Envelope(case.id, event.SOURCE, 1, event.TYPE, case.now))
