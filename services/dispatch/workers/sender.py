"""The sender: claims due deliveries, attempts them, and passes the results to the recorder. One runs per replica."""

from __future__ import annotations

import asyncio
import logging
from random import Random
from uuid import UUID

from services.chassis import http_client, loops
from services.chassis.context import Context
from services.chassis.database import TRANSIENT
from services.chassis.vault import Vault
from services.dispatch.domain.delivery.addresses import parse_networks
from services.dispatch.store import deliveries
from services.dispatch.store.deliveries import LEASE, ClaimedDelivery
from services.dispatch.store.endpoints import WEBHOOK_SECRETS
from services.dispatch.workers import metrics
from services.dispatch.workers.exchange import DEADLINE_SECONDS, deliver, failed_attempt
from services.dispatch.workers.receivers import Receivers
from services.dispatch.workers.recorder import Recorder

log = logging.getLogger(__name__)

IN_FLIGHT = 256
"""Largest number of simultaneous requests of the sender of one process."""

CROWDED = IN_FLIGHT // 2
"""Number of simultaneous requests from which on each endpoint gets only one request at a time.

So slow receivers leave room for other receivers.
"""

POLL_SECONDS = 0.5
"""Time after which an idle sender claims again, even if nothing woke it.

Commits of other replicas and retries that become due do not wake the sender.
"""

SHUTDOWN_SECONDS = 3.0
"""Time for which a sender that is stopping waits for responses."""


async def run_sender(context: Context) -> None:
    """Run the sender of this process. Every commit of a case in this process wakes it."""
    sender = Sender(context)
    context.cases.on_commit(sender.wake)
    await sender.run()


class Sender:
    """Claims and sends deliveries for one process."""

    def __init__(self, context: Context, *, deadline: float = DEADLINE_SECONDS) -> None:
        self._pool = context.database
        self._deadline = deadline
        self._receivers = Receivers(
            context.database,
            Vault(context.settings.gridloop_secret_key, WEBHOOK_SECRETS),
            parse_networks(context.settings.gridloop_webhook_allow),
            http_client.tls_context(),
        )
        self._recorder = Recorder(context.database, self.wake)
        self._random = Random()  # noqa: S311 - it spreads retries
        self._wake = asyncio.Event()
        self._last_served = UUID(int=0)
        self._attempts: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Make the sender claim at once, because a delivery may be due."""
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled. Then wait `SHUTDOWN_SECONDS` for responses, and record them.

        A delivery without a response by then is sent again after its lease has expired.
        """
        claiming, recording = tasks = [asyncio.create_task(run()) for run in (self._claim_loop, self._recorder.run)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:  # neither task ends without an error; if one fails, stop the other
                task.result()
        finally:
            claiming.cancel()
            if self._attempts:
                await asyncio.wait(self._attempts, timeout=SHUTDOWN_SECONDS)
            for task in (*self._attempts, recording):
                task.cancel()
            await asyncio.gather(*self._attempts, *tasks, return_exceptions=True)
            await self._record_rest()
            await self._receivers.aclose()

    async def _record_rest(self) -> None:
        """Record the remaining results when the sender stops. If this fails, these deliveries are sent again later."""
        try:
            await self._recorder.flush()
        except TRANSIENT as error:
            log.warning("results are left unrecorded: %r", error)
        except Exception:
            log.exception("results are left unrecorded")

    async def _claim_loop(self) -> None:
        while True:
            self._wake.clear()
            in_flight = len(self._attempts)
            crowded = in_flight >= CROWDED
            room = 0 if self._recorder.blocks_sending else (IN_FLIGHT if crowded else CROWDED) - in_flight
            claimed = await self._claim_batch(room, cap=1 if crowded else None) if room else []
            if room and len(claimed) == room:
                self.wake()  # more may be due
            for delivery in claimed:
                task = asyncio.create_task(self._deliver(delivery))
                self._attempts.add(task)
                task.add_done_callback(self._finish)
            metrics.IN_FLIGHT.set(len(self._attempts))
            await loops.wait_for_event(self._wake, POLL_SECONDS)

    async def _claim_batch(self, room: int, cap: int | None) -> list[ClaimedDelivery]:
        try:
            claimed = await deliveries.claim(
                self._pool, after_endpoint=self._last_served, limit=room, at=asyncio.get_running_loop().time(), cap=cap
            )
            await self._receivers.prepare(claimed)
        except TRANSIENT as error:
            loops.outage(error)
            return []
        loops.progress()
        if claimed:
            self._last_served = claimed[-1].endpoint_id
        return claimed

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._attempts.discard(task)
        metrics.IN_FLIGHT.set(len(self._attempts))

    async def _deliver(self, claimed: ClaimedDelivery) -> None:
        """Attempt one delivery, unless its lease could expire before the attempt ends.

        If an exception is raised, the attempt has failed. The failure is recorded with its reason, and counts for the
        circuit breaker of the endpoint.
        """
        if asyncio.get_running_loop().time() - claimed.claimed_at > LEASE.total_seconds() - self._deadline:
            return
        try:
            receiver = self._receivers.get(claimed.endpoint_id)
            result, signal = await deliver(claimed, receiver, self._random, self._deadline)
        except Exception as error:
            log.exception("delivery %s failed unexpectedly", claimed.id)
            result, signal = failed_attempt(claimed, error, self._random)
        self._recorder.add(result, signal)
        metrics.ATTEMPTS.labels(signal.verdict).inc()
        metrics.ATTEMPT_SECONDS.observe(result.duration_ms / 1000)
        if result.state == "delivered" and not claimed.delivered:
            metrics.DELIVERY_SECONDS.observe((result.started_at - claimed.created_at).total_seconds())
        if result.state == "exhausted":
            metrics.GIVEN_UP.labels("attempts").inc()
