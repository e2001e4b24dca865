"""Waiting for an instant of the domain clock."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.chassis import clock as time_of_clock
from services.chassis.clock import Clock

NOON = datetime(2126, 11, 25, 12, tzinfo=UTC)


async def test_a_wait_ends_when_the_clock_is_moved_to_its_instant(tmp_path: Path) -> None:
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


async def test_a_wait_can_be_ended_early() -> None:
    wake = asyncio.Event()
    waiting = asyncio.create_task(Clock().until(NOON, wake))
    await asyncio.sleep(0)
    wake.set()
    await asyncio.wait_for(waiting, 30)


async def test_a_wait_for_a_past_instant_ends_at_once() -> None:
    clock = Clock()
    await asyncio.wait_for(clock.until(clock.now()), 30)


@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(hours=1)])
async def test_a_change_of_the_system_clock_changes_no_wait(monkeypatch: pytest.MonkeyPatch, step: timedelta) -> None:
    """Otherwise an hour back would lengthen a wait of seconds by an hour, and an hour ahead would end a wait of
    minutes.
    """
    clock, system = Clock(), SystemClocks()
    monkeypatch.setattr(time_of_clock, "datetime", system)
    monkeypatch.setattr(time_of_clock, "monotonic", lambda: system.monotonic)
    monkeypatch.setattr(time_of_clock, "LONG_STEP", 0.001)
    waiting = asyncio.create_task(clock.until(clock.now() + timedelta(minutes=5)))
    await asyncio.sleep(0)
    system.wall += step
    system.monotonic += 299
    await asyncio.wait({waiting}, timeout=0.05)
    assert not waiting.done()
    system.monotonic += 1
    await asyncio.wait_for(waiting, 30)


class SystemClocks:
    """The wall clock and the monotonic clock of a machine; both stand still until a test moves them."""

    def __init__(self) -> None:
        self.wall = NOON
        self.monotonic = 0.0

    def now(self, _: object) -> datetime:
        return self.wall
