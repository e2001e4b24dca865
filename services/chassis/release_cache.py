"""Values derived from a registry release, built once per process before the release comes into force."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from services.chassis.registry_snapshot import RegistrySnapshot

V = TypeVar("V")


class ReleaseCache(Generic[V]):
    """Builds a value for each release and keeps those of the last two.

    `Service.prepare` asks for the next release in a thread, while the event loop uses the one in force.
    """

    def __init__(self, build: Callable[[RegistrySnapshot], V]) -> None:
        self._build = build
        self._known: tuple[tuple[RegistrySnapshot, V], ...] = ()
        self._building = Lock()

    def of(self, district: RegistrySnapshot) -> V:
        """Return the value of this release."""
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
