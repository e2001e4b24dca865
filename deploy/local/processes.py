"""Child processes: started, watched, stopped. Nothing here depends on an event loop's lifetime."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

import psutil

from deploy.local.home import ROOT, Home
from deploy.local.ports import answers
from deploy.local.say import Trouble, say

_LOOK = 0.05
"""Seconds between two looks at whether a process has ended that should."""
_WATCH = 0.2
"""The same for one that should not."""
_LOG_LIMIT = 20 << 20
"""Bytes after which a log is set aside; one older one is kept."""
_EMPTY_WORDS = ("", "Application startup failed. Exiting.")


class Process:
    """One child in a process group of its own, so that Ctrl-C reaches the launcher only.

    Its output goes to `logs/<name>.log`, its id to `run/<name>.pid`. A child that an earlier launcher left behind
    (it was killed) is ended before the new one starts.
    """

    def __init__(
        self, name: str, argv: Sequence[str | Path], home: Home, *, env: Mapping[str, str] | None = None,
        user: str | None = None, stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:  # fmt: skip
        self.name = name
        self.argv = [str(part) for part in argv]
        self.env = dict(os.environ if env is None else env)
        self.log = home.logs / f"{name}.log"
        self._pid_file = home.run / f"{name}.pid"
        self._user = user
        self._stop_signal = stop_signal
        self._child: subprocess.Popen[bytes] | None = None
        self.starts = 0
        """How often it was started."""

    @property
    def pid(self) -> int:
        """The id of the running process. Raises `ProcessLookupError` when there is none."""
        if not self.alive or self._child is None:
            raise ProcessLookupError(self.name)
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether it runs (a stopped one, SIGSTOP, runs too)."""
        return self._child is not None and self._child.poll() is None

    @property
    def code(self) -> int | None:
        """The exit code of a process that ended; negative for a signal."""
        return self._child.poll() if self._child else None

    def start(self) -> None:
        """Start it; does nothing when it runs."""
        if self.alive:
            return
        end_leftovers(self._pid_file)
        self.shorten_log()
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                self.argv, env=self.env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True, **identity(self._user),
            )  # fmt: skip
        self.starts += 1
        self._pid_file.write_text(str(self._child.pid))

    def shorten_log(self) -> None:
        """Set its log aside when it has grown too long. Who writes it goes on in the same file, always at its end."""
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            with contextlib.suppress(OSError):  # where the disk is full, room is worth more than old words
                shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)

    def signal(self, which: signal.Signals) -> None:
        """Send a signal to it and all it started; none is sent to one that has ended."""
        if self._child is not None and self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, which)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        if self._child is not None:
            self._child.wait()

    async def stop(self, within: float = 10.0) -> None:
        """Ask it to end; after `within` seconds kill it."""
        if self._child is not None and self.alive:
            self._child.send_signal(self._stop_signal)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await self.ended()
            self.kill()
        self._pid_file.unlink(missing_ok=True)

    async def ended(self) -> None:
        """Wait until it does not run."""
        while self.alive:
            await asyncio.sleep(_LOOK)

    async def listening(self, port: int) -> None:
        """Wait until it, and nobody else, listens on a port of 127.0.0.1. Raises `Trouble` when it ends instead."""
        while not (answers(port) and self._listens(port)):
            if not self.alive:
                raise self.trouble()
            await asyncio.sleep(0.01)

    def trouble(self) -> Trouble:
        """That it did not start, and what it said last."""
        why = self.last_words()
        return Trouble(
            f"{self.name} 没有启动：{why}（见 {self.log}）", f"{self.name} did not start: {why} (see {self.log})"
        )

    def last_words(self) -> str:
        """The last thing in its log that says something."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return next((word for line in reversed(lines) if (word := _said(line)) not in _EMPTY_WORDS), "")

    def _listens(self, port: int) -> bool:
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            found = psutil.Process(self.pid).net_connections("tcp")
            return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in found)
        return False


def end_leftovers(*pid_files: Path) -> None:
    """End what an earlier launcher left behind, ten seconds at most. It was killed, or it would have done so itself."""
    leftovers = [found for path in pid_files if (found := _leftover(path))]
    for process in leftovers:
        with contextlib.suppress(psutil.Error):
            process.send_signal(signal.SIGINT)  # a quick and orderly end for all our parts, PostgreSQL included
    _, stubborn = psutil.wait_procs(leftovers, timeout=10)
    for process in stubborn:
        with contextlib.suppress(psutil.Error):
            process.kill()
            process.wait(5)


def _leftover(pid_file: Path) -> psutil.Process | None:
    """The process of a pid file. One that is younger than the file only happens to have its number."""
    with contextlib.suppress(FileNotFoundError, ValueError, psutil.Error):
        process = psutil.Process(int(pid_file.read_text()))
        if process.create_time() <= pid_file.stat().st_mtime + 1 and process.pid != os.getpid():
            return process
    return None


def _said(line: str) -> str:
    """A line of a log; of a JSON line its message, of a traceback its end."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        line = json.loads(line)["event"]
    return next((part.strip() for part in reversed(line.splitlines()) if part.strip()), "")


class Identity(TypedDict, total=False):
    """Arguments of `subprocess` that say as whom to run."""

    user: int
    group: int
    extra_groups: list[int]


def identity(user: str | None) -> Identity:
    """Another user with nothing of our own groups; without a name, ourselves."""
    if user is None:
        return {}
    account = pwd.getpwnam(user)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


async def supervise(
    process: Process, start: Callable[[], Awaitable[None]], wanted: Callable[[], bool] = lambda: True, *,
    first: float = 0.5, longest: float = 10.0,
) -> None:  # fmt: skip
    """Start a process again whenever it ends, until cancelled; the pause doubles while it keeps ending at once.

    `start` brings it back (and must do nothing when it runs); `wanted` says whether it should run at all just now.
    """
    pause = first
    while True:
        began = time.monotonic()
        while process.alive or not wanted():
            process.shorten_log()
            await asyncio.sleep(_WATCH)
        if time.monotonic() - began > longest:
            pause = first
        code = process.code
        say(
            f"{process.name} 已退出（{code}），{pause:g} 秒后重启",
            f"{process.name} ended ({code}), again in {pause:g} s",
        )
        await asyncio.sleep(pause)
        pause = min(pause * 2, longest)
        if wanted():
            try:
                await start()
            except Exception as error:
                say(f"{process.name}：{error}", f"{process.name}: {error!r}")
