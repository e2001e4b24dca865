"""Worker that deletes old records of sign-ins."""

from __future__ import annotations

import asyncio

from services.chassis import loops
from services.chassis.context import Context
from services.registry.store import sign_ins
from services.registry.store.tables import real_now

TIDY_SECONDS = 20.0
"""Seconds between two deletions."""


async def tidy(context: Context) -> None:
    """Delete old failed sign-ins, known networks and lines of the security log regularly, until cancelled."""
    while True:
        await sign_ins.delete_expired(context.database, real_now())
        loops.progress()
        await asyncio.sleep(TIDY_SECONDS)
