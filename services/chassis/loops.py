"""Supervision of a service's background loops.

A loop is a coroutine function that runs for ever. The supervisor calls it again after every end, so that each run
begins with fresh objects. Three rules decide what happens:

- A run that raises is started again after a pause that doubles. During an outage of the database or the broker only the
  beginning and the end are logged.
- A run must call `progress()` again and again. The supervisor checks this every `CHECK_SECONDS`. After
  `STALLED_CHECKS` checks without a call the supervisor cancels the run and starts the loop again. The supervisor counts
  checks instead of seconds, because a paused process makes no checks while time passes.
- A run that continues after it was cancelled cannot be replaced: the loop is dead, and the process must end.

A loop that keeps failing or has stalled for `STALLED_CHECKS` checks makes the service unready (`Loops.failing`).
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import logging
import os
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any

import asyncpg
from aiokafka.errors import KafkaError

from services.chassis import telemetry
from services.chassis.database import TRANSIENT

log = logging.getLogger(__name__)

Run = Callable[[], Coroutine[Any, Any, None]]

CHECK_SECONDS = 1.0
"""Seconds between two checks of a loop."""
STALLED_CHECKS = 60
"""Checks without progress after which a run is replaced, and checks of repeated failure after which a loop counts as
failing.
"""
RECOVERED_CHECKS = 30
"""Checks without a failure after which earlier failures are forgotten."""
CANCEL_CHECKS = (8, 2)
"""Checks to wait after each of two cancellations. The second is needed because a library may swallow the first."""
BLOCKED_SECONDS = 120
"""Seconds without a check after which the process ends, because something blocks the event loop itself."""

ERROR_PAUSE = (0.2, 30.0)
OUTAGE_PAUSE = (0.2, 2.0)
"""Shortest and longest pause before a run starts again after an outage, in seconds.

After other errors the pauses are those of `ERROR_PAUSE`.
"""

OUTAGE: tuple[type[Exception], ...] = (KafkaError, *TRANSIENT)
SLOW: tuple[type[Exception], ...] = (TimeoutError, asyncpg.QueryCanceledError)
"""Errors that an outage or a fault of our own code may cause.

These errors are handled like `OUTAGE`, but the wait for the end of the outage does not count as progress.
"""


class RestartLoop(Exception):
    """Raised by a run that needs fresh objects although nothing failed."""


_current: ContextVar[Loop | None] = ContextVar("loop", default=None)


def progress(part: str = "") -> None:
    """Report that the current loop makes progress. Outside of a supervised loop this does nothing.

    A loop with several tasks passes the name of the task as `part`. Then every part must make progress.
    """
    loop = _current.get()
    if loop is not None:
        loop.progress(part)


def outage(error: Exception) -> None:
    """Report that the current loop itself waits for the end of an outage, instead of raising `error`.

    The next call of `progress` ends the outage. So call `progress` only in rounds that succeeded.
    """
    loop = _current.get()
    if loop is not None:
        loop.outage(error)


async def wait_for_event(event: asyncio.Event, seconds: float) -> bool:
    """Wait until the event is set, at most for these seconds. Return whether the event is set."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


class SharedProcess:
    """A process that the supervisor never ends, because it runs many services, as in tests."""

    def watch(self) -> None:
        """Report that the event loop runs. Here this does nothing."""

    def end(self) -> None:
        """End the process, because a loop is dead. Here this does nothing."""


class DedicatedProcess(SharedProcess):
    """A process that serves one service and is restarted by its launcher (compose, Kubernetes, `make run`)."""

    def watch(self) -> None:
        """Restart the timer that ends the process if the event loop is blocked.

        A thread of the interpreter runs the timer.
        """
        faulthandler.dump_traceback_later(BLOCKED_SECONDS, exit=True)

    def end(self) -> None:
        """End the process at once. An orderly stop would wait for the task that cannot be cancelled."""
        os._exit(70)


class Loops:
    """The supervised loops of one service."""

    def __init__(self, process: SharedProcess | None = None) -> None:
        self._process = process or SharedProcess()
        self.loops: list[Loop] = []
        """Loops in the order of their start."""
        self._tasks: list[asyncio.Task[None]] = [asyncio.create_task(self._watch_process())]

    def start(self, name: str, run: Run) -> None:
        """Run a loop under supervision. `run` is called for every start and must create its objects itself."""
        loop = Loop(name, run)
        self.loops.append(loop)
        self._tasks.append(asyncio.create_task(self._supervise(loop), name=f"supervisor of {name}"))

    async def stop(self) -> None:
        """Cancel all loops and wait for their ends."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def failing(self) -> list[str]:
        """Names of the loops that made no progress or failed repeatedly for `STALLED_CHECKS` checks."""
        return [loop.name for loop in self.loops if loop.failing]

    @property
    def dead(self) -> list[str]:
        """Names of the loops that continue after they were cancelled."""
        return [loop.name for loop in self.loops if loop.dead]

    async def _supervise(self, loop: Loop) -> None:
        await loop.supervise()
        self._process.end()

    async def _watch_process(self) -> None:
        while True:
            self._process.watch()
            await asyncio.sleep(CHECK_SECONDS)


class Loop:
    """One supervised loop: its current run, and counts of its checks and failures."""

    def __init__(self, name: str, run: Run) -> None:
        self.name = name
        self.dead = False
        self._run = run
        self._silence: dict[str, int] = {}
        """Checks since the last progress of each part of the current run."""
        self._age = 0
        """Checks since the current run started."""
        self._failing_for: int | None = None
        """Checks since the first of a series of failed runs; `None` once a run has lasted `RECOVERED_CHECKS`."""
        self._without_progress = 0
        """Checks since the last progress of any run, or the last outage."""
        self._in_outage = False
        """Whether the last run ended by an outage."""

    @property
    def failing(self) -> bool:
        """True if the loop makes the service unready."""
        return self.dead or max(self._without_progress, self._failing_for or 0) >= STALLED_CHECKS

    def progress(self, part: str) -> None:
        """Record progress of the current run."""
        self._silence[part] = self._without_progress = 0
        if self._in_outage:
            self._in_outage = False
            log.info("%s continues after an outage", self.name)

    def outage(self, error: Exception) -> None:
        """Log the first error of an outage. Count the wait as progress unless the error is one of `SLOW`."""
        log.log(
            logging.DEBUG if self._in_outage else logging.WARNING,
            "%s waits for the end of an outage: %r",
            self.name,
            error,
        )
        self._in_outage = True
        if not isinstance(error, SLOW):
            self._without_progress = 0
            self._silence = dict.fromkeys(self._silence, 0)

    async def supervise(self) -> None:
        """Run the loop again and again. Return only if the loop is dead."""
        error_pause, outage_pause = ERROR_PAUSE[0], OUTAGE_PAUSE[0]
        while True:
            self._age, self._silence = 0, {"": 0}
            task = asyncio.create_task(self._start(), name=self.name)
            try:
                await self._watch(task)
            except asyncio.CancelledError:
                await _cancel(task)
                raise
            if not task.done():
                log.error("%s has stalled: cancelled and started again", self.name)
                telemetry.LOOP_RESTARTS.labels(self.name, "stalled").inc()
                self._failing_for = max(self._failing_for or 0, STALLED_CHECKS)
                if not await _cancel(task):
                    self.dead = True
                    log.critical("%s continues after its cancellation: the process must end", self.name)
                    return
                continue
            if self._age >= RECOVERED_CHECKS:
                error_pause, outage_pause = ERROR_PAUSE[0], OUTAGE_PAUSE[0]
            reason = self._classify_end(task)
            telemetry.LOOP_RESTARTS.labels(self.name, reason).inc()
            if reason == "error":
                self._failing_for = self._failing_for or 0
                await self._pause(error_pause)
                error_pause = min(error_pause * 2, ERROR_PAUSE[1])
            else:
                await self._pause(outage_pause)
                outage_pause = min(outage_pause * 2, OUTAGE_PAUSE[1])

    async def _start(self) -> None:
        _current.set(self)
        await self._run()

    async def _watch(self, task: asyncio.Task[None]) -> None:
        """Return when the run has ended or stalled."""
        while not (await asyncio.wait({task}, timeout=CHECK_SECONDS))[0]:
            self._count_check()
            self._age += 1
            self._silence = {part: checks + 1 for part, checks in self._silence.items()}
            silent = max(self._silence.values())
            if silent >= STALLED_CHECKS:
                return
            if self._age >= RECOVERED_CHECKS > silent:
                self._failing_for = None

    def _count_check(self) -> None:
        self._without_progress += 1
        if self._failing_for is not None:
            self._failing_for += 1

    async def _pause(self, seconds: float) -> None:
        while seconds > 0:
            await asyncio.sleep(min(seconds, CHECK_SECONDS))
            seconds -= CHECK_SECONDS
            self._count_check()

    def _classify_end(self, task: asyncio.Task[None]) -> str:
        """Log why a run ended, and return its kind: `error`, `outage` or `again`."""
        if task.cancelled():  # by a client library, not by the supervisor
            log.error("%s was cancelled from within: started again", self.name)
            return "error"
        error = task.exception()
        if isinstance(error, RestartLoop):
            log.info("%s starts again: %r", self.name, error)
            return "again"
        if isinstance(error, OUTAGE):
            self.outage(error)
            return "outage"
        log.error("%s failed: started again", self.name, exc_info=error or RuntimeError("it returned"))
        return "error"


async def _cancel(task: asyncio.Task[None]) -> bool:
    """Cancel a run and wait for its end. Return false if it continues."""
    for checks in CANCEL_CHECKS:
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=checks * CHECK_SECONDS)
        if done:
            with contextlib.suppress(asyncio.CancelledError):
                task.exception()  # retrieve the error, else asyncio logs it
            return True
    return False
