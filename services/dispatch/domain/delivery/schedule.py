"""When a message that was not taken is tried again, and when nobody tries any more.

Ten seconds matter to an emergency, so the first steps are short; a weekend without power must not lose an order, so the
last are days. Each delay varies by a fifth, so that a unit that comes back is not met by all at once.
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
"""After the n-th failed attempt; the first attempt is at once."""

ATTEMPTS = len(DELAYS) + 1

LIFETIME = sum(DELAYS, timedelta()) * 1.2
"""After this a message that may not be tried (endpoint paused, disabled, circuit open) counts as exhausted too. One that may
be is never given up untried: it was we who were away."""

JITTER = 0.2

SHORTEST_DELAY_WHEN_BUSY = timedelta(seconds=60)
"""A receiver that is too busy or too slow gets a minute to breathe."""

LONGEST_RETRY_AFTER = timedelta(hours=1)
"""`Retry-After` may ask for this much, or twice the delay of the schedule where that is more."""

_BUSY = frozenset({429, 502, 503, 504})


def verdict_of(status: int) -> Verdict:
    """What a status line means. Only 2xx is delivery; redirects are never followed, so they are failures."""
    if 200 <= status < 300:
        return "delivered"
    if status == 410:
        return "gone"
    return "throttled" if status in _BUSY else "failed"


def retry_delay(attempts: int, *, busy: bool, requested: timedelta | None, random: Random) -> timedelta | None:
    """How long to wait after `attempts` failed attempts; None when they were the last.

    `busy`: the receiver said so, or did not answer in time. `wish`: its `Retry-After`.
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
    """Return the wait that the header asks for in its seconds form; None for anything else.

    The date form is rare and depends on two clocks. Only the leading digits of a very long number are read:
    `int` refuses more than 4,300, and every wait is cut to `LONGEST_WISH` anyway.
    """
    digits = "" if header is None else header.strip()
    if not (digits.isascii() and digits.isdecimal()):
        return None
    return timedelta(seconds=min(int(digits.lstrip("0")[:8] or "0"), 10**6))
