"""Periodic maintenance of the delivery queue.

It releases expired leases, gives up expired deliveries, tests disabled endpoints and deletes old rows.
"""

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
"""Time for which messages, finished deliveries and attempts are kept."""

_SWEEPS_PER_TIDY = 30
"""Number of sweeps for each run of `tidy`."""


async def run_sweep(context: Context) -> None:
    """Release expired leases, and call `tidy` from time to time. Several replicas may run this at once."""
    sweeps = 0
    while True:
        await deliveries.release_expired(context.database)
        if sweeps % _SWEEPS_PER_TIDY == 0:
            await tidy(context.database)
        loops.progress()
        sweeps += 1
        await asyncio.sleep(SWEEP_SECONDS)


async def tidy(pool: Pool) -> None:
    """Give up expired deliveries, delete old rows, queue tests of disabled endpoints and update the gauges."""
    if given_up := await deliveries.exhaust_expired(pool):
        log.warning("%d webhooks given up: their endpoints could not be called in time", given_up)
        metrics.GIVEN_UP.labels("expired").inc(given_up)
    await deliveries.delete_old(pool, KEEP_FOR)
    await endpoints.probe_disabled(pool)
    counts = await delivery_log.load_figures(pool)
    metrics.DISABLED.set(counts["disabled"])
    metrics.DUE_OLDEST.set(counts["oldest"])
