"""The circuit breaker of one endpoint: a dead receiver costs one probe per interval, not a time-out per message."""

from __future__ import annotations

from datetime import timedelta

THRESHOLD = 5
"""Failures in a row, of whatever messages, after which the circuit opens."""

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=10)

DISABLE_AFTER = timedelta(days=5)
"""So long nothing but failures, and the endpoint is switched off; a probe each hour may switch it on again."""

PROBE_DISABLED_EVERY = timedelta(hours=1)
PROBE_DISABLED_FOR = timedelta(days=30)


def pause_after(failures: int) -> timedelta | None:
    """How long nothing is sent after so many failures in a row; None while the circuit stays closed.

    After the pause one message goes out as a probe: if it fails the pause doubles, if it succeeds everything that waits is due.
    """
    if failures < THRESHOLD:
        return None
    return min(FIRST_PAUSE * 2 ** min(failures - THRESHOLD, 16), LONGEST_PAUSE)
