"""Domain time: who waits for an instant goes on when the clock is moved."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.chassis.clock import Clock

NOON = datetime(2126, 11, 25, 12, tzinfo=UTC)


async def test_whoever_waits_goes_on_when_the_clock_is_moved_to_its_instant(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    clock = Clock(file)
    at = clock.now() + timedelta(hours=1)
    waiting = asyncio.create_task(clock.until(at))
    file.write_text("1800")
    await asyncio.wait({waiting}, timeout=0.3)
    assert not waiting.done(), "half an hour is not enough"
    file.write_text("3600")
    await asyncio.wait_for(waiting, 30)
    assert clock.now() >= at


async def test_whoever_waits_can_be_woken_before() -> None:
    wake = asyncio.Event()
    waiting = asyncio.create_task(Clock().until(NOON, wake))
    await asyncio.sleep(0)
    wake.set()
    await asyncio.wait_for(waiting, 30)


async def test_nobody_waits_for_what_is_past() -> None:
    clock = Clock()
    await asyncio.wait_for(clock.until(clock.now()), 30)
