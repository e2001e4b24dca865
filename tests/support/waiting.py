"""Waiting for a condition that another task or process brings about."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any


async def wait_until(condition: Callable[[], Any], seconds: float = 40.0, what: str = "") -> Any:
    """Wait until the condition returns a true value, and return that value.

    The condition is a plain or an async function. Raises `AssertionError` with `what` after `seconds`. One check counts
    for at most a second, so that a paused machine does not fail a test.
    """
    patience = seconds
    while True:
        began = time.monotonic()
        if found := await _value_of(condition):
            return found
        if patience <= 0:
            raise AssertionError(f"waited {seconds} s in vain for {what or condition}: {found!r}")
        await asyncio.sleep(0.02)
        patience -= min(time.monotonic() - began, 1.0)


async def _value_of(condition: Callable[[], Any]) -> Any:
    found = condition()
    return await found if inspect.isawaitable(found) else found
