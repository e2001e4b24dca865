"""The CPU time of a fixed piece of work (the reference work), sampled during a measurement.

On a shared machine the same instructions take more or less CPU time from one minute to the next. So a component became
slower only if its CPU time rose by a larger factor than that of the reference work."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from typing import Self

_PAUSE = 1.0
"""Seconds between two samples."""
_DOCUMENT = {"cases": [{"id": number, "category": "01001", "grid": f"3501{number:06}"} for number in range(200)]}
_ROUNDS = 20


class Reference:
    """Runs the reference work regularly in a thread, inside an `async with` block, and measures its CPU time."""

    def __init__(self) -> None:
        self._samples: list[float] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()

    def take(self) -> float:
        """Return the mean CPU milliseconds of the samples since the last call. NaN if there were none."""
        samples, self._samples = self._samples, []
        return sum(samples) / len(samples) * 1000 if samples else float("nan")

    async def _follow(self) -> None:
        while True:
            self._samples.append(await asyncio.to_thread(_cost))
            await asyncio.sleep(_PAUSE)


def _cost() -> float:
    """Do the reference work once. Return the CPU seconds that it took."""
    began = time.thread_time()
    for _ in range(_ROUNDS):
        text = json.dumps(_DOCUMENT)
        json.loads(text)
        hashlib.sha256(text.encode()).digest()
    return time.thread_time() - began
