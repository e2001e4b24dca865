"""Fixtures of the tracking tests."""

from __future__ import annotations

import pytest

from tests.support.driver_fixtures import tracking_driver as driver
from tests.support.tracking_driver import GRIDS, TrackingDriver, small_life

__all__ = ["driver"]


@pytest.fixture
async def listed(driver: TrackingDriver) -> TrackingDriver:
    """Return a driver with four cases: rubbish, a manhole cover, rubbish in another street, and a confidential one."""
    lives = [
        small_life(1),
        small_life(2, GRIDS[1], channel="camera", description="井盖缺失"),
        small_life(3, GRIDS[2]),
        small_life(4, confidential=True),
    ]
    await driver.receive(*(told for life in lives for told in life.recorded))
    return driver
