"""The parts of a running service. The composition root creates them once and passes them to everything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from services.chassis.auth import Authenticator
from services.chassis.clock import Clock
from services.chassis.database import Pool
from services.chassis.problems import NotReady
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.settings import Settings
from services.chassis.unit_of_work import UnitOfWork


@dataclass(slots=True)
class Context:
    """The parts of one running service."""

    name: str
    settings: Settings
    clock: Clock
    auth: Authenticator
    pool: Pool | None = None
    unit: UnitOfWork[Any] | None = None
    district_or_none: RegistrySnapshot | None = None
    release_may_have_changed: asyncio.Event = field(default_factory=asyncio.Event)
    up_to_date: Callable[[], bool] = lambda: True
    """Returns true if every partition was read to its end in the last two seconds and the last repair succeeded."""
    process_state: Any = None
    """The objects that all requests and loops of this process share, created by `Service.create_process_state`."""

    @property
    def database(self) -> Pool:
        """The service's connection pool."""
        if self.pool is None:
            raise RuntimeError(f"{self.name} has no database")
        return self.pool

    @property
    def cases(self) -> UnitOfWork[Any]:
        """The unit of work over this service's cases."""
        if self.unit is None:
            raise RuntimeError(f"{self.name} keeps no cases")
        return self.unit

    @property
    def district(self) -> RegistrySnapshot:
        """The registry snapshot in force. Raises `NotReady` before the first release."""
        if self.district_or_none is None:
            raise NotReady
        return self.district_or_none
