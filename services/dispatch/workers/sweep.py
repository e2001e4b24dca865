"""What nobody waits for: ended leases, messages past their lifetime, probes of disabled endpoints, old rows."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from services.chassis import loops
from services.chassis.context import Context
from services.chassis.database import Pool
from services.dispatch.store import deliveries, delivery_log, endpoints
from services.dispatch.workers import metrics

log = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0
KEEP_FOR = timedelta(days=30)
"""Messages, finished deliveries and attempts; a unit may recover the last 14 days."""

_SWEEPS_PER_TIDY = 30
"""Looks between two rounds of the rest."""


async def run_sweep(context: Context) -> None:
    """Worker. Every statement is safe to run in several replicas at once."""
    look = 0
    while True:
        await deliveries.release_expired(context.database)
        if look % _SWEEPS_PER_TIDY == 0:
            await tidy(context.database)
        loops.progress()
        look += 1
        await asyncio.sleep(SWEEP_SECONDS)


async def tidy(pool: Pool) -> None:
    """One round of what is done seldom."""
    if given_up := await deliveries.exhaust_expired(pool):
        log.warning("%d webhooks given up: their endpoints let nothing through in time", given_up)
        metrics.GIVEN_UP.labels("waited").inc(given_up)
    await deliveries.delete_old(pool, KEEP_FOR)
    await endpoints.probe_disabled(pool)
    counts = await delivery_log.load_figures(pool)
    metrics.DISABLED.set(counts["disabled"])
    metrics.DUE_OLDEST.set(counts["oldest"])
