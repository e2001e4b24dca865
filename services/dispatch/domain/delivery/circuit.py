"""Circuit breaker of an endpoint.

While the circuit is open, a receiver that does not answer gets one message per pause, as a probe. So it costs one
time-out per pause instead of one per message.
"""

from __future__ import annotations

from datetime import timedelta

THRESHOLD = 5
"""Number of consecutive failures, counted over all messages of an endpoint, that opens the circuit."""

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=10)

DISABLE_AFTER = timedelta(days=5)
"""Time from the first of consecutive failures until the endpoint is disabled. A passed test enables it again."""

PROBE_DISABLED_EVERY = timedelta(hours=1)
PROBE_DISABLED_FOR = timedelta(days=30)


def pause_after(failures: int) -> timedelta | None:
    """Return the pause after this number of consecutive failures; `None` if the circuit stays closed.

    After the pause one message is sent as a probe. If the probe fails, the pause doubles, up to `LONGEST_PAUSE`. If the
    probe succeeds, all pending messages are due.
    """
    if failures < THRESHOLD:
        return None
    return min(FIRST_PAUSE * 2 ** min(failures - THRESHOLD, 16), LONGEST_PAUSE)
