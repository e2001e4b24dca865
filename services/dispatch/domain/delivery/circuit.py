"""Circuit breaker of an endpoint: a dead receiver costs one probe per interval instead of a time-out per message."""

from __future__ import annotations

from datetime import timedelta

THRESHOLD = 5
"""Number of consecutive failures, over all messages, that opens the circuit."""

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=10)

DISABLE_AFTER = timedelta(days=5)
"""Time without a success after which a failing endpoint is disabled. A successful probe enables it again."""

PROBE_DISABLED_EVERY = timedelta(hours=1)
PROBE_DISABLED_FOR = timedelta(days=30)


def pause_after(failures: int) -> timedelta | None:
    """Return the pause after so many consecutive failures; `None` while the circuit stays closed.

    After the pause one message is sent as a probe. If it fails, the pause doubles. If it succeeds, all pending messages
    are due.
    """
    if failures < THRESHOLD:
        return None
    return min(FIRST_PAUSE * 2 ** min(failures - THRESHOLD, 16), LONGEST_PAUSE)
