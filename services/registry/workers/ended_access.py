"""Worker that announces ended sessions and accounts to the other services."""

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
"""Seconds between checks. A check also finds ids that another replica stored before it was killed."""


async def announce_ended_access(context: Context) -> None:
    """Announce ended access to the services as soon as it is committed."""
    state: RegistryState = context.process_state
    while True:
        while await _announce_batch(context):
            pass
        loops.progress()
        await loops.wait_for_event(state.accounts.access_ended, _CHECK_EVERY)
        state.accounts.access_ended.clear()


async def _announce_batch(context: Context) -> bool:
    """Emit one event for the ids that wait. Returns False if there are none."""
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
