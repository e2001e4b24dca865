"""Supervision of background loops: what is started again, what makes a service unready, what only the end helps."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from prometheus_client import REGISTRY

from services.chassis import loops
from services.chassis.loops import Loops, SharedProcess
from tests.support.waiting import wait_until


class NotedProcess(SharedProcess):
    """Notes that the process was to end."""

    def __init__(self) -> None:
        self.ended = False

    def end(self) -> None:
        self.ended = True


@pytest.fixture
def process() -> NotedProcess:
    return NotedProcess()


@pytest.fixture
async def supervisor(monkeypatch: pytest.MonkeyPatch, process: NotedProcess) -> AsyncIterator[Loops]:
    """A supervisor that looks a hundred times a second and gives up after ten looks."""
    monkeypatch.setattr(loops, "CHECK_SECONDS", 0.01)
    monkeypatch.setattr(loops, "STALLED_CHECKS", 10)
    monkeypatch.setattr(loops, "RECOVERED_CHECKS", 5)
    monkeypatch.setattr(loops, "CANCEL_CHECKS", (3, 3))
    monkeypatch.setattr(loops, "ERROR_PAUSE", (0.01, 0.02))
    monkeypatch.setattr(loops, "OUTAGE_PAUSE", (0.01, 0.02))
    found = Loops(process)
    yield found
    await found.stop()


def restarts(name: str, reason: str) -> float:
    return REGISTRY.get_sample_value("gridloop_loop_restarts_total", {"loop": name, "reason": reason}) or 0.0


async def goes_well() -> None:
    while True:
        loops.progress()
        await asyncio.sleep(0.001)


def that(condition: Callable[[], Any]) -> Callable[[], Any]:
    """A condition that can be awaited."""

    async def met() -> Any:
        return condition()

    return met


@pytest.mark.parametrize("end", [RuntimeError("x"), asyncio.CancelledError(), None])
async def test_a_loop_that_ends_is_started_again(supervisor: Loops, end: BaseException | None) -> None:
    """By an error, by a cancellation that nobody asked of it, or by returning."""
    name, runs = f"ends by {end!r}", list[int]()

    async def once() -> None:
        runs.append(1)
        if len(runs) > 1:
            await goes_well()
        if end is not None:
            raise end

    supervisor.start(name, once)
    await wait_until(that(lambda: len(runs) == 2))
    assert restarts(name, "error") == 1
    await wait_until(that(lambda: not supervisor.failing))


async def test_a_loop_that_fails_again_and_again_is_failing_until_it_has_recovered(supervisor: Loops) -> None:
    broken = True

    async def fails() -> None:
        loops.progress()
        if broken:
            raise RuntimeError
        await goes_well()

    supervisor.start("fails", fails)
    await wait_until(that(lambda: supervisor.failing == ["fails"]))
    broken = False
    await wait_until(that(lambda: not supervisor.failing))


async def test_a_loop_that_makes_no_progress_is_cancelled_and_started_again(
    supervisor: Loops, process: NotedProcess
) -> None:
    runs = list[int]()

    async def hangs_once() -> None:
        runs.append(1)
        if len(runs) > 1:
            await goes_well()
        await asyncio.Event().wait()

    supervisor.start("hangs", hangs_once)
    await wait_until(that(lambda: len(runs) == 2))
    assert supervisor.failing == ["hangs"]
    assert restarts("hangs", "stalled") == 1
    await wait_until(that(lambda: not supervisor.failing))
    assert not process.ended


async def test_every_part_of_a_loop_must_make_progress(supervisor: Loops) -> None:
    async def half_hangs() -> None:
        loops.progress("recorder")
        await goes_well()

    supervisor.start("half hangs", half_hangs)
    await wait_until(that(lambda: restarts("half hangs", "stalled") >= 1))


async def test_a_loop_that_goes_on_after_its_cancellation_is_dead_and_the_process_ends(
    supervisor: Loops, process: NotedProcess
) -> None:
    """A new run would not help: the old one would go on beside it."""
    may_end = asyncio.Event()

    async def stubborn() -> None:
        while not may_end.is_set():
            try:
                await may_end.wait()
            except asyncio.CancelledError:
                continue

    supervisor.start("stubborn", stubborn)
    await wait_until(that(lambda: process.ended))
    assert supervisor.dead == ["stubborn"]
    assert supervisor.failing == ["stubborn"]
    may_end.set()


async def test_an_outage_is_waited_out_with_one_line_and_is_no_failure(
    supervisor: Loops, caplog: pytest.LogCaptureFixture
) -> None:
    away, runs = True, list[int]()

    async def needs_the_broker() -> None:
        runs.append(1)
        if away:
            raise KafkaConnectionError
        await goes_well()

    with caplog.at_level(logging.INFO):
        supervisor.start("waits", needs_the_broker)
        await wait_until(that(lambda: len(runs) > 20))
        assert not supervisor.failing
        away = False
        await wait_until(that(lambda: any("continues after" in line for line in caplog.messages)))
    assert [line.partition(" ")[2][:20] for line in caplog.messages if line.startswith("waits")] == [
        "waits for the end of",
        "continues after an o",
    ]


async def test_an_outage_of_timeouts_alone_is_a_failure_in_the_end(supervisor: Loops) -> None:
    """A statement of our own that never ends in time looks like a slow database."""

    async def too_slow() -> None:
        raise TimeoutError

    supervisor.start("too slow", too_slow)
    await wait_until(that(lambda: supervisor.failing == ["too slow"]))


async def test_whoever_stops_the_supervisor_stops_the_loops(supervisor: Loops) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def tidy() -> None:
        began.set()
        try:
            await goes_well()
        finally:
            ended.set()

    supervisor.start("tidy", tidy)
    await began.wait()
    await supervisor.stop()
    assert ended.is_set()


BLOCKED = """
async def main():
    supervisor = loops.Loops(loops.DedicatedProcess())
    await asyncio.sleep(0.1)
    while True: pass
"""
STUBBORN = """
async def stubborn():
    while True:
        try: await asyncio.sleep(3600)
        except asyncio.CancelledError: pass
async def main():
    loops.Loops(loops.DedicatedProcess()).start("stubborn", stubborn)
    await asyncio.sleep(3600)
"""
PROGRAM = """
import asyncio
from services.chassis import loops
loops.CHECK_SECONDS, loops.STALLED_CHECKS, loops.CANCEL_CHECKS, loops.BLOCKED_SECONDS = 0.01, 5, (1, 1), {blocked}
{main}
asyncio.run(main())
"""


@pytest.mark.parametrize(("main", "blocked", "code", "says"), [(BLOCKED, 1, 1, "in main"), (STUBBORN, 60, 70, "")])
def test_a_process_that_cannot_heal_itself_ends(main: str, blocked: int, code: int, says: str) -> None:
    """No task can see that the event loop is blocked: a timer of the interpreter does, and says where it stands."""
    program = PROGRAM.format(main=main, blocked=blocked)
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
