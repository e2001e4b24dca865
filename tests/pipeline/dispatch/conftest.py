"""The driver that the tests of this folder use."""

from __future__ import annotations

from tests.support.driver_fixtures import dispatch_driver as driver

__all__ = ["driver"]
