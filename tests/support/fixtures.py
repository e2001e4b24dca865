"""Fixtures with a real database and broker, shared between tests where that is safe."""

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

# A slow machine must not fail a test, so there is no deadline.
settings.register_profile("gridloop", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gridloop")
type_cache.cache_type_introspection()
# Password hashing at its real cost takes as long as the rest of a test; one test covers the real cost.
passwords.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

_PREFIX = "gridloop-test-"
_ROOM = 2 << 30
"""Bytes that the databases and logs of several workers need at most."""


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Use the event loop of the services."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Yield the PostgreSQL of this worker. It is not durable: no test crashes the machine."""
    home = _in_memory() or tmp_path_factory.mktemp("postgres")
    cluster = Cluster(Home(home), ports.free_port(), "test", durable=False)
    found = Postgres(cluster)

    async def start() -> None:
        await cluster.start()
        await found.create_role()
        await found.migrated_template()  # now, because services that start together would create it several times

    asyncio.run(start())
    yield found
    asyncio.run(cluster.stop())
    shutil.rmtree(home)


def _in_memory() -> Path | None:
    """Return a folder in memory if there is space. Databases consist of hundreds of files."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        return None
    _sweep(memory)
    if shutil.disk_usage(memory).free < _ROOM:
        return None
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=memory))


def _sweep(memory: Path) -> None:
    """Stop the servers and remove the folders of workers that were killed."""
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
    """Yield the source of brokers of this worker."""
    found = Brokers(tmp_path_factory.mktemp("broker"))
    yield found
    asyncio.run(found.stop())


@pytest.fixture
async def broker(brokers: Brokers) -> AsyncIterator[Broker]:
    """Yield an empty broker for one test."""
    async with brokers.empty_broker() as found:
        yield found


@pytest.fixture(scope="module")
async def shared_installations(
    postgres: Postgres, brokers: Brokers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[SharedInstallations]:
    """Yield the holder of the installation that the tests of a module share."""
    found = SharedInstallations(postgres, brokers, tmp_path_factory.mktemp("kept"))
    yield found
    await found.close()


@pytest.fixture
async def shared_installation(shared_installations: SharedInstallations) -> Installation:
    """Return an installation without cases. Its services may be running already."""
    return await shared_installations.get()


@pytest.fixture
async def installation(postgres: Postgres, broker: Broker, tmp_path: Path) -> AsyncIterator[Installation]:
    """Yield a new installation, in which the test starts services."""
    async with open_installation(postgres, broker, tmp_path) as found:
        yield found
