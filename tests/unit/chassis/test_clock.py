"""Domain time: who waits for an instant goes on when the clock is moved."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.chassis import clock as time_of_clock
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


@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(hours=1)])
async def test_setting_the_machine_s_clock_changes_no_wait(monkeypatch: pytest.MonkeyPatch, step: timedelta) -> None:
    """An hour back would else lengthen a wait of seconds by an hour; an hour ahead would end one of minutes."""
    clock, machine = Clock(), Machine()
    monkeypatch.setattr(time_of_clock, "datetime", machine)
    monkeypatch.setattr(time_of_clock, "monotonic", lambda: machine.monotonic)
    monkeypatch.setattr(time_of_clock, "_LONG_STEP", 0.001)
    waiting = asyncio.create_task(clock.until(clock.now() + timedelta(minutes=5)))
    await asyncio.sleep(0)
    machine.wall += step
    machine.monotonic += 299
    await asyncio.wait({waiting}, timeout=0.05)
    assert not waiting.done()
    machine.monotonic += 1
    await asyncio.wait_for(waiting, 30)


class Machine:
    """The two clocks of a machine, which stand still until they are moved."""

    def __init__(self) -> None:
        self.wall = NOON
        self.monotonic = 0.0

    def now(self, _: object) -> datetime:
        return self.wall
