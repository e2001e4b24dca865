"""`python -m services.tracking rebuild`: delete all case records so that the service reads them again.

Needed after a change of the function that computes a case from its events. The service may run meanwhile: it starts
reading from the beginning, and boards load a new snapshot. The result is the same to the byte, apart from the change.
"""

from __future__ import annotations

from contracts.catalogue import CASES_TOPIC
from contracts.events.registry import REGISTRY_STREAM
from services.chassis import database
from services.chassis.database import Pool
from services.chassis.settings import load_or_exit


async def delete_all_cases(pool: Pool) -> None:
    """Empty the tables derived from events, and reset offsets and repair, in one transaction.

    Locks are taken in the same order as by batches: partitions, aggregates, other tables.
    """
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE partition_lease IN EXCLUSIVE MODE")
        await connection.execute("LOCK TABLE aggregate IN EXCLUSIVE MODE")
        await connection.execute("DELETE FROM aggregate WHERE case_id <> $1", REGISTRY_STREAM)
        await connection.execute("DELETE FROM deferred_event WHERE case_id <> $1", REGISTRY_STREAM)
        await connection.execute("DELETE FROM dead_letter WHERE resolution IS NULL AND source <> 'registry'")
        await connection.execute("TRUNCATE event, record, involved, search, board_change")
        await connection.execute("UPDATE board SET epoch = DEFAULT, seq = 0")
        await connection.execute(
            "UPDATE partition_lease SET log_id = '', next_offset = 0 WHERE topic = $1", CASES_TOPIC
        )
        await connection.execute("DELETE FROM repair_cursor WHERE source <> 'registry'")


async def main() -> None:
    """Rebuild the database of the environment."""
    pool = await database.connect(load_or_exit("tracking").database_url, size=1)
    try:
        await delete_all_cases(pool)
    finally:
        await pool.close()
