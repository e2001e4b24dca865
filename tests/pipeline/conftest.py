"""Fixtures of the chassis tests and the registry tests."""

from __future__ import annotations

import pytest

from services.chassis.service import Service
from tests.support.installation import Installation, RunningService
from tests.support.registry_driver import RegistryDriver, copy_registry_driver, open_registry_driver
from tests.support.sample_services import publisher, subscriber


@pytest.fixture
async def both(shared_installation: Installation) -> tuple[Installation, RunningService, RunningService]:
    """Return an installation, a publisher and a subscriber. The registry has published nothing."""
    if not shared_installation.running:
        await shared_installation.start_all(
            *(Service(name=name) for name in ("registry", "dispatch", "supervision")), publisher(), subscriber()
        )
        shared_installation.remember_state()
    return shared_installation, shared_installation.running["intake"], shared_installation.running["routing"]


@pytest.fixture
async def new_registry_driver(installation: Installation) -> RegistryDriver:
    """Return a driver of a registry that has started for the first time."""
    return await open_registry_driver(installation)


@pytest.fixture
async def driver(installation: Installation) -> RegistryDriver:
    """Return a driver of a registry that is a copy of the first one of this worker."""
    return await copy_registry_driver(installation)
