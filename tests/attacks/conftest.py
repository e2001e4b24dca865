"""The drivers that the attacks use."""

from __future__ import annotations

from tests.support.driver_fixtures import intake_driver, registry_driver, webhook_driver

__all__ = ["intake_driver", "registry_driver", "webhook_driver"]
