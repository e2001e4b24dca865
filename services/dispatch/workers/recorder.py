"""Results are written in batches: whatever finished while the last batch was being written is the next."""

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
"""How often the plain success of a healthy endpoint is noted on it."""

_BATCH = 200

BACKLOG = 2 * _BATCH
"""With so many results unwritten, nothing more is sent."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.3, 10.0
"""Seconds before results that could not be written are tried again."""


class Recorder:
    """Background task beside a sender. Keeps every result until it is written."""

    def __init__(self, pool: Pool, written: Callable[[], None]) -> None:
        self._pool = pool
        self._written = written
        self._finished: list[tuple[DeliveryResult, HealthSignal]] = []
        self._signs: dict[UUID, list[HealthSignal]] = {}
        """Signs of written results that their endpoints have not been told yet."""
        self._some = asyncio.Event()
        self._noted: dict[UUID, float] = {}
        self._failing = False

    @property
    def behind(self) -> bool:
        """True while results cannot be written or too many wait: what is sent now could not be recorded."""
        return self._failing or len(self._finished) >= BACKLOG

    def add(self, result: DeliveryResult, signal: HealthSignal) -> None:
        """To be written soon."""
        self._finished.append((result, signal))
        self._some.set()
        metrics.UNRECORDED.set(len(self._finished))

    async def run(self) -> None:
        """Write for ever. Whatever keeps results from being written is waited for; none of them is dropped."""
        pause = _FIRST_PAUSE
        while True:
            await self._some.wait()
            self._some.clear()
            try:
                await self.flush()
                pause = _FIRST_PAUSE
            except Exception as error:
                self._failing = True
                if isinstance(error, TRANSIENT):
                    loops.outage(error)
                else:
                    log.exception("results cannot be written; nothing is sent until they are")
                    loops.progress()  # a fresh sender would not know these results, and send everything again
                self._some.set()
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    async def flush(self) -> None:
        """Write what has finished."""
        while self._finished or self._signs:
            await self._write(self._finished[:_BATCH])
            await self._judge()
            loops.progress()
            self._failing = False
            self._written()

    async def _write(self, batch: Sequence[tuple[DeliveryResult, HealthSignal]]) -> None:
        """Write the first results in one statement; if that is refused, each alone, so that the others are written."""
        try:
            await deliveries.record_results(self._pool, [result for result, _ in batch])
        except TRANSIENT:
            raise
        except Exception:
            log.exception("results cannot be written together; each is written alone")
            for result, _ in batch:
                await self._write_alone(result)
                self._shift(1)
        else:
            self._shift(len(batch))

    async def _write_alone(self, result: DeliveryResult) -> None:
        """Write one result; if the database refuses what the receiver said, without that."""
        try:
            await deliveries.record_results(self._pool, [result])
        except TRANSIENT:
            raise
        except Exception as error:
            log.exception("the result of delivery %s cannot be written as it is", result.claimed.id)
            reason = f"internal error: {type(error).__name__} while recording"
            await deliveries.record_results(
                self._pool, [replace(result, error=reason, address=None, response="", duration_ms=0)]
            )

    def _shift(self, count: int) -> None:
        """Move written results out of the queue; what they say about endpoints is still to be told."""
        for result, signal in self._finished[:count]:
            if self._says_something(result, signal):
                self._signs.setdefault(result.claimed.endpoint_id, []).append(signal)
        del self._finished[:count]
        metrics.UNRECORDED.set(len(self._finished))

    async def _judge(self) -> None:
        """Tell endpoints what their results mean; if that is refused for all together, each alone."""
        try:
            if self._signs:
                await deliveries.update_health(self._pool, self._signs)
        except TRANSIENT:
            raise
        except Exception:
            log.exception("the health of endpoints cannot be updated together; each is updated alone")
            for endpoint_id in list(self._signs):
                await self._judge_alone(endpoint_id)
        self._signs.clear()

    async def _judge_alone(self, endpoint_id: UUID) -> None:
        try:
            await deliveries.update_health(self._pool, {endpoint_id: self._signs[endpoint_id]})
        except TRANSIENT:
            raise
        except Exception:
            log.exception("the health of endpoint %s cannot be updated", endpoint_id)
        del self._signs[endpoint_id]

    def _says_something(self, result: DeliveryResult, signal: HealthSignal) -> bool:
        endpoint_id = result.claimed.endpoint_id
        if signal.verdict != "delivered" or signal.challenged or signal.test_error or result.claimed.troubled:
            self._noted.pop(endpoint_id, None)
            return True
        if self._noted.get(endpoint_id, 0.0) > monotonic() - _SUCCESS_NOTE_SECONDS:
            return False
        self._noted[endpoint_id] = monotonic()
        return True
