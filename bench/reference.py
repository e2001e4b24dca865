"""The CPU cost of a fixed piece of work, sampled during a measurement.

On a shared machine the same instructions take more or less CPU time from one minute to the next. So a component has
become more expensive only if its CPU time rose more than the CPU time of this fixed work.
"""

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
    """Repeats the fixed work in a thread and records its cost, until the context is left."""

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
        """Return the mean CPU milliseconds of a sample since the last call; NaN if there was no sample."""
        samples, self._samples = self._samples, []
        return sum(samples) / len(samples) * 1000 if samples else float("nan")

    async def _follow(self) -> None:
        while True:
            self._samples.append(await asyncio.to_thread(_cost))
            await asyncio.sleep(_PAUSE)


def _cost() -> float:
    """Do the fixed work once; return the CPU seconds it took."""
    began = time.thread_time()
    for _ in range(_ROUNDS):
        text = json.dumps(_DOCUMENT)
        json.loads(text)
        hashlib.sha256(text.encode()).digest()
    return time.thread_time() - began
