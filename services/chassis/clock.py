"""Domain time: the one clock that deadlines, events and timers are judged by.

Infrastructure (leases, tokens, webhook timestamps) uses real time. In a demo or test the domain clock may run
ahead of it: `GRIDLOOP_CLOCK_FILE` names a file with an offset in seconds, read again when it changes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

_LOOK_AGAIN = 0.05
"""Seconds between two looks at the offset file."""


class Clock:
    """Real time plus the offset in force."""

    def __init__(self, offset_file: Path | None = None) -> None:
        self._file = offset_file
        self._offset = timedelta()
        self._next_look = 0.0

    def now(self) -> datetime:
        """Now, on the domain clock, UTC."""
        if self._file is not None and monotonic() >= self._next_look:
            self._next_look = monotonic() + _LOOK_AGAIN
            self._offset = _read(self._file, self._offset)
        return datetime.now(UTC) + self._offset


def _read(file: Path, before: timedelta) -> timedelta:
    """The offset in the file; a file that is missing or half written leaves the former one."""
    try:
        return timedelta(seconds=float(file.read_text()))
    except (OSError, ValueError):
        return before
