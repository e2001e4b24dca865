"""Fixtures: real parts, shared where sharing changes nothing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import pytest
import uvloop
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings

from deploy.local import ports
from deploy.local.home import Home
from deploy.local.postgres import Postgres as Cluster
from services.registry.domain import passwords
from tests.support import type_cache
from tests.support.infrastructure import Broker, Brokers, Postgres
from tests.support.installation import Installation, open_installation
from tests.support.shared_installations import SharedInstallations

# A busy machine is no error: nothing in our tests is judged by the clock.
settings.register_profile("gridloop", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gridloop")
type_cache.cache_type_introspection()
# What guards passwords against guessing costs as much as a test's other requests; the real effort has a test of its own.
passwords.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

_PREFIX = "gridloop-test-"
_ROOM = 2 << 30
"""Bytes: what the databases of a few workers take at most, with their logs."""


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The event loop that services run on."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """One PostgreSQL for this worker. Not durable: a crash of the machine is not among the faults tested."""
    home = _in_memory() or tmp_path_factory.mktemp("postgres")
    cluster = Cluster(Home(home), ports.free_port(), "test", durable=False)
    found = Postgres(cluster)

    async def start() -> None:
        await cluster.start()
        await found.create_role()

    asyncio.run(start())
    yield found
    asyncio.run(cluster.stop())
    shutil.rmtree(home)


def _in_memory() -> Path | None:
    """A folder in memory where there is room: a database is a few hundred files, and each test has its own databases."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        return None
    _sweep(memory)
    if shutil.disk_usage(memory).free < _ROOM:
        return None
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=memory))


def _sweep(memory: Path) -> None:
    """End and remove what workers that were killed have left behind."""
    for folder in memory.glob(f"{_PREFIX}*"):
        if Path("/proc", folder.name.removeprefix(_PREFIX).partition("-")[0]).exists():
            continue
        with contextlib.suppress(OSError, IndexError):
            server = Path("/proc", (folder / "postgres" / "postmaster.pid").read_text().split()[0])
            if str(folder).encode() in (server / "cmdline").read_bytes():
                os.kill(int(server.name), signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    """Where this worker's brokers come from."""
    found = Brokers(tmp_path_factory.mktemp("broker"))
    yield found
    asyncio.run(found.stop())


@pytest.fixture
async def broker(brokers: Brokers) -> AsyncIterator[Broker]:
    """An empty broker for this test alone."""
    async with brokers.an_empty_one() as found:
        yield found


@pytest.fixture(scope="module")
async def shared_installations(
    postgres: Postgres, brokers: Brokers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[SharedInstallations]:
    """Keeps a house for the tests of a module."""
    found = SharedInstallations(postgres, brokers, tmp_path_factory.mktemp("kept"))
    yield found
    await found.close()


@pytest.fixture
async def shared_installation(shared_installations: SharedInstallations) -> Installation:
    """A house in which nothing has happened, though it may be open already."""
    return await shared_installations.get()


@pytest.fixture
async def installation(postgres: Postgres, broker: Broker, tmp_path: Path) -> AsyncIterator[Installation]:
    """Where a test starts the services it needs."""
    async with open_installation(postgres, broker, tmp_path) as found:
        yield found
