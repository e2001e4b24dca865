"""Retry schedule of undelivered messages.

The first delays are short because emergencies cannot wait. The last delays are up to a day long, so that a unit without
power for a weekend loses no dispatch. Each delay varies randomly by a fifth, so that a receiver that is working again
does not get all messages at once.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Literal

Verdict = Literal["delivered", "failed", "throttled", "gone"]

DELAYS: tuple[timedelta, ...] = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Delay after each failed attempt; the first attempt is made at once."""

ATTEMPTS = len(DELAYS) + 1

LIFETIME = sum(DELAYS, timedelta()) * 1.2
"""Lifetime of a message that cannot be sent because its endpoint is not verified or has an open circuit.

A paused or disabled endpoint counts as not verified. If the endpoint can be called, the message is not given up
before all attempts have failed, because our own sender may have been down.
"""

JITTER = 0.2

SHORTEST_DELAY_WHEN_BUSY = timedelta(seconds=60)
"""Shortest delay before the next attempt if the receiver is busy or slow."""

LONGEST_RETRY_AFTER = timedelta(hours=1)
"""Longest delay that a `Retry-After` header can cause, unless twice the scheduled delay is longer."""

_BUSY = frozenset({429, 502, 503, 504})


def verdict_of(status: int) -> Verdict:
    """Return what an HTTP status means: only 2xx is a delivery. Redirects are failures and are not followed."""
    if 200 <= status < 300:
        return "delivered"
    if status == 410:
        return "gone"
    return "throttled" if status in _BUSY else "failed"


def retry_delay(attempts: int, *, busy: bool, requested: timedelta | None, random: Random) -> timedelta | None:
    """Return the delay after `attempts` failed attempts; `None` after the last attempt.

    `busy`: the receiver said that it is busy, or did not answer in time. `requested`: the `Retry-After` of the
    receiver.
    """
    if attempts >= ATTEMPTS:
        return None
    planned = DELAYS[attempts - 1] * (1 + random.uniform(-JITTER, JITTER))
    if busy:
        planned = max(planned, SHORTEST_DELAY_WHEN_BUSY)
    if requested is not None:
        planned = min(max(planned, requested), max(2 * planned, LONGEST_RETRY_AFTER))
    return planned


def parse_retry_after(header: str | None) -> timedelta | None:
    """Return the duration in a `Retry-After` header that gives seconds; `None` for any other header.

    A header that gives a date is ignored: it is rare and depends on two clocks. Only the first eight digits are read:
    `int` refuses more than 4,300 digits, and `retry_delay` limits the delay anyway.
    """
    digits = "" if header is None else header.strip()
    if not (digits.isascii() and digits.isdecimal()):
        return None
    return timedelta(seconds=min(int(digits.lstrip("0")[:8] or "0"), 10**6))
