"""The drivers that the tests of this folder use."""

from __future__ import annotations

from tests.support.driver_fixtures import new_registry_driver
from tests.support.driver_fixtures import registry_driver as driver

__all__ = ["driver", "new_registry_driver"]
