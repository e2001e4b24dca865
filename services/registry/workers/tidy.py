"""Worker that deletes expired sign-in records."""

from __future__ import annotations

import asyncio

from services.chassis import loops
from services.chassis.context import Context
from services.registry.store import sign_ins
from services.registry.store.tables import real_now

TIDY_SECONDS = 20.0
"""Seconds between two passes."""


async def tidy(context: Context) -> None:
    """Delete expired failures, known networks and log lines, forever."""
    while True:
        await sign_ins.delete_expired(context.database, real_now())
        loops.progress()
        await asyncio.sleep(TIDY_SECONDS)
