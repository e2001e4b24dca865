"""What the registry does in the background: tell which access was ended, and delete what no longer counts."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

from contracts.events.registry import AccessEnded
from services.chassis import loops
from services.chassis.cases import REGISTRY_STREAM, Case
from services.chassis.context import Context
from services.chassis.database import Connection
from services.registry.office import Office
from services.registry.store import ended_access, sign_ins
from services.registry.store.tables import real_now

_LOOK_EVERY = 1.0
"""Seconds: what a replica ended before it was killed is told by another one."""

_TIDY_EVERY = 20.0


async def announce_ended_access(context: Context) -> None:
    """Tell the services of ended access as soon as it is committed."""
    office: Office = context.own
    while True:
        while await _announce(context):
            pass
        loops.progress()
        try:
            async with asyncio.timeout(_LOOK_EVERY):
                await office.people.access_ended.wait()
        except TimeoutError:
            continue
        office.people.access_ended.clear()


async def tidy(context: Context) -> None:
    """Delete failures, known networks and log lines whose time is over."""
    while True:
        await sign_ins.tidy(context.database, real_now())
        loops.progress()
        await asyncio.sleep(_TIDY_EVERY)


async def _announce(context: Context) -> bool:
    """Emit one event for what was ended; false if there is nothing to tell."""
    if not await context.database.fetchval("SELECT EXISTS (SELECT FROM ended_access WHERE NOT announced)"):
        return False
    taken: list[AccessEnded] = []

    async def take(connection: Connection) -> None:
        found = await ended_access.take(connection)
        taken[:] = [found] if found is not None else []

    def emit(cases: dict[UUID, Case[Any]]) -> None:
        for event in taken:
            cases[REGISTRY_STREAM].emit(event)

    await context.cases.run([REGISTRY_STREAM], emit, cause=f"command:{uuid4()}", first=take)
    return bool(taken)
