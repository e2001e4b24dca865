"""Values derived from a registry release, built once per process and release."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from services.chassis.registry_snapshot import RegistrySnapshot

V = TypeVar("V")


class ReleaseCache(Generic[V]):
    """Builds a value for each release and keeps the values of the last two releases.

    A service that needs the value in every request builds it in `Service.prepare`, before the release comes into force.
    """

    def __init__(self, build: Callable[[RegistrySnapshot], V]) -> None:
        self._build = build
        self._known: tuple[tuple[RegistrySnapshot, V], ...] = ()
        self._building = Lock()

    def of(self, district: RegistrySnapshot) -> V:
        """Return the value of this release. Build it now if it is not cached."""
        for known, value in self._known:
            if known is district:
                return value
        with self._building:
            for known, value in self._known:
                if known is district:
                    return value
            value = self._build(district)
            self._known = ((district, value), *self._known[:1])
            return value

    async def load(self, district: RegistrySnapshot) -> V:
        """Return the value of this release. Build it in a thread if it is not cached."""
        if any(known is district for known, _ in self._known):
            return self.of(district)
        return await asyncio.to_thread(self.of, district)
