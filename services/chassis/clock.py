"""Domain time: the clock of deadlines, events and timers.

Infrastructure (leases, tokens, webhook timestamps) uses real time. In a demo or test the domain clock may run ahead of
real time: `GRIDLOOP_CLOCK_FILE` names a file with the offset in seconds. The file is read again when it changes.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from services.chassis import loops

_STEP = 0.2
"""Seconds between two checks of the offset during a wait."""
LONG_STEP = 5.0
"""Longest single wait in seconds when there is no offset file: a supervised loop must show progress while it waits."""


class Clock:
    """Real time plus the current offset."""

    def __init__(self, offset_file: Path | None = None) -> None:
        self._file = offset_file
        self._offset = timedelta()
        self._seen: tuple[int, int] | None = None
        """Inode and modification time of the offset file when it was last read. A check costs a microsecond."""

    def now(self) -> datetime:
        """Return the current domain time in UTC. All processes follow a change of the offset at their next call."""
        return datetime.now(UTC) + self._current_offset()

    async def until(self, at: datetime, wake: asyncio.Event | None = None) -> None:
        """Wait until this instant of domain time, or until `wake` is set.

        The duration is computed once and measured with the monotonic clock. So a change of the machine's clock does not
        change the duration. Only a change of the domain clock's offset does.
        """
        began, offset = monotonic(), self._current_offset()
        wait = (at - self.now()).total_seconds()
        while True:
            loops.progress()
            moved = (self._current_offset() - offset).total_seconds()
            left = wait - moved - (monotonic() - began)
            if left <= 0:
                return
            step = min(left, LONG_STEP if self._file is None else _STEP)
            if wake is None:
                await asyncio.sleep(step)
            elif await loops.wait_for_event(wake, step):
                return

    def _current_offset(self) -> timedelta:
        if self._file is not None:
            self._read_file(self._file)
        return self._offset

    def _read_file(self, file: Path) -> None:
        """Read the offset file if it has changed. A missing or half-written file leaves the previous offset."""
        try:
            found = file.stat()
            if (seen := (found.st_ino, found.st_mtime_ns)) != self._seen:
                self._offset = timedelta(seconds=float(file.read_text()))
                self._seen = seen
        except (OSError, ValueError):
            return
