"""Background loops of the roster: what is due in each turn is written down as it begins, positions are forgotten."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from services.chassis.context import Context
from services.chassis.database import TRANSIENT
from services.chassis.district import District
from services.supervision import rounds_store
from services.supervision.domain import patrol

log = logging.getLogger(__name__)

PAUSE = 5.0
"""Seconds between two looks: turns begin on the minute."""


async def keep_rounds(context: Context) -> None:
    """Write down the rounds of turns that have begun since the last look, however long ago that was."""
    while True:
        if context.district_or_none is not None:
            try:
                await write_rounds(context, context.district)
                await forget_positions(context, context.district)
            except TRANSIENT as error:
                log.warning("rounds wait for the database: %r", error)
        await asyncio.sleep(PAUSE)


async def write_rounds(context: Context, district: District) -> int:
    """One round. Returns how many turns began. A service that is new here begins with the next turn."""
    now = context.clock.now()
    since = await rounds_store.written_until(context.database) or now
    found = patrol.begun(patrol.duties(district, since, now), since, now)
    async with context.database.acquire() as connection, connection.transaction():
        await rounds_store.write_duties(connection, found, district.zone)
        await rounds_store.wrote_until(connection, now)
    return len(found)


async def forget_positions(context: Context, district: District) -> None:
    """Where exactly officers stood is kept as long as the district says, and no longer."""
    days = district.settings.retention.officer_position
    if erased := await rounds_store.erase_positions(context.database, context.clock.now() - timedelta(days=days)):
        log.info("erased the positions of %d check-ins", erased)
