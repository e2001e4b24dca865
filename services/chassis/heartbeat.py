"""The heartbeat: a row that each replica writes to prove that the database accepts writes.

An update in place needs no space on the disk, so it would succeed on a full disk. Therefore each heartbeat also writes
half a megabyte to a temporary file.
"""

from __future__ import annotations

import asyncio
from time import monotonic

from services.chassis import loops
from services.chassis.database import Pool

EVERY = 5.0
FRESH = 20.0
"""Maximum age in seconds of the last beat of a service that is ready."""

_SPILL_TO_DISK = "SELECT count(*) FROM generate_series(1, 20000)"
_BEAT = """
    INSERT INTO heartbeat (replica, beat_at) VALUES ($1, now())
    ON CONFLICT (replica) DO UPDATE SET beat_at = excluded.beat_at
"""


class Heartbeat:
    """Writes the row of this replica and remembers the last successful write.

    All runs of the loop share this object.
    """

    def __init__(self, pool: Pool, replica: str) -> None:
        self._pool = pool
        self._replica = replica
        self._beat_at: float | None = None

    @property
    def fresh(self) -> bool:
        """True if the database accepted a write in the last `FRESH` seconds."""
        return self._beat_at is not None and monotonic() - self._beat_at < FRESH

    async def run(self) -> None:
        """Write the row every few seconds, for ever."""
        while True:
            await self.beat()
            loops.progress()
            await asyncio.sleep(EVERY)

    async def beat(self) -> None:
        """Write the row once. Raises the database's error if it accepts no writes."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SET LOCAL work_mem = '64kB'")
            await connection.execute(_SPILL_TO_DISK)
            await connection.execute(_BEAT, self._replica)
        self._beat_at = monotonic()
