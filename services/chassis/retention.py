"""Deletion of expired rows in batches."""

from __future__ import annotations

from services.chassis import loops
from services.chassis.database import Pool

BATCH = 5000
"""Rows per transaction, to keep locks short and to lose little work in an interruption."""


async def run_in_batches(pool: Pool, statement: str, *arguments: object, batch: int = BATCH) -> int:
    """Run a statement again and again until it changes fewer than `batch` rows. Return the number of changed rows.

    `batch` is the last parameter of the statement. Each run is a transaction of its own.
    """
    changed = 0
    while True:
        loops.progress()
        tag = await pool.execute(statement, *arguments, batch)
        count = int(tag.rpartition(" ")[2])
        changed += count
        if count < batch:
            return changed
