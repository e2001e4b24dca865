"""Serials of case numbers: unique over all replicas, at one round trip to the database for fifty reports."""

from __future__ import annotations

import asyncio

from services.chassis.database import Pool

_BLOCK = 50
"""As the sequence's INCREMENT says."""


class Serials:
    """Hands out serials. What a process has not used when it stops is lost: gaps are allowed."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._left: list[int] = []
        self._fetching = asyncio.Lock()

    async def take(self) -> int:
        """The next serial of this process."""
        while not self._left:
            async with self._fetching:
                if not self._left:
                    first: int = await self._pool.fetchval("SELECT nextval('case_serial')")
                    self._left = list(range(first + _BLOCK - 1, first - 1, -1))
        return self._left.pop()
