"""What tests of the chassis share, and those of the registry."""

from __future__ import annotations

import pytest

from services.chassis.service import Service
from tests.support.house import House, Running
from tests.support.samples import listener, teller
from tests.support.town import Town, copied_town, open_town


@pytest.fixture
async def both(kept: House) -> tuple[House, Running, Running]:
    """A teller, a listener, and a registry that has published nothing."""
    if not kept.running:
        await kept.start_all(
            *(Service(name=name) for name in ("registry", "dispatch", "supervision")), teller(), listener()
        )
        kept.is_open()
    return kept, kept.running["intake"], kept.running["routing"]


@pytest.fixture
async def new_town(house: House) -> Town:
    """Its registry has just started for the first time."""
    return await open_town(house)


@pytest.fixture
async def town(house: House) -> Town:
    """One that has been running: a copy of the first that this worker made."""
    return await copied_town(house)
