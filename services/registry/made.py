"""What is made of the release in force so that it can be searched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from services.chassis.registry_snapshot import District


class OfRelease(Protocol):
    """Something over the data of one release."""

    district: District


M = TypeVar("M", bound=OfRelease)


class Made(Generic[M]):
    """Made when first asked for, in a thread, and again after a new release."""

    def __init__(self, make: Callable[[District], M]) -> None:
        self._make = make
        self._lock = asyncio.Lock()
        self._made: M | None = None

    async def of(self, district: District) -> M:
        """The one over this snapshot."""
        async with self._lock:
            if self._made is None or self._made.district is not district:
                self._made = await asyncio.to_thread(self._make, district)
            return self._made
