"""Deleting what was kept long enough: a batch in a transaction, until nothing is left."""

from __future__ import annotations

from services.chassis import loops
from services.chassis.database import Pool

BATCH = 5000
"""Rows in one transaction: short locks, and no more work lost than that when it is interrupted."""


async def run_in_batches(pool: Pool, statement: str, *arguments: object, batch: int = BATCH) -> int:
    """Run a statement that changes at most so many rows (its last parameter) until it finds fewer.

    Each run is a transaction of its own. Returns how many rows were changed in all.
    """
    changed = 0
    while True:
        loops.progress()
        tag = await pool.execute(statement, *arguments, batch)
        count = int(tag.rpartition(" ")[2])
        changed += count
        if count < batch:
            return changed
