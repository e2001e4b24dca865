"""What tests of the chassis share."""

from __future__ import annotations

import pytest

from services.chassis.service import Service
from tests.support.house import House, Running
from tests.support.samples import listener, teller


@pytest.fixture
async def both(kept: House) -> tuple[House, Running, Running]:
    """A teller, a listener, and a registry that has published nothing."""
    if not kept.running:
        await kept.start_all(
            *(Service(name=name) for name in ("registry", "dispatch", "supervision")), teller(), listener()
        )
        kept.is_open()
    return kept, kept.running["intake"], kept.running["routing"]
