"""The driver that the tests of this folder use."""

from __future__ import annotations

from tests.support.driver_fixtures import supervision_driver
from tests.support.driver_fixtures import supervision_driver_with_pages as driver

__all__ = ["driver", "supervision_driver"]
