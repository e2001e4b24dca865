"""Fixtures that start a service with its neighbours and return the driver of it.

The `conftest.py` of a folder imports the one that its tests use, usually as `driver`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.console.app import SERVICE as CONSOLE
from tests.support.dispatch_driver import DispatchDriver, open_dispatch_driver
from tests.support.infrastructure import Postgres
from tests.support.installation import Installation
from tests.support.intake_driver import IntakeDriver, open_intake_driver
from tests.support.registry_driver import RegistryDriver, copy_registry_driver, open_registry_driver
from tests.support.routing_driver import RoutingDriver, open_routing_driver
from tests.support.supervision_driver import SupervisionDriver, open_supervision_driver
from tests.support.tracking_driver import TrackingDriver, open_tracking_driver
from tests.support.webhook_driver import WebhookDriver, open_webhook_driver


@pytest.fixture
async def registry_driver(installation: Installation) -> RegistryDriver:
    """Return a driver of a registry that is a copy of the first one of this worker."""
    return await copy_registry_driver(installation)


@pytest.fixture
async def new_registry_driver(installation: Installation) -> RegistryDriver:
    """Return a driver of a registry that has started for the first time."""
    return await open_registry_driver(installation)


@pytest.fixture
async def intake_driver(shared_installation: Installation) -> AsyncIterator[IntakeDriver]:
    """Yield a driver of intake; the other services are stubs."""
    driver = await open_intake_driver(shared_installation)
    yield driver
    await driver.close()


@pytest.fixture
async def routing_driver(shared_installation: Installation) -> AsyncIterator[RoutingDriver]:
    """Yield a driver of routing; intake and dispatch are stubs."""
    driver = await open_routing_driver(shared_installation)
    yield driver
    await driver.close()


@pytest.fixture
async def dispatch_driver(shared_installation: Installation) -> DispatchDriver:
    """Return a driver of dispatch."""
    return await open_dispatch_driver(shared_installation)


@pytest.fixture
async def supervision_driver(shared_installation: Installation) -> AsyncIterator[SupervisionDriver]:
    """Yield a driver of supervision; intake, routing and dispatch are stubs."""
    driver = await open_supervision_driver(shared_installation)
    yield driver
    await driver.close()


@pytest.fixture
async def supervision_driver_with_pages(supervision_driver: SupervisionDriver) -> SupervisionDriver:
    """Return a driver of supervision; the console runs as well."""
    installation = supervision_driver.installation
    if "console" not in installation.running:
        await installation.start(CONSOLE)
        installation.remember_state()
    return supervision_driver


@pytest.fixture
async def tracking_driver(shared_installation: Installation) -> AsyncIterator[TrackingDriver]:
    """Yield a driver of tracking."""
    driver = await open_tracking_driver(shared_installation)
    yield driver
    await driver.close()


@pytest.fixture
async def webhook_driver(postgres: Postgres) -> AsyncIterator[WebhookDriver]:
    """Yield a driver of webhook senders on an empty dispatch database."""
    async with open_webhook_driver(postgres) as driver:
        yield driver
