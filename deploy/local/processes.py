"""Child processes of the launcher: start, supervise and stop them. A child can outlive an event loop."""

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
from deploy.local.messages import StartupError, print_progress
from deploy.local.ports import answers

_END_CHECK_INTERVAL = 0.05
"""Seconds between two checks whether a process has ended that was asked to end."""
_RUN_CHECK_INTERVAL = 0.2
"""Seconds between two checks whether a supervised process still runs."""
LOG_LIMIT = 20 << 20
"""Size in bytes at which a log is rotated. One older log is kept."""
_IGNORED_LINES = ("", "Application startup failed. Exiting.")


class Process:
    """One child process. It has its own process group, so that Ctrl-C reaches only the launcher.

    The output of the process goes to `logs/<name>.log`, and its id to `run/<name>.pid`. If a killed launcher has left a
    process with this name running, `start` ends that process first.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        home: Home,
        *,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.argv = [str(part) for part in argv]
        self.env = dict(os.environ if env is None else env)
        self.log = home.logs / f"{name}.log"
        self._pid_file = home.run / f"{name}.pid"
        self._user = user
        self._stop_signal = stop_signal
        self._child: subprocess.Popen[bytes] | None = None
        self.starts = 0
        """Number of times that this process was started."""

    @property
    def pid(self) -> int:
        """Id of the running process. Raises `ProcessLookupError` if it does not run."""
        if not self.alive or self._child is None:
            raise ProcessLookupError(self.name)
        return self._child.pid

    @property
    def alive(self) -> bool:
        """True while the process runs, also while SIGSTOP pauses it."""
        return self._child is not None and self._child.poll() is None

    @property
    def code(self) -> int | None:
        """Exit code of the ended process, negative if a signal ended it. `None` before the start and while it runs."""
        return self._child.poll() if self._child else None

    def start(self) -> None:
        """Start the process if it does not run."""
        if self.alive:
            return
        end_leftovers(self._pid_file)
        self.shorten_log()
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                self.argv,
                env=self.env,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **identity(self._user),
            )
        self.starts += 1
        self._pid_file.write_text(str(self._child.pid))

    def shorten_log(self) -> None:
        """Rotate the log if it is too long. The process goes on writing to the same file, which is then empty."""
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            with contextlib.suppress(OSError):  # on a full disk, free space is worth more than the old log
                shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)

    def signal(self, which: signal.Signals) -> None:
        """Send a signal to the process group, if the process runs."""
        if self._child is not None and self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, which)

    def kill(self) -> None:
        """Kill the process group and wait until the process has ended."""
        self.signal(signal.SIGKILL)
        if self._child is not None:
            self._child.wait()

    async def stop(self, within: float = 10.0) -> None:
        """Ask the process to end, and kill it if it has not ended after `within` seconds."""
        if self._child is not None and self.alive:
            self._child.send_signal(self._stop_signal)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await self.ended()
            self.kill()
        self._pid_file.unlink(missing_ok=True)

    async def ended(self) -> None:
        """Wait until the process has ended."""
        while self.alive:
            await asyncio.sleep(_END_CHECK_INTERVAL)

    async def listening(self, port: int) -> None:
        """Wait until this process listens on a port of 127.0.0.1. Raises `StartupError` if it ends instead."""
        while not (answers(port) and self._listens(port)):
            if not self.alive:
                raise self.startup_error()
            await asyncio.sleep(0.01)

    def startup_error(self) -> StartupError:
        """Return the error for a failed start. It contains the last meaningful line of the log."""
        why = self.last_log_line()
        return StartupError(
            f"{self.name} 没有启动：{why}（见 {self.log}）", f"{self.name} did not start: {why} (see {self.log})"
        )

    def last_log_line(self) -> str:
        """Return the message of the last meaningful line of the log, or an empty text."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return next((word for line in reversed(lines) if (word := _message_of(line)) not in _IGNORED_LINES), "")

    def _listens(self, port: int) -> bool:
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            found = psutil.Process(self.pid).net_connections("tcp")
            return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in found)
        return False


def end_leftovers(*pid_files: Path) -> None:
    """End the processes that a killed launcher left running. Kill those that still run after ten seconds."""
    leftovers = [found for path in pid_files if (found := _leftover(path))]
    for process in leftovers:
        with contextlib.suppress(psutil.Error):
            process.send_signal(signal.SIGINT)  # an orderly and quick end for all parts, including PostgreSQL
    _, survivors = psutil.wait_procs(leftovers, timeout=10)
    for process in survivors:
        with contextlib.suppress(psutil.Error):
            process.kill()
            process.wait(5)


def _leftover(pid_file: Path) -> psutil.Process | None:
    """Return the running process to which a pid file belongs, or `None` if there is none.

    A process that started after the file was written is another process with the same id.
    """
    with contextlib.suppress(FileNotFoundError, ValueError, psutil.Error):
        process = psutil.Process(int(pid_file.read_text()))
        if process.create_time() <= pid_file.stat().st_mtime + 1 and process.pid != os.getpid():
            return process
    return None


def _message_of(line: str) -> str:
    """Return the message of a log line: its JSON field `event` if it is JSON, and the last line of a traceback."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        line = json.loads(line)["event"]
    return next((part.strip() for part in reversed(line.splitlines()) if part.strip()), "")


class Identity(TypedDict, total=False):
    """Arguments of `subprocess` that run a process as another user."""

    user: int
    group: int
    extra_groups: list[int]


def identity(user: str | None) -> Identity:
    """Return the arguments that run a process as a user, without the groups of this process.

    For `None` there are no arguments, and the process runs as the present user.
    """
    if user is None:
        return {}
    account = pwd.getpwnam(user)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


async def supervise(
    process: Process,
    start: Callable[[], Awaitable[None]],
    wanted: Callable[[], bool] = lambda: True,
    *,
    first: float = 0.5,
    longest: float = 10.0,
) -> None:
    """Start a process again whenever it ends, until cancelled.

    There is a pause of `first` seconds before a restart. It doubles, up to `longest` seconds, if the process ends again
    within `longest` seconds. `start` starts the process, and must do nothing if it runs. `wanted` returns whether the
    process should run at present.
    """
    pause = first
    while True:
        began = time.monotonic()
        while process.alive or not wanted():
            process.shorten_log()
            await asyncio.sleep(_RUN_CHECK_INTERVAL)
        if time.monotonic() - began > longest:
            pause = first
        code = process.code
        print_progress(
            f"{process.name} 已退出（{code}），{pause:g} 秒后重启",
            f"{process.name} ended ({code}); it starts again in {pause:g} s",
        )
        await asyncio.sleep(pause)
        pause = min(pause * 2, longest)
        if wanted():
            try:
                await start()
            except Exception as error:
                print_progress(f"{process.name}：{error}", f"{process.name}: {error!r}")
