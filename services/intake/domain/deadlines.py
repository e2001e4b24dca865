"""When intake's own steps are due, and the promise to the reporter."""

from __future__ import annotations

from datetime import datetime, timedelta

from contracts.clocks import Deadline, advance, deadline, earlier, elapsed
from contracts.events.discovery import ReportReceived
from contracts.registry import FilingCondition
from services.chassis.registry_snapshot import District


def filing_deadline(now: datetime, district: District, left: timedelta | None = None) -> datetime:
    """When a person must have filed it or not; `left` of the limit when a verification came in between."""
    limit = district.settings.stage_limits.file
    if left is not None:
        return advance(now, left, limit.unit, district.calendar).due_at
    return deadline(now, limit, district.calendar).due_at


def filing_time_left(now: datetime, due_at: datetime, district: District) -> timedelta:
    """What is left of the limit for filing, on its own clock: a verification makes it stand still."""
    return elapsed(now, due_at, district.settings.stage_limits.file.unit, district.calendar)


def settlement_deadline(now: datetime, district: District) -> datetime:
    """When the desk must have approved what was settled on the spot."""
    return deadline(now, district.settings.stage_limits.settlement, district.calendar).due_at


def verification_deadline(now: datetime, district: District, starts: datetime | None) -> datetime:
    """When a verification is due; counted from the next shift when nobody is on duty now."""
    return deadline(max(now, starts or now), district.settings.stage_limits.verify, district.calendar).due_at


def case_deadline(report: ReportReceived, condition: FilingCondition, district: District) -> Deadline:
    """The promise to the reporter: the condition's last milestone, from the registration of the report.

    It never restarts. Late entries and offline terminals registered later than they reported: their clocks begin at
    registration. An outside deadline that is earlier wins.
    """
    own = deadline(report.registered_at, condition.milestones[-1], district.calendar)
    return earlier(own, report.external.due_at if report.external else None)
