"""The parts a test worker has: one PostgreSQL and one broker, and of the broker each test gets an empty one."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Iterable
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

__all__ = ["Broker", "Brokers", "Postgres", "free_port", "on_apache_kafka"]

_count = itertools.count(1)


def free_port() -> int:
    return ports.free_port()


def database_of(url: str) -> str:
    """The name of the database at that address."""
    return urlsplit(url).path.removeprefix("/")


def on_apache_kafka() -> bool:
    """`make test-kafka` sets this: the same tests on Apache Kafka."""
    return os.environ.get("TEST_BROKER") == "kafka"


@dataclass
class Postgres:
    """A cluster that lives as long as the worker; databases are made for each test, all of one role."""

    cluster: Cluster
    templates: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    """By name: what databases of each service may be copied from. Nobody is connected to them."""

    async def create_role(self) -> None:
        """The role that owns them."""
        connection = await asyncpg.connect(self.cluster.url())
        try:
            await connection.execute("CREATE ROLE test LOGIN PASSWORD 'test'")
        finally:
            await connection.close()

    async def create_database(self, service: str, template: str = "") -> str:
        """A database of a test alone: empty, or a copy. Returns its address."""
        name = f"test_{service}_{next(_count)}"
        source = self.templates.get(template, {}).get(service, "template1")
        connection = await asyncpg.connect(self.cluster.url())
        try:
            await connection.execute(f'CREATE DATABASE "{name}" OWNER test TEMPLATE "{source}" STRATEGY file_copy')
        finally:
            await connection.close()
        return self.cluster.url(name, "test", "test")

    async def drop_databases(self, urls: Iterable[str]) -> None:
        """Remove databases that a test has done with: a few hundred of them fill the memory they are kept in."""
        connection = await asyncpg.connect(self.cluster.url())
        try:
            for url in urls:
                await connection.execute(f'DROP DATABASE IF EXISTS "{database_of(url)}" WITH (FORCE)')
        finally:
            await connection.close()


class Brokers:
    """Where a test's broker comes from: the embedded one is new for each, Apache Kafka is emptied."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._kafka: ApacheKafka | None = None

    @asynccontextmanager
    async def an_empty_one(self) -> AsyncIterator[Broker]:
        """A broker of this test alone, which it may stop, kill and wipe."""
        if on_apache_kafka():
            yield await self._emptied()
            return
        tansu = Tansu(Home(self._home / f"tansu-{next(_count)}"), free_port())
        await tansu.start()
        try:
            yield tansu
        finally:
            await tansu.stop()

    async def stop(self) -> None:
        if self._kafka is not None:
            await self._kafka.stop()

    async def _emptied(self) -> ApacheKafka:
        """Its start takes ten times as long as what most tests do with it, so only its topics are made anew."""
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
