"""Partitions, migrations, connections and metrics of a service's own database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from services.chassis import database, housekeeping
from services.chassis.database import CHASSIS_MIGRATIONS
from tests.support.infrastructure import Postgres
from tests.support.metrics import metric
from tests.support.waiting import wait_until

_ROW = """
    INSERT INTO event_store (recorded_at, case_id, sequence, type, time, dependencies, causation_id, traceparent, body)
    VALUES ($1, gen_random_uuid(), 1, '', now(), '', '', '', '')
"""


async def test_rule_3_a_month_with_rows_in_the_default_partition_gets_no_partition_of_its_own(
    chassis_pool: database.Pool,
) -> None:
    """Otherwise a service that first ran with a wrong clock could not start again."""
    await chassis_pool.execute(_ROW, datetime.now(UTC))
    await housekeeping.make_partitions(chassis_pool)
    await chassis_pool.execute(_ROW, datetime.now(UTC))
    assert await chassis_pool.fetchval("SELECT count(*) FROM event_store_default") == 2


async def test_rule_3_partitions_adjoin_in_every_time_zone_of_the_session(chassis_pool: database.Pool) -> None:
    await housekeeping.make_partitions(chassis_pool)
    today = datetime.now(UTC)
    last = f"event_store_{(today.year * 12 + today.month + 1) // 12}_{(today.year * 12 + today.month + 1) % 12 + 1:02}"
    await chassis_pool.execute(f"DROP TABLE {last}")
    name = await chassis_pool.fetchval("SELECT current_database()")
    await chassis_pool.execute(f"ALTER DATABASE {name} SET timezone = 'Asia/Shanghai'")
    await chassis_pool.expire_connections()
    await housekeeping.make_partitions(chassis_pool)
    assert await chassis_pool.fetchval("SELECT to_regclass($1) IS NOT NULL", last)


async def test_deferred_events_are_counted_while_repair_fails(chassis_pool: database.Pool) -> None:
    await chassis_pool.execute(
        "INSERT INTO deferred_event (case_id, source, sequence, needs_release, headers, body, deferred_at)"
        " VALUES (gen_random_uuid(), 'intake', 2, 0, '[]', '', now() - interval '1 hour')"
    )
    await housekeeping.measure(chassis_pool)
    assert metric("gridloop_deferred_events") == 1
    assert metric("gridloop_deferred_oldest_seconds") >= 3600


async def test_a_replica_waits_for_the_migrations_of_the_first(postgres: Postgres) -> None:
    """A migration may take longer than any query: it may build an index over years of rows."""
    url = await postgres.create_database("chassis")
    first = await asyncpg.connect(url)
    pool = await asyncpg.create_pool(url, min_size=1, max_size=1, command_timeout=1)
    await first.execute("SELECT pg_advisory_lock($1)", database.MIGRATION_LOCK)
    waiting = asyncio.create_task(database.migrate(pool, [CHASSIS_MIGRATIONS]))

    async def waits_longer_than_a_query() -> bool:
        return waiting.done() or await first.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
            " AND now() - query_start > interval '1.5 s'"
        )

    await wait_until(waits_longer_than_a_query)
    await first.close()
    assert await waiting
    await pool.close()


async def test_the_server_notices_a_peer_that_vanished(chassis_pool: database.Pool) -> None:
    """So a relay whose machine is gone holds the election for seconds only."""
    if await chassis_pool.fetchval("SELECT inet_server_addr() IS NULL"):
        pytest.skip("a local socket has no remote peer")
    assert await chassis_pool.fetchval("SHOW tcp_keepalives_idle") == "10"
