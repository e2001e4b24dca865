"""Retry schedule of undelivered messages.

The first delays are short because emergencies cannot wait. The last are days long so that a weekend without power loses
no dispatch. Each delay varies by a fifth, so that a receiver that comes back does not get all messages at once.
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
"""Lifetime of a message that cannot be tried because its endpoint is paused, disabled or has an open circuit.

A message that can be tried is never given up untried: it may be our own sender that was down.
"""

JITTER = 0.2

SHORTEST_DELAY_WHEN_BUSY = timedelta(seconds=60)
"""Shortest delay for a receiver that is busy or slow."""

LONGEST_RETRY_AFTER = timedelta(hours=1)
"""Longest accepted `Retry-After`, unless twice the scheduled delay is longer."""

_BUSY = frozenset({429, 502, 503, 504})


def verdict_of(status: int) -> Verdict:
    """Return the verdict on an HTTP status. Only 2xx is a delivery; redirects are failures because none is followed."""
    if 200 <= status < 300:
        return "delivered"
    if status == 410:
        return "gone"
    return "throttled" if status in _BUSY else "failed"


def retry_delay(attempts: int, *, busy: bool, requested: timedelta | None, random: Random) -> timedelta | None:
    """Return the delay after `attempts` failed attempts; `None` after the last one.

    `busy`: the receiver said that it is busy, or did not answer in time. `requested`: its `Retry-After`.
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
    """Return the seconds form of a `Retry-After` header as a duration; `None` for anything else.

    The date form is rare and depends on two clocks. Only the first eight digits are read: `int` refuses more than 4,300
    digits, and every delay is limited to `LONGEST_RETRY_AFTER` anyway.
    """
    digits = "" if header is None else header.strip()
    if not (digits.isascii() and digits.isdecimal()):
        return None
    return timedelta(seconds=min(int(digits.lstrip("0")[:8] or "0"), 10**6))
