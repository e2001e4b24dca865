"""Deadlines of intake's own steps, and of the case as a whole."""

from __future__ import annotations

from datetime import datetime, timedelta

from contracts.clocks import Deadline, advance, deadline, earlier, elapsed
from contracts.events.discovery import ReportReceived
from contracts.registry import FilingCondition
from services.chassis.registry_snapshot import RegistrySnapshot


def filing_deadline(now: datetime, district: RegistrySnapshot, left: timedelta | None = None) -> datetime:
    """Return when the desk must have decided about filing.

    `left` is the unused part of the limit after a verification; `None` means the whole limit.
    """
    limit = district.settings.stage_limits.file
    if left is not None:
        return advance(now, left, limit.unit, district.calendar).due_at
    return deadline(now, limit, district.calendar).due_at


def filing_time_left(now: datetime, due_at: datetime, district: RegistrySnapshot) -> timedelta:
    """Return the unused part of the filing limit when a verification stops the clock of that limit."""
    return elapsed(now, due_at, district.settings.stage_limits.file.unit, district.calendar)


def settlement_deadline(now: datetime, district: RegistrySnapshot) -> datetime:
    """Return when the desk must have approved a settlement on the spot."""
    return deadline(now, district.settings.stage_limits.settlement, district.calendar).due_at


def verification_deadline(now: datetime, district: RegistrySnapshot, starts: datetime | None) -> datetime:
    """Return when a verification is due.

    If nobody is on duty, `starts` is the start of the next shift, and the limit counts from that time.
    """
    return deadline(max(now, starts or now), district.settings.stage_limits.verify, district.calendar).due_at


def case_deadline(report: ReportReceived, condition: FilingCondition, district: RegistrySnapshot) -> Deadline:
    """Return the deadline of the case: the end of the last milestone, counted from the registration of the report.

    The clock never restarts. It begins at registration, because an offline terminal may register a report long after
    the officer has sent it. If another platform has set an earlier deadline, that deadline counts.
    """
    own = deadline(report.registered_at, condition.milestones[-1], district.calendar)
    return earlier(own, report.external.due_at if report.external else None)
