"""The sender: claims what is due, sends it, hands the results to the recorder. As many may run as there are replicas."""

from __future__ import annotations

import asyncio
import contextlib
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
"""Requests of this process, all endpoints together."""

CROWDED = IN_FLIGHT // 2
"""Beyond so many an endpoint gets one at a time: those that only hold requests leave room for those that answer."""

POLL_SECONDS = 0.5
"""How long an idle sender waits before it looks again: other replicas' commits and due retries wake nobody here."""

SHUTDOWN_SECONDS = 3.0
"""How long a sender that is stopped waits for answers under way."""


async def run_sender(context: Context) -> None:
    """Worker: deliver messages. Woken by every commit of this process."""
    sender = Sender(context)
    context.cases.on_commit(sender.wake)
    await sender.run()


class Sender:
    """One per process."""

    def __init__(self, context: Context, *, deadline: float = DEADLINE_SECONDS) -> None:
        self._pool = context.database
        self._deadline = deadline
        self._receivers = Receivers(
            context.database,
            Vault(context.settings.gridloop_secret_key, WEBHOOK_SECRETS),
            parse_networks(context.settings.gridloop_webhook_allow),
            http_client.tls(),
        )
        self._recorder = Recorder(context.database, self.wake)
        self._random = Random()  # noqa: S311 - it spreads retries
        self._wake = asyncio.Event()
        self._behind = UUID(int=0)
        self._under_way: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Something may be due."""
        self._wake.set()

    async def run(self) -> None:
        """Send for ever. When cancelled: answers under way are waited for a moment; the rest goes out after its lease."""
        claiming, recording = tasks = [asyncio.create_task(run()) for run in (self._claim, self._recorder.run)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:  # neither ends by itself: without the one the other must not go on
                task.result()
        finally:
            claiming.cancel()
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=SHUTDOWN_SECONDS)
            for task in (*self._under_way, recording):
                task.cancel()
            await asyncio.gather(*self._under_way, *tasks, return_exceptions=True)
            await self._record_rest()
            await self._receivers.aclose()

    async def _record_rest(self) -> None:
        """Write what is left when the sender stops; what cannot be written goes out again after its lease."""
        try:
            await self._recorder.flush()
        except TRANSIENT as error:
            log.warning("results are left unwritten: %r", error)
        except Exception:
            log.exception("results are left unwritten")

    async def _claim(self) -> None:
        while True:
            self._wake.clear()
            under_way = len(self._under_way)
            crowded = under_way >= CROWDED
            room = 0 if self._recorder.behind else (IN_FLIGHT if crowded else CROWDED) - under_way
            taken = await self._take(room, cap=1 if crowded else None) if room else []
            if room and len(taken) == room:
                self.wake()  # there may be more
            for claimed in taken:
                task = asyncio.create_task(self._deliver(claimed))
                self._under_way.add(task)
                task.add_done_callback(self._ended)
            metrics.UNDER_WAY.set(len(self._under_way))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()

    async def _take(self, room: int, cap: int | None) -> list[ClaimedDelivery]:
        try:
            claimed = await deliveries.claim(
                self._pool, behind=self._behind, limit=room, at=asyncio.get_running_loop().time(), cap=cap
            )
            await self._receivers.prepare(claimed)
        except TRANSIENT as error:
            loops.outage(error)
            return []
        loops.progress()
        if claimed:
            self._behind = claimed[-1].endpoint_id
        return claimed

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        metrics.UNDER_WAY.set(len(self._under_way))

    async def _deliver(self, claimed: ClaimedDelivery) -> None:
        """Send one message, unless this process slept so long that its lease may end on the way.

        Whatever goes wrong is a failed attempt: it is recorded with its reason, and its endpoint's breaker counts it.
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
            metrics.GIVEN_UP.labels("tried").inc()
