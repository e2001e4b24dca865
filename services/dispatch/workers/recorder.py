"""Recording of results in batches. The results that arrive while one batch is being written form the next batch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic
from uuid import UUID

from services.chassis import loops
from services.chassis.database import TRANSIENT, Pool
from services.dispatch.domain.delivery.health import HealthSignal
from services.dispatch.store import deliveries
from services.dispatch.store.deliveries import DeliveryResult
from services.dispatch.workers import metrics

log = logging.getLogger(__name__)

_SUCCESS_NOTE_SECONDS = 60.0
"""Seconds after a recorded success for which no further success is recorded on a healthy endpoint."""

_BATCH = 200

BACKLOG = 2 * _BATCH
"""Number of unrecorded results at which the sender stops sending."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.3, 10.0
"""First and longest pause, in seconds, before results that could not be recorded are recorded again."""


class Recorder:
    """Keeps the results of a sender until they are recorded in the database."""

    def __init__(self, pool: Pool, on_recorded: Callable[[], None]) -> None:
        self._pool = pool
        self._on_recorded = on_recorded
        self._finished: list[tuple[DeliveryResult, HealthSignal]] = []
        self._signals: dict[UUID, list[HealthSignal]] = {}
        """Signals of recorded results that have not been applied to their endpoints yet."""
        self._available = asyncio.Event()
        self._success_noted: dict[UUID, float] = {}
        self._failing = False

    @property
    def blocks_sending(self) -> bool:
        """True while results cannot be recorded or too many results wait. The sender must then send nothing."""
        return self._failing or len(self._finished) >= BACKLOG

    def add(self, result: DeliveryResult, signal: HealthSignal) -> None:
        """Queue the result of an attempt, and its health signal, for recording."""
        self._finished.append((result, signal))
        self._available.set()
        metrics.UNRECORDED.set(len(self._finished))

    async def run(self) -> None:
        """Record queued results until cancelled. After an error, wait and try again; no result is lost."""
        pause = _FIRST_PAUSE
        while True:
            await self._available.wait()
            self._available.clear()
            try:
                await self.flush()
                pause = _FIRST_PAUSE
            except Exception as error:
                self._failing = True
                if isinstance(error, TRANSIENT):
                    loops.outage(error)
                else:
                    log.exception("results cannot be recorded; nothing is sent until they are")
                    loops.progress()  # a restart would lose these results and send the messages again
                self._available.set()
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    async def flush(self) -> None:
        """Record all queued results, and apply their health signals."""
        while self._finished or self._signals:
            await self._record(self._finished[:_BATCH])
            await self._update_health()
            loops.progress()
            self._failing = False
            self._on_recorded()

    async def _record(self, batch: Sequence[tuple[DeliveryResult, HealthSignal]]) -> None:
        """Record the first results of the queue in one statement. If the database refuses it, record each alone."""
        try:
            await deliveries.record_results(self._pool, [result for result, _ in batch])
        except TRANSIENT:
            raise
        except Exception:
            log.exception("results cannot be recorded together; recording each alone")
            for result, _ in batch:
                await self._record_alone(result)
                self._dequeue(1)
        else:
            self._dequeue(len(batch))

    async def _record_alone(self, result: DeliveryResult) -> None:
        """Record one result. If the database refuses it, record it without the receiver's response."""
        try:
            await deliveries.record_results(self._pool, [result])
        except TRANSIENT:
            raise
        except Exception as error:
            log.exception("the result of delivery %s cannot be recorded as it is", result.claimed.id)
            reason = f"internal error: {type(error).__name__} while recording"
            await deliveries.record_results(
                self._pool, [replace(result, error=reason, address=None, response="", duration_ms=0)]
            )

    def _dequeue(self, count: int) -> None:
        """Remove `count` recorded results from the head of the queue. Keep the health signals that must be applied."""
        for result, signal in self._finished[:count]:
            if self._concerns_health(result, signal):
                self._signals.setdefault(result.claimed.endpoint_id, []).append(signal)
        del self._finished[:count]
        metrics.UNRECORDED.set(len(self._finished))

    async def _update_health(self) -> None:
        """Apply signals to endpoints in one transaction. If the database refuses it, use one for each endpoint."""
        try:
            if self._signals:
                await deliveries.update_health(self._pool, self._signals)
        except TRANSIENT:
            raise
        except Exception:
            log.exception("the health of endpoints cannot be updated together; updating each alone")
            for endpoint_id in list(self._signals):
                await self._update_health_alone(endpoint_id)
        self._signals.clear()

    async def _update_health_alone(self, endpoint_id: UUID) -> None:
        try:
            await deliveries.update_health(self._pool, {endpoint_id: self._signals[endpoint_id]})
        except TRANSIENT:
            raise
        except Exception:
            log.exception("the health of endpoint %s cannot be updated", endpoint_id)
        del self._signals[endpoint_id]

    def _concerns_health(self, result: DeliveryResult, signal: HealthSignal) -> bool:
        endpoint_id = result.claimed.endpoint_id
        if signal.verdict != "delivered" or signal.challenged or signal.test_error or result.claimed.troubled:
            self._success_noted.pop(endpoint_id, None)
            return True
        if self._success_noted.get(endpoint_id, 0.0) > monotonic() - _SUCCESS_NOTE_SECONDS:
            return False
        self._success_noted[endpoint_id] = monotonic()
        return True
