"""Command that deletes the registry data of a service, so that it is read again from the registry.

    python -m services.chassis.reload_registry_snapshot <service>

Needed after a restore of the registry, which uses the numbers of its lost releases again. Stop all replicas of the
service first. After its start, the service is not ready until it has read all registry data again.
"""

from __future__ import annotations

import asyncio
import sys

from contracts.events.registry import REGISTRY_STREAM
from services.chassis import database
from services.chassis.database import Pool
from services.chassis.settings import load_or_exit

_FORGET = """
    DELETE FROM registry_record;
    DELETE FROM registry_release;
    DELETE FROM repair_cursor WHERE source = 'registry';
    DELETE FROM dead_letter WHERE resolution IS NULL AND source = 'registry'
"""
_CLOSE = """
    UPDATE divergence SET resumed_at = now(), resumed_by = 'reload_registry_snapshot', reason = 'registry data reloaded'
    WHERE case_id = $1 AND resumed_at IS NULL
"""


async def delete_snapshot(pool: Pool) -> None:
    """Delete every release in one transaction.

    The offset stays, because the log may hold events from before the restore.
    """
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("DELETE FROM aggregate WHERE case_id = $1", REGISTRY_STREAM)
        await connection.execute("DELETE FROM deferred_event WHERE case_id = $1", REGISTRY_STREAM)
        await connection.execute(_CLOSE, REGISTRY_STREAM)
        await connection.execute(_FORGET)


async def main(service: str) -> None:
    """Delete the registry data in the database that `DATABASE_URL_<SERVICE>` names."""
    pool = await database.connect(load_or_exit(service).database_url, size=1)
    try:
        await delete_snapshot(pool)
    finally:
        await pool.close()


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] == "registry":  # the registry itself has no other source for its releases
        sys.exit("python -m services.chassis.reload_registry_snapshot intake|routing|dispatch|supervision|tracking")
    asyncio.run(main(sys.argv[1]))
