"""Serial numbers for case numbers, unique over all replicas. One database call reserves fifty of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import NamedTuple

import httpx
from pydantic import BaseModel, ValidationError

from services.chassis import http_client
from services.chassis.context import Context
from services.chassis.database import Pool

log = logging.getLogger(__name__)

_BLOCK = 50
"""Number of serials that one database call reserves: the INCREMENT of the database sequence."""
_MARGIN = 10_000
"""Number of serials to skip if tracking cannot tell which ones have been used."""
_QUERY_AGAIN_SECONDS = 30.0
"""Seconds until tracking is asked again after it gave no complete answer."""
_TIMEOUT = 2.0
_LOCK = 0x7365_7269  # "seri"


class UsedSerials(NamedTuple):
    """What the tracking service knows about the used serials."""

    highest: int
    complete: bool
    """Whether tracking has read all events, so that `highest` is certain."""


class Serials:
    """Serials for the reports of this process. Unused ones are lost when the process stops; gaps are allowed.

    After a restore from a backup, the database sequence may be too low, and only the tracking service knows which
    serials were used. Therefore a process asks tracking for the highest used serial before it reserves its first block,
    and continues above it. If tracking does not answer, or has not read all events, the process skips many serials
    instead of refusing reports.
    """

    def __init__(self, pool: Pool, used: Callable[[], Awaitable[UsedSerials | None]]) -> None:
        self._pool = pool
        self._query_used = used
        self._available: list[int] = []
        self._fetching = asyncio.Lock()
        self._used_is_known = False
        self._margin_skipped = False
        self._next_query_at = 0.0

    async def next_serial(self) -> int:
        """Return an unused serial, reserving a new block if needed."""
        while not self._available:
            async with self._fetching:
                if not self._available:
                    if not self._used_is_known and monotonic() >= self._next_query_at:
                        await self._begin_above_used()
                    first: int = await self._pool.fetchval("SELECT nextval('case_serial')")
                    self._available = list(range(first + _BLOCK - 1, first - 1, -1))
        return self._available.pop()

    async def _begin_above_used(self) -> None:
        """Move the database sequence above all used serials that tracking knows.

        Skip a margin if tracking does not know all of them.
        """
        used = await self._query_used() or UsedSerials(0, complete=False)
        self._used_is_known = used.complete
        if not self._used_is_known:
            self._next_query_at = monotonic() + _QUERY_AGAIN_SECONDS
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)  # one replica at a time
            last: int = await connection.fetchval("SELECT last_value FROM case_serial")
            reserved = last + _BLOCK - 1
            if used.highest > reserved or not (self._used_is_known or self._margin_skipped):
                begins = max(used.highest, reserved) + _MARGIN
                await connection.execute("SELECT setval('case_serial', $1)", begins)
                log.warning(
                    "case numbers continue above %d; the database gave %d, tracking knows %d (complete: %s)",
                    begins,
                    reserved,
                    used.highest,
                    used.complete,
                )
        self._margin_skipped = True


class _Answer(BaseModel):
    highest: int
    complete: bool


def tracking_query(context: Context) -> Callable[[], Awaitable[UsedSerials | None]]:
    """Return a function that asks tracking for the used serials.

    The function returns `None` if tracking does not answer in time.
    """
    url = context.settings.gridloop_urls.get("tracking", "")
    headers = {"authorization": f"Bearer {context.settings.gridloop_service_key}"}

    async def ask() -> UsedSerials | None:
        if not url:
            return None
        try:
            async with http_client.create_client(headers=headers, timeout=_TIMEOUT) as client:
                answer = await client.get(f"{url}/internal/serials")
                answer.raise_for_status()
                found = _Answer.model_validate_json(answer.content)
        except (httpx.HTTPError, ValidationError) as error:
            log.warning("tracking did not answer which case numbers were used: %r", error)
            return None
        return UsedSerials(found.highest, found.complete)

    return ask
