"""Deadlines that reach into a year whose calendar is not announced: which cases have some, and the loop that lays them off
again when the table of working days changes.
"""

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
"""Seconds between two looks at which release is in force."""

BATCH = 100

_RETRY = 10.0
"""Seconds between two looks at the cases on which it failed."""

_TASK = "calendar"

RecalculateDeadlines = Callable[[Case[Any]], None]
"""Lays a case's provisional deadlines off again, each from its start and its limit. All others stay as promised."""


def follow_calendar(recalendar: RecalculateDeadlines) -> Callable[[Context], Coroutine[Any, Any, None]]:
    """The worker of a service that keeps deadlines of its own: a release at a time, at once and after every start."""
    return partial(_follow, recalendar)


async def save_provisional(connection: Connection, cases: Mapping[UUID, bool]) -> None:
    """Whether each of these cases has a provisional deadline, in the transaction that makes it so."""
    moving = [case_id for case_id, provisional in cases.items() if provisional]
    settled = [case_id for case_id, provisional in cases.items() if not provisional]
    if moving:
        await connection.execute(
            "INSERT INTO provisional_deadline (case_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING", moving
        )
    if settled:
        await connection.execute("DELETE FROM provisional_deadline WHERE case_id = ANY ($1::uuid[])", settled)


async def _follow(recalendar: RecalculateDeadlines, context: Context) -> None:
    followed: RegistrySnapshot | None = None
    next_look = 0.0
    while True:
        district = context.district_or_none
        if district is not None and (district is not followed or monotonic() >= next_look):
            await recalculate_all(context, district, recalendar)
            followed, next_look = district, monotonic() + _RETRY
        loops.progress()
        await asyncio.sleep(PAUSE)


async def recalculate_all(context: Context, district: RegistrySnapshot, recalendar: RecalculateDeadlines) -> None:
    """Compare the calendar in force with the one last applied, and look at every case that may move.

    A case on which that failed is tried again when its time in quarantine is over.
    """
    pool, fingerprint = context.database, _fingerprint(district)
    applied = await pool.fetchval("SELECT calendar FROM applied_calendar") == fingerprint

    def decide(cases: dict[UUID, Case[Any]]) -> None:
        for case in cases.values():
            recalendar(case)

    async def lay_off(ids: list[UUID]) -> None:
        await context.cases.run(ids, decide, cause=f"calendar:{fingerprint[:16]}")

    if applied:
        ids = await quarantine.due_cases(pool, _TASK)
    else:
        ids = [row["case_id"] for row in await pool.fetch("SELECT case_id FROM provisional_deadline ORDER BY case_id")]
        await quarantine.remove(pool, _TASK, ids)  # another calendar: each may move again
    async for _ in quarantine.run_in_batches(pool, _TASK, ids, lay_off, BATCH):
        pass
    if applied:
        return
    await pool.execute(
        "INSERT INTO applied_calendar (calendar) VALUES ($1)"
        " ON CONFLICT (singleton) DO UPDATE SET calendar = excluded.calendar",
        fingerprint,
    )


def _fingerprint(district: RegistrySnapshot) -> str:
    """Equal for equal calendars: office hours, reading, table and the years that it has in full."""
    settings = district.settings
    days = sorted((day.id, day.working) for day in district.calendar_days.values())
    known = (settings.office_hours, settings.work_day_reading, settings.announced_years, days)
    return sha256(repr(known).encode()).hexdigest()
