"""Rate limits of public routes: per process, in memory, so that they cost nothing and need nothing."""

from __future__ import annotations

from collections import OrderedDict
from time import monotonic

from services.chassis.problems import TooMany

_REMEMBERED = 50_000
"""Keys kept; the one longest unused goes first."""


class RateLimit:
    """At most `times` in `seconds` for one key, refilled evenly."""

    def __init__(self, times: int, seconds: float) -> None:
        self._times = times
        self._rate = times / seconds
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, key: str) -> None:
        """Count one. Raises `TooMany` with the seconds until the next is allowed."""
        now = monotonic()
        tokens, since = self._buckets.pop(key, (float(self._times), now))
        tokens = min(self._times, tokens + (now - since) * self._rate)
        allowed = tokens >= 1
        self._buckets[key] = (tokens - 1 if allowed else tokens, now)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        if not allowed:
            raise TooMany(seconds=max(1, round((1 - tokens) / self._rate)))
