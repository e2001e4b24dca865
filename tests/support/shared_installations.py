"""An installation that the tests of a module share, because starting one takes a second.

It is emptied between tests and reused only if the test left it unchanged: no service restarted, the clock not moved,
no case halted, no dead letter, no event in transit. Otherwise the next test gets a new installation. Photos stay (their
names are hashes of their content), and rate limits keep counting.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from contracts.catalogue import CASES_TOPIC
from contracts.events.registry import REGISTRY_STREAM
from deploy.topics import PARTITIONS
from services.chassis.database import Pool
from tests.support import consistency
from tests.support.infrastructure import Broker, Brokers, Postgres
from tests.support.installation import Installation, open_installation
from tests.support.waiting import wait_until

_STAYS = frozenset(
    {
        "migration",
        "partition_lease",
        "replica",
        "heartbeat",
        "repair_cursor",
        "registry_record",
        "registry_release",
        "applied_calendar",
        "aggregate",
        "board",
        "roster_progress",
    }
)
"""Tables that are not emptied: topic positions, registry data, and tables with one such row."""

_TABLES = """
    SELECT relname, relhastriggers FROM pg_class
    WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
"""


class SharedInstallations:
    """Holder of the installation that the tests of one module share."""

    def __init__(self, postgres: Postgres, brokers: Brokers, home: Path) -> None:
        self._postgres = postgres
        self._brokers = brokers
        self._home = home
        self._stack = AsyncExitStack()
        self._current: Installation | None = None
        self._kind = ""
        self._count = 0

    async def get(self, kind: str = "") -> Installation:
        """Return the installation of the previous test, emptied, or a new one without services.

        Tests that need other services than the rest of their module pass another `kind`; one kind is kept at a time.
        """
        installation = self._current
        if installation is None or kind != self._kind or not installation.unchanged or not await _emptied(installation):
            await self.close()
            installation = self._current = await self._new()
            self._kind = kind
        return installation

    async def close(self) -> None:
        """Close the shared installation."""
        self._current = None
        await self._stack.aclose()

    async def _new(self) -> Installation:
        self._count += 1
        home = self._home / str(self._count)
        home.mkdir()
        broker = await self._stack.enter_async_context(self._brokers.empty_broker())
        return await self._stack.enter_async_context(open_installation(self._postgres, broker, home))


async def _emptied(installation: Installation) -> bool:
    """Delete all cases; return False if events were left in transit."""
    running = {
        name: each for name, each in installation.running.items() if each.service.has_database and name != "registry"
    }
    pools = {name: each.context.database for name, each in running.items()}
    readers = [name for name, each in running.items() if each.service.consumes_cases]

    async def quiet() -> bool:
        return not consistency.violations(
            {name: await consistency.read_positions(pool) for name, pool in pools.items()}, readers
        )

    try:
        async with AsyncExitStack() as paused:  # else repair would fetch the deleted events again
            for name in readers:
                await paused.enter_async_context(running[name].app.state.repair.passing)
            await wait_until(quiet, seconds=2)
            written = await _ends(installation.broker)
            await wait_until(lambda: _read_to(written, [pools[name] for name in readers]), seconds=2)
            await asyncio.gather(*(_empty(pool) for pool in pools.values()))
    except (AssertionError, asyncpg.PostgresError, KafkaError):
        return False
    return True


async def _ends(broker: Broker) -> dict[tuple[str, int], int]:
    """Return the end offset of each partition of the topic of cases."""
    consumer = AIOKafkaConsumer(**broker.connection().arguments())
    await consumer.start()
    try:
        found = await consumer.end_offsets([TopicPartition(CASES_TOPIC, n) for n in range(PARTITIONS[CASES_TOPIC])])
    finally:
        await consumer.stop()
    return {(partition.topic, partition.partition): end for partition, end in found.items()}


async def _read_to(ends: dict[tuple[str, int], int], readers: list[Pool]) -> bool:
    """True if every service has read the topic to its end; a leftover event would reach the next test."""
    for pool in readers:
        rows = await pool.fetch("SELECT topic, partition, next_offset FROM partition_lease")
        read = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
        if any(read.get(partition, 0) < end for partition, end in ends.items()):
            return False
    return True


async def _empty(pool: Pool) -> None:
    """Delete all rows but those of `_STAYS`; append-only tables are truncated.

    All tables are locked first. Otherwise housekeeping could add a link to the hash chain for an event that is deleted.
    """
    rows = [row for row in await pool.fetch(_TABLES) if row["relname"] not in _STAYS]
    steps = [f"DELETE FROM {row['relname']}" for row in rows if not row["relhastriggers"]]
    steps.append("TRUNCATE " + ", ".join(row["relname"] for row in rows if row["relhastriggers"]))
    steps.append(f"DELETE FROM aggregate WHERE case_id <> '{REGISTRY_STREAM}'")
    if any(row["relname"] == "board_change" for row in rows):
        steps.append("UPDATE board SET epoch = DEFAULT, seq = 0")
    tables = ", ".join(["partition_lease", "aggregate", *(row["relname"] for row in rows)])
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
        await connection.execute(";".join(steps))
