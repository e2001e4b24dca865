"""The loop that erases what was kept long enough."""

from __future__ import annotations

import asyncio
import logging

from services.chassis.context import Context
from services.intake.store import people

log = logging.getLogger(__name__)

_ERASE_EVERY = 3600.0


async def erase_worker(context: Context) -> None:
    """Every hour: expire callers' hashes and the text of confidential cases."""
    while True:
        if erased := await people.erase_due(context.database, context.clock.now()):
            log.info("erased %d personal traces that were due", erased)
        await asyncio.sleep(_ERASE_EVERY)
