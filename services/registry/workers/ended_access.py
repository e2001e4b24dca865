"""Worker that tells the other services which access tokens have ended before they expired."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from contracts.events.registry import AccessEnded
from services.chassis import loops
from services.chassis.cases import REGISTRY_STREAM, Case
from services.chassis.context import Context
from services.chassis.database import Connection
from services.registry.store import ended_access
from services.registry.store.registry_state import RegistryState

_CHECK_EVERY = 1.0
"""Seconds between two checks. A check also finds ids that another replica has stored but not announced."""


async def announce_ended_access(context: Context) -> None:
    """Announce the ids of ended access tokens as soon as they are stored, until cancelled."""
    state: RegistryState = context.process_state
    while True:
        while await _announce_batch(context):
            pass
        loops.progress()
        await loops.wait_for_event(state.accounts.access_ended, _CHECK_EVERY)
        state.accounts.access_ended.clear()


async def _announce_batch(context: Context) -> bool:
    """Emit one event for ids that are not announced. Return False if there are none."""
    if not await context.database.fetchval("SELECT EXISTS (SELECT FROM ended_access WHERE NOT announced)"):
        return False
    taken: list[AccessEnded] = []

    async def take(connection: Connection) -> None:
        event = await ended_access.take_batch(connection)
        taken[:] = [event] if event is not None else []

    def emit(cases: dict[UUID, Case[Any]]) -> None:
        for event in taken:
            cases[REGISTRY_STREAM].emit(event)

    await context.cases.run([REGISTRY_STREAM], emit, cause=f"command:{uuid4()}", at_start=take)
    return bool(taken)
