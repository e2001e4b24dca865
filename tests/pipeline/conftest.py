"""What tests of the chassis share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.chassis.service import Service
from tests.support.house import House, Running
from tests.support.samples import listener, teller


@pytest.fixture
async def both(house: House) -> AsyncIterator[tuple[House, Running, Running]]:
    """A teller, a listener, and a registry that has published nothing."""
    await house.start_all(
        *(Service(name=name) for name in ("registry", "dispatch", "supervision")), teller(), listener()
    )
    return house, house.running["intake"], house.running["routing"]
