"""The parts a test worker has: one PostgreSQL for the worker, one broker for each test."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local import ports
from deploy.local.broker import Broker, Tansu
from deploy.local.home import Home
from deploy.local.postgres import Postgres as Cluster

__all__ = ["Broker", "Postgres", "broker", "free_port", "on_apache_kafka"]

_count = itertools.count(1)


def free_port() -> int:
    return ports.free()


def on_apache_kafka() -> bool:
    """`make test-kafka` sets this: the same tests on Apache Kafka."""
    return os.environ.get("TEST_BROKER") == "kafka"


@dataclass
class Postgres:
    """A cluster that lives as long as the worker; databases are made for each test."""

    cluster: Cluster

    async def create_database(self, name: str) -> str:
        return await self.cluster.create_database(f"test_{name}_{next(_count)}")


@asynccontextmanager
async def broker(home: Path) -> AsyncIterator[Broker]:
    """A broker of this test alone, which the test may stop and wipe."""
    if on_apache_kafka():
        from deploy.local.kafka import ApacheKafka

        found: Broker = ApacheKafka(Home(home), free_port())
    else:
        found = Tansu(Home(home), free_port())
    await found.start()
    try:
        yield found
    finally:
        await found.stop()
