"""Provisional deadlines: which cases have one, and the loop that recalculates these deadlines for a new calendar."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from hashlib import sha256
from time import monotonic
from typing import Any
from uuid import UUID

from services.chassis import loops, quarantine
from services.chassis.cases import Case
from services.chassis.context import Context
from services.chassis.database import Connection
from services.chassis.registry_snapshot import RegistrySnapshot

log = logging.getLogger(__name__)

PAUSE = 0.5
"""Seconds between two checks of the release in force."""

BATCH = 100

_RETRY_SECONDS = 10.0
"""Seconds between two attempts to recalculate cases whose recalculation failed."""

_TASK = "calendar"

RecalculateDeadlines = Callable[[Case[Any]], None]
"""Recalculates a case's provisional deadlines, each from its start and its limit. Other deadlines do not change."""


def follow_calendar(recalculate: RecalculateDeadlines) -> Callable[[Context], Coroutine[Any, Any, None]]:
    """Return the worker that recalculates provisional deadlines, at start and after each release."""
    return partial(_follow, recalculate)


async def save_provisional(connection: Connection, cases: Mapping[UUID, bool]) -> None:
    """Record which of these cases have a provisional deadline, in the transaction that sets the deadline."""
    moving = [case_id for case_id, provisional in cases.items() if provisional]
    settled = [case_id for case_id, provisional in cases.items() if not provisional]
    if moving:
        await connection.execute(
            "INSERT INTO provisional_deadline (case_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING", moving
        )
    if settled:
        await connection.execute("DELETE FROM provisional_deadline WHERE case_id = ANY ($1::uuid[])", settled)


async def _follow(recalculate: RecalculateDeadlines, context: Context) -> None:
    followed: RegistrySnapshot | None = None
    next_retry = 0.0
    while True:
        district = context.district_or_none
        if district is not None and (district is not followed or monotonic() >= next_retry):
            await recalculate_all(context, district, recalculate)
            followed, next_retry = district, monotonic() + _RETRY_SECONDS
        loops.progress()
        await asyncio.sleep(PAUSE)


async def recalculate_all(context: Context, district: RegistrySnapshot, recalculate: RecalculateDeadlines) -> None:
    """If the calendar has changed since the last call, recalculate every case with a provisional deadline.

    A case whose recalculation failed is in quarantine, and is recalculated again when its next attempt is due.
    """
    pool, fingerprint = context.database, _fingerprint(district)
    applied = await pool.fetchval("SELECT calendar FROM applied_calendar") == fingerprint

    def decide(cases: dict[UUID, Case[Any]]) -> None:
        for case in cases.values():
            recalculate(case)

    async def recalculate_batch(ids: list[UUID]) -> None:
        await context.cases.run(ids, decide, cause=f"calendar:{fingerprint[:16]}")

    if applied:
        ids = await quarantine.due_cases(pool, _TASK)
    else:
        ids = [row["case_id"] for row in await pool.fetch("SELECT case_id FROM provisional_deadline ORDER BY case_id")]
        await quarantine.remove(pool, _TASK, ids)  # a new calendar may move each of them
    async for _ in quarantine.run_in_batches(pool, _TASK, ids, recalculate_batch, BATCH):
        pass
    if applied:
        return
    await pool.execute(
        "INSERT INTO applied_calendar (calendar) VALUES ($1)"
        " ON CONFLICT (singleton) DO UPDATE SET calendar = excluded.calendar",
        fingerprint,
    )


def _fingerprint(district: RegistrySnapshot) -> str:
    """Return a digest of the calendar in force: its settings, its office hours and its days."""
    settings = district.settings
    days = sorted((day.id, day.working) for day in district.calendar_days.values())
    known = (settings.office_hours, settings.work_day_reading, settings.announced_years, days)
    return sha256(repr(known).encode()).hexdigest()
