"""PostgreSQL and the broker of a test worker. Each test gets an empty broker."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient

from deploy import topics
from deploy.local import ports
from deploy.local.broker import Broker, Tansu
from deploy.local.home import Home
from deploy.local.kafka import ApacheKafka
from deploy.local.postgres import Postgres as Cluster
from services.chassis import database
from services.chassis.database import CHASSIS_MIGRATIONS

__all__ = ["Broker", "Brokers", "Postgres", "free_port", "on_apache_kafka"]

_count = itertools.count(1)


def free_port() -> int:
    """Return a port that no other test uses."""
    return ports.free_port()


def database_of(url: str) -> str:
    """Return the name of the database at that address."""
    return urlsplit(url).path.removeprefix("/")


def on_apache_kafka() -> bool:
    """True if the tests run on Apache Kafka (`make test-kafka`)."""
    return os.environ.get("TEST_BROKER") == "kafka"


@dataclass
class Postgres:
    """A PostgreSQL cluster for the lifetime of the worker. Each test has its own databases."""

    cluster: Cluster
    templates: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    """Template name → service → database to copy. No client is connected to a template."""

    async def create_role(self) -> None:
        """Create the role that owns all test databases."""
        connection = await asyncpg.connect(self.cluster.url())
        try:
            await connection.execute("CREATE ROLE test LOGIN PASSWORD 'test'")
        finally:
            await connection.close()

    async def create_database(self, service: str, template: str = "") -> str:
        """Create an empty database, or a copy of a template, and return its address."""
        name = f"test_{service}_{next(_count)}"
        source = self.templates[template][service] if template else "template1"
        connection = await asyncpg.connect(self.cluster.url())
        try:
            await connection.execute(f'CREATE DATABASE "{name}" OWNER test TEMPLATE "{source}" STRATEGY file_copy')
        finally:
            await connection.close()
        return self.cluster.url(name, "test", "test")

    async def create_migrated_database(self, service: str, folders: Sequence[Path] = (CHASSIS_MIGRATIONS,)) -> str:
        """Create a database with the tables of these migrations and return its address."""
        return await self.create_database(service, await self.migrated_template(folders))

    async def migrated_template(self, folders: Sequence[Path] = (CHASSIS_MIGRATIONS,)) -> str:
        """Return the name of a template with the tables of these migrations, which run once per worker."""
        template = " ".join(map(str, folders))
        if template not in self.templates:
            url = await self.create_database("migrated")
            pool = await database.connect(url, size=1)
            await database.migrate(pool, folders)
            await pool.close()
            self.templates[template] = defaultdict(lambda: database_of(url))
        return template

    async def drop_databases(self, urls: Iterable[str]) -> None:
        """Drop databases that are no longer used. Hundreds of them would fill the memory disk."""
        connection = await asyncpg.connect(self.cluster.url())
        try:
            for url in urls:
                await connection.execute(f'DROP DATABASE IF EXISTS "{database_of(url)}" WITH (FORCE)')
        finally:
            await connection.close()


class Brokers:
    """Source of brokers: a new embedded one per test, or one Apache Kafka that is emptied."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._kafka: ApacheKafka | None = None

    @asynccontextmanager
    async def empty_broker(self) -> AsyncIterator[Broker]:
        """Yield an empty broker that the test may stop, kill and wipe."""
        if on_apache_kafka():
            yield await self._emptied_kafka()
            return
        tansu = Tansu(Home(self._home / f"tansu-{next(_count)}"), free_port())
        await tansu.start()
        try:
            yield tansu
        finally:
            await tansu.stop()

    async def stop(self) -> None:
        """Stop Apache Kafka."""
        if self._kafka is not None:
            await self._kafka.stop()

    async def _emptied_kafka(self) -> ApacheKafka:
        """Return Apache Kafka with new topics; a restart would take ten times as long as a test."""
        if self._kafka is None:
            self._kafka = ApacheKafka(Home(self._home / "kafka"), free_port())
        await self._kafka.start()
        admin = AIOKafkaAdminClient(**self._kafka.connection().arguments())
        await admin.start()
        try:
            await admin.delete_topics(list(topics.PARTITIONS))
            while set(await admin.list_topics()) & topics.PARTITIONS.keys():
                await asyncio.sleep(0.02)
        finally:
            await admin.close()
        await topics.create(self._kafka.connection())
        return self._kafka
