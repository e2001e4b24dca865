"""Child processes: start, supervision, restart and stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from itertools import pairwise

import psutil
import pytest

from deploy.local import processes
from deploy.local.home import Home
from deploy.local.messages import StartupError
from deploy.local.ports import free_port
from deploy.local.processes import Process, supervise

ENDS_ON_SIGNAL = (
    "import signal, sys; signal.signal(15, lambda *_: sys.exit(7)); print('up', flush=True); signal.pause()"
)
IGNORES_SIGNALS = (
    "import signal; signal.signal(15, signal.SIG_IGN); print('up', flush=True)\nwhile True: signal.pause()"
)
PRINTS_ON_SIGNAL = "import signal; signal.signal(10, lambda *_: print('again', flush=True)); print(2000 * 'x', flush=True)\nwhile True: signal.pause()"


def child(home: Home, code: str, name: str = "child") -> Process:
    return Process(name, [sys.executable, "-c", code], home)


async def until(condition: Callable[[], bool], within: float = 60.0) -> None:
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.01)


def start_of(process: Process) -> Callable[[], Awaitable[None]]:
    async def start() -> None:
        process.start()

    return start


async def test_a_process_writes_its_pid_and_its_log(home: Home) -> None:
    process = child(home, ENDS_ON_SIGNAL)
    process.start()
    await until(lambda: process.last_log_line() == "up")
    assert int((home.run / "child.pid").read_text()) == process.pid
    await process.stop()
    assert process.code == 7
    assert not (home.run / "child.pid").exists()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("plain", "plain"),
        ('{"event": "migrated", "level": "info"}', "migrated"),
        ('{"event": "Traceback:\\n  File x\\nValueError: no such table\\n"}', "ValueError: no such table"),
        ('{"event": "cause"}\n{"event": "Application startup failed. Exiting."}\n\n', "cause"),
        ("", ""),
    ],
)
def test_the_last_log_line_gives_the_reason(home: Home, line: str, reason: str) -> None:
    process = child(home, "")
    process.log.write_text(line)
    assert process.last_log_line() == reason


async def test_a_second_start_changes_nothing(home: Home) -> None:
    process = child(home, ENDS_ON_SIGNAL)
    process.start()
    pid = process.pid
    process.start()
    assert process.pid == pid
    process.kill()


async def test_a_process_that_ignores_signals_is_killed_in_time(home: Home) -> None:
    process = child(home, IGNORES_SIGNALS)
    process.start()
    await until(lambda: process.last_log_line() == "up")
    await process.stop(within=0.2)
    assert process.code == -signal.SIGKILL


async def test_killing_a_process_kills_its_group(home: Home) -> None:
    process = child(
        home,
        f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {IGNORES_SIGNALS!r}]).pid, flush=True)\nwhile True: pass",
    )
    process.start()
    await until(lambda: process.last_log_line().isdecimal())
    grandchild = psutil.Process(int(process.last_log_line()))
    process.kill()
    grandchild.wait(60)


async def test_a_process_of_a_killed_launcher_is_ended(home: Home) -> None:
    left = child(home, ENDS_ON_SIGNAL)
    left.start()
    await until(lambda: left.last_log_line() == "up")
    anew = child(home, ENDS_ON_SIGNAL)
    anew.start()
    await left.ended()
    assert anew.alive
    anew.kill()


async def test_another_process_with_the_recorded_pid_is_left_alone(home: Home) -> None:
    other = child(home, ENDS_ON_SIGNAL, "other")
    other.start()
    pid_file = home.run / "child.pid"
    pid_file.write_text(str(other.pid))
    os.utime(pid_file, (0, 0))
    process = child(home, ENDS_ON_SIGNAL)
    process.start()
    assert other.alive
    for each in (process, other):
        each.kill()


async def test_a_dead_process_is_restarted_after_growing_pauses(home: Home) -> None:
    process, starts = child(home, "print('again')"), list[float]()

    async def start() -> None:
        starts.append(asyncio.get_running_loop().time())
        process.start()

    await start()
    watch = asyncio.create_task(supervise(process, start, first=0.1, longest=0.4))
    await until(lambda: len(starts) == 5)
    watch.cancel()
    process.kill()
    pauses = [later - sooner for sooner, later in pairwise(starts)]
    assert all(pause >= least for pause, least in zip(pauses, (0.1, 0.2, 0.4, 0.4), strict=True))


async def test_a_killed_process_is_restarted_with_another_pid(home: Home) -> None:
    process = child(home, ENDS_ON_SIGNAL)
    process.start()
    watch = asyncio.create_task(supervise(process, start_of(process), first=0.01))
    pid = process.pid
    process.kill()
    await until(lambda: process.alive)
    assert process.pid != pid
    watch.cancel()
    process.kill()


async def test_a_large_log_is_rotated_while_its_process_runs(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that runs for months would otherwise fill the disk."""
    monkeypatch.setattr(processes, "LOG_LIMIT", 1000)
    process = child(home, PRINTS_ON_SIGNAL)
    process.start()
    watch = asyncio.create_task(supervise(process, start_of(process)))
    aside = process.log.with_suffix(".log.1")
    await until(lambda: aside.exists() and process.log.stat().st_size == 0)
    process.signal(signal.SIGUSR1)
    await until(lambda: process.log.read_text() == "again\n")
    assert aside.read_text() == "x" * 2000 + "\n"
    watch.cancel()
    process.kill()


async def test_a_failed_start_is_repeated(home: Home) -> None:
    process, tries = child(home, ENDS_ON_SIGNAL), list[int]()
    process.start()

    async def start() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise OSError("no space left")
        process.start()

    watch = asyncio.create_task(supervise(process, start, first=0.01))
    process.kill()
    await until(lambda: process.alive)
    assert len(tries) == 3
    watch.cancel()
    process.kill()


async def test_an_unwanted_process_stays_down(home: Home) -> None:
    process, wanted = child(home, ENDS_ON_SIGNAL), [True]
    process.start()
    watch = asyncio.create_task(supervise(process, start_of(process), lambda: wanted[0], first=0.01))
    wanted[0] = False
    await process.stop()
    await asyncio.wait({watch}, timeout=0.3)
    assert process.starts == 1
    wanted[0] = True
    await until(lambda: process.alive)
    watch.cancel()
    process.kill()


async def test_waiting_for_a_port_ends_with_the_reason_when_the_process_ends(home: Home) -> None:
    process = child(home, "import sys; sys.exit('no such thing')")
    process.start()
    with pytest.raises(StartupError, match="no such thing"):
        await process.listening(free_port())


async def test_a_port_of_another_process_does_not_count(home: Home) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    process = child(home, ENDS_ON_SIGNAL)
    process.start()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await process.listening(server.sockets[0].getsockname()[1])
    process.kill()
    server.close()
