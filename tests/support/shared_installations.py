"""A house that the tests of a module use one after the other: emptied between them, since to build one costs a second.

Only what a test left as it found it is used again: the same services without a restart, the clock unmoved, nothing
stopped, buried or still on its way. Everything else is closed, and the next test gets a new house. Photos stay (their
names are their content), and limits of a caller go on counting.
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
from tests.support.installation import Installation, open_installation, wait_until

_STAYS = frozenset({
    "migration", "partition_lease", "replica", "heartbeat", "repair_cursor", "registry_record", "registry_release", "applied_calendar",
    "aggregate", "board",
})  # fmt: skip
"""Where a service has read to, and what it knows of the district; `aggregate` and `board` hold a row of that kind, too."""

_TABLES = """
    SELECT relname, relhastriggers FROM pg_class
    WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
"""


class SharedInstallations:
    """Gives each test of a module a house in which nothing has happened."""

    def __init__(self, postgres: Postgres, brokers: Brokers, home: Path) -> None:
        self._postgres = postgres
        self._brokers = brokers
        self._home = home
        self._stack = AsyncExitStack()
        self._house: Installation | None = None
        self._kind = ""
        self._count = 0

    async def get(self, kind: str = "") -> Installation:
        """The one that the test before has used, emptied; or a new one, in which nothing runs yet.

        A module in which some tests need other services than the rest has kinds of houses: one is kept at a time.
        """
        installation = self._house
        if installation is None or kind != self._kind or not installation.unchanged or not await _emptied(installation):
            await self.close()
            installation = self._house = await self._new()
            self._kind = kind
        return installation

    async def close(self) -> None:
        """Close the house that is kept."""
        self._house = None
        await self._stack.aclose()

    async def _new(self) -> Installation:
        self._count += 1
        home = self._home / str(self._count)
        home.mkdir()
        broker = await self._stack.enter_async_context(self._brokers.an_empty_one())
        return await self._stack.enter_async_context(open_installation(self._postgres, broker, home))


async def _emptied(installation: Installation) -> bool:
    """Forget every case; whether nothing was left behind."""
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
        async with AsyncExitStack() as nobody_repairs:  # what one is emptied of, another would bring back
            for name in readers:
                await nobody_repairs.enter_async_context(running[name].app.state.repair.passing)
            await wait_until(quiet, seconds=2)
            written = await _ends(installation.broker)
            await wait_until(lambda: _read_to(written, [pools[name] for name in readers]), seconds=2)
            await asyncio.gather(*(_empty(pool) for pool in pools.values()))
    except (AssertionError, asyncpg.PostgresError, KafkaError):
        return False
    return True


async def _ends(broker: Broker) -> dict[tuple[str, int], int]:
    """Where each partition of the log of cases ends."""
    consumer = AIOKafkaConsumer(**broker.connection().arguments())
    await consumer.start()
    try:
        found = await consumer.end_offsets([TopicPartition(CASES_TOPIC, n) for n in range(PARTITIONS[CASES_TOPIC])])
    finally:
        await consumer.stop()
    return {(partition.topic, partition.partition): end for partition, end in found.items()}


async def _read_to(ends: dict[tuple[str, int], int], readers: list[Pool]) -> bool:
    """Whether the log holds nothing more for anybody: what repair brought first still comes by it, to the next test."""
    for pool in readers:
        rows = await pool.fetch("SELECT topic, partition, next_offset FROM partition_lease")
        read = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
        if any(read.get(partition, 0) < end for partition, end in ends.items()):
            return False
    return True


async def _empty(pool: Pool) -> None:
    """Few rows go faster than files, but some tables let none go.

    All are locked first: a link that housekeeping adds to the chain in that moment would else outlive the event it is about,
    and the next test's chain break at it.
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
