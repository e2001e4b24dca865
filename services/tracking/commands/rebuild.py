"""`python -m services.tracking rebuild`: delete all case records, and compute them again from the events.

Needed after a change of the function that computes a case from its events. The service may keep running. It reads all
events again from the beginning, and boards load a new snapshot. If that function has not changed, the stored bytes are
the same as before.
"""

from __future__ import annotations

from contracts.catalogue import CASES_TOPIC
from contracts.events.registry import REGISTRY_STREAM
from services.chassis import database
from services.chassis.database import Pool
from services.chassis.settings import load_or_exit


async def delete_all_cases(pool: Pool) -> None:
    """Empty all tables that are derived from events, and reset offsets and repair cursors, in one transaction.

    The locks are taken in the same order as by the batches of the event consumer: partitions, aggregates, other tables.
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
    """Delete all cases in the database that `DATABASE_URL_TRACKING` names."""
    pool = await database.connect(load_or_exit("tracking").database_url, size=1)
    try:
        await delete_all_cases(pool)
    finally:
        await pool.close()
