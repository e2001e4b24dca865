"""Rule 3: the ledger takes every event, whatever the clock or the time zone of the machine were."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from services.chassis import database, housekeeping, telemetry
from services.chassis.database import CHASSIS_MIGRATIONS
from tests.support.installation import Installation, wait_until

_ROW = """
    INSERT INTO event_store (recorded_at, case_id, sequence, type, time, dependencies, causation_id, traceparent, body)
    VALUES ($1, gen_random_uuid(), 1, '', now(), '', '', '', '')
"""


@pytest.fixture
async def pool(installation: Installation) -> database.Pool:
    settings = await installation.settings("intake")
    pool = await database.connect(settings.database_url)
    await database.migrate(pool, [CHASSIS_MIGRATIONS])
    return pool


async def test_a_month_whose_first_rows_came_before_its_partition_stays_in_the_rest(pool: database.Pool) -> None:
    """A machine that began with a wrong clock would otherwise never start again."""
    await pool.execute(_ROW, datetime.now(UTC))
    await housekeeping.make_partitions(pool)
    await pool.execute(_ROW, datetime.now(UTC))
    assert await pool.fetchval("SELECT count(*) FROM event_store_default") == 2
    await pool.close()


async def test_partitions_fit_together_whatever_the_time_zone_of_the_session(pool: database.Pool) -> None:
    await housekeeping.make_partitions(pool)
    today = datetime.now(UTC)
    last = f"event_store_{(today.year * 12 + today.month + 1) // 12}_{(today.year * 12 + today.month + 1) % 12 + 1:02}"
    await pool.execute(f"DROP TABLE {last}")
    name = await pool.fetchval("SELECT current_database()")
    await pool.execute(f"ALTER DATABASE {name} SET timezone = 'Asia/Shanghai'")
    await pool.expire_connections()
    await housekeeping.make_partitions(pool)
    assert await pool.fetchval("SELECT to_regclass($1) IS NOT NULL", last)
    await pool.close()


async def test_what_is_parked_is_counted_whatever_repair_does(pool: database.Pool) -> None:
    """While a source is away its alarm would stand at what it was before."""
    await pool.execute(
        "INSERT INTO deferred_event (case_id, source, sequence, needs_release, headers, body, deferred_at)"
        " VALUES (gen_random_uuid(), 'intake', 2, 0, '[]', '', now() - interval '1 hour')"
    )
    await housekeeping.measure(pool)
    assert telemetry.DEFERRED._value.get() == 1
    assert telemetry.DEFERRED_OLDEST._value.get() >= 3600
    await pool.close()


async def test_a_replica_waits_for_the_migrations_of_the_first(installation: Installation) -> None:
    """However long they take: an index over years of rows takes longer than any query may."""
    url = (await installation.settings("intake")).database_url
    first = await asyncpg.connect(url)
    pool = await asyncpg.create_pool(url, min_size=1, max_size=1, command_timeout=3)
    await first.execute("SELECT pg_advisory_lock($1)", database._MIGRATION_LOCK)
    waiting = asyncio.create_task(database.migrate(pool, [CHASSIS_MIGRATIONS]))

    async def longer_than_a_query_may() -> bool:
        return waiting.done() or await first.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
            " AND now() - query_start > interval '4 s'"
        )

    await wait_until(longer_than_a_query_may)
    await first.close()
    assert await waiting
    await pool.close()


async def test_the_server_notices_a_peer_that_vanished(pool: database.Pool) -> None:
    """A relay whose machine is gone holds the election no longer than seconds."""
    if await pool.fetchval("SELECT inet_server_addr() IS NULL"):
        pytest.skip("a socket file has no peer that could vanish")
    assert await pool.fetchval("SHOW tcp_keepalives_idle") == "10"
    await pool.close()
