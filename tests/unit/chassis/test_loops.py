"""The supervisor of background loops: restarts, readiness, and the end of the process."""

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


class RecordingProcess(SharedProcess):
    """Records that the process was told to end."""

    def __init__(self) -> None:
        self.ended = False

    def end(self) -> None:
        self.ended = True


@pytest.fixture
def process() -> RecordingProcess:
    return RecordingProcess()


@pytest.fixture
async def supervisor(monkeypatch: pytest.MonkeyPatch, process: RecordingProcess) -> AsyncIterator[Loops]:
    """Return a supervisor that checks a hundred times a second and gives up after ten checks."""
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


async def run_well() -> None:
    while True:
        loops.progress()
        await asyncio.sleep(0.001)


def awaitable(condition: Callable[[], Any]) -> Callable[[], Any]:
    """Return an awaitable form of the condition."""

    async def met() -> Any:
        return condition()

    return met


@pytest.mark.parametrize("end", [RuntimeError("x"), asyncio.CancelledError(), None])
async def test_a_loop_that_ends_is_restarted(supervisor: Loops, end: BaseException | None) -> None:
    """The loop ends by an error, by an unexpected cancellation or by returning."""
    name, runs = f"ends by {end!r}", list[int]()

    async def once() -> None:
        runs.append(1)
        if len(runs) > 1:
            await run_well()
        if end is not None:
            raise end

    supervisor.start(name, once)
    await wait_until(awaitable(lambda: len(runs) == 2))
    assert restarts(name, "error") == 1
    await wait_until(awaitable(lambda: not supervisor.failing))


async def test_a_loop_that_fails_repeatedly_is_failing_until_it_recovers(supervisor: Loops) -> None:
    broken = True

    async def fails() -> None:
        loops.progress()
        if broken:
            raise RuntimeError
        await run_well()

    supervisor.start("fails", fails)
    await wait_until(awaitable(lambda: supervisor.failing == ["fails"]))
    broken = False
    await wait_until(awaitable(lambda: not supervisor.failing))


async def test_a_loop_without_progress_is_cancelled_and_restarted(supervisor: Loops, process: RecordingProcess) -> None:
    runs = list[int]()

    async def hangs_once() -> None:
        runs.append(1)
        if len(runs) > 1:
            await run_well()
        await asyncio.Event().wait()

    supervisor.start("hangs", hangs_once)
    await wait_until(awaitable(lambda: len(runs) == 2))
    assert supervisor.failing == ["hangs"]
    assert restarts("hangs", "stalled") == 1
    await wait_until(awaitable(lambda: not supervisor.failing))
    assert not process.ended


async def test_each_part_of_a_loop_must_make_progress(supervisor: Loops) -> None:
    async def half_hangs() -> None:
        loops.progress("recorder")
        await run_well()

    supervisor.start("half hangs", half_hangs)
    await wait_until(awaitable(lambda: restarts("half hangs", "stalled") >= 1))


async def test_a_loop_that_ignores_its_cancellation_ends_the_process(
    supervisor: Loops, process: RecordingProcess
) -> None:
    """A restart would not help, because the old run would continue beside the new one."""
    may_end = asyncio.Event()

    async def stubborn() -> None:
        while not may_end.is_set():
            try:
                await may_end.wait()
            except asyncio.CancelledError:
                continue

    supervisor.start("stubborn", stubborn)
    await wait_until(awaitable(lambda: process.ended))
    assert supervisor.dead == ["stubborn"]
    assert supervisor.failing == ["stubborn"]
    may_end.set()


async def test_an_outage_is_logged_once_and_is_not_a_failure(
    supervisor: Loops, caplog: pytest.LogCaptureFixture
) -> None:
    away, runs = True, list[int]()

    async def needs_the_broker() -> None:
        runs.append(1)
        if away:
            raise KafkaConnectionError
        await run_well()

    with caplog.at_level(logging.INFO):
        supervisor.start("waits", needs_the_broker)
        await wait_until(awaitable(lambda: len(runs) > 20))
        assert not supervisor.failing
        away = False
        await wait_until(awaitable(lambda: any("continues after" in line for line in caplog.messages)))
    assert [line.partition(" ")[2][:20] for line in caplog.messages if line.startswith("waits")] == [
        "waits for the end of",
        "continues after an o",
    ]


async def test_repeated_timeouts_alone_become_a_failure(supervisor: Loops) -> None:
    """A statement of our own that never ends in time looks like a slow database."""

    async def too_slow() -> None:
        raise TimeoutError

    supervisor.start("too slow", too_slow)
    await wait_until(awaitable(lambda: supervisor.failing == ["too slow"]))


async def test_stopping_the_supervisor_stops_the_loops(supervisor: Loops) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def tidy() -> None:
        began.set()
        try:
            await run_well()
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


@pytest.mark.parametrize(("main", "blocked", "code", "message"), [(BLOCKED, 1, 1, "in main"), (STUBBORN, 60, 70, "")])
def test_a_process_that_cannot_recover_ends(main: str, blocked: int, code: int, message: str) -> None:
    """No task can notice a blocked event loop. A timer of the interpreter does, and prints the stack."""
    program = PROGRAM.format(main=main, blocked=blocked)
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
