"""Results are written in batches: whatever finished while the last batch was being written is the next."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from time import monotonic
from uuid import UUID

from services.chassis.database import TRANSIENT, Pool
from services.dispatch.domain.delivery.health import Sign
from services.dispatch.store import outbox
from services.dispatch.store.outbox import Result

log = logging.getLogger(__name__)

_NEWS_SECONDS = 60.0
"""How often the plain success of a healthy endpoint is noted on it."""

_BATCH = 200


class Recorder:
    """Background task beside a sender."""

    def __init__(self, pool: Pool, written: Callable[[], None]) -> None:
        self._pool = pool
        self._written = written
        self._finished: list[tuple[Result, Sign]] = []
        self._some = asyncio.Event()
        self._noted: dict[UUID, float] = {}

    def add(self, result: Result, sign: Sign) -> None:
        """To be written soon."""
        self._finished.append((result, sign))
        self._some.set()

    async def run(self) -> None:
        """Write for ever. A database that is away is waited for: tokens say later whether a result still counts."""
        while True:
            await self._some.wait()
            self._some.clear()
            try:
                await self.flush()
            except TRANSIENT as error:
                log.warning("results wait for the database: %r", error)
                self._some.set()
                await asyncio.sleep(0.3)

    async def flush(self) -> None:
        """Write what has finished."""
        while self._finished:
            batch = self._finished[:_BATCH]
            await self._write([result for result, _ in batch])
            del self._finished[: len(batch)]
            await self._judge(batch)
            self._written()

    async def _write(self, results: list[Result]) -> None:
        """One statement for all; if one of them cannot be written, each alone, so that the others are."""
        try:
            await outbox.record(self._pool, results)
        except TRANSIENT:
            raise
        except Exception:
            log.exception("results could not be written together")
            for result in results if len(results) > 1 else ():
                await self._write([result])

    async def _judge(self, batch: list[tuple[Result, Sign]]) -> None:
        signs: dict[UUID, list[Sign]] = defaultdict(list)
        for result, sign in batch:
            if self._says_something(result, sign):
                signs[result.claimed.endpoint_id].append(sign)
        if signs:
            await outbox.judge(self._pool, signs)

    def _says_something(self, result: Result, sign: Sign) -> bool:
        endpoint_id = result.claimed.endpoint_id
        if sign.verdict != "delivered" or sign.challenged or result.claimed.troubled:
            self._noted.pop(endpoint_id, None)
            return True
        if self._noted.get(endpoint_id, 0.0) > monotonic() - _NEWS_SECONDS:
            return False
        self._noted[endpoint_id] = monotonic()
        return True
