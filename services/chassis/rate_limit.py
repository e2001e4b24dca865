"""Limits per caller or network. Each process counts in its own memory, so that a check costs no round trip."""

from __future__ import annotations

import contextlib
from collections import Counter, OrderedDict
from collections.abc import Generator
from ipaddress import ip_address, ip_network
from time import monotonic

from fastapi import Request

from services.chassis.problems import TooMany

_REMEMBERED = 50_000
"""Maximum number of keys in memory; the least recently used key is dropped."""
_IPV6_PREFIX = 64
"""Bits of an IPv6 address that identify a subscriber's network."""


class RateLimit:
    """Token bucket that allows `times` calls in `seconds` for each key. The key names a caller or a network."""

    def __init__(self, times: int, seconds: float) -> None:
        self._times = times
        self._rate = times / seconds
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, key: str) -> None:
        """Count a call. Raises `TooMany` with the seconds until the next call is allowed."""
        self.check(key)
        self.count(key)

    def count(self, key: str) -> None:
        """Count a call if a call is still allowed; otherwise do nothing."""
        tokens, now = self._level(key)
        if tokens < 1:
            return
        self._buckets[key] = (tokens - 1, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)

    def check(self, key: str) -> None:
        """Raise `TooMany` if no call is allowed yet. Counts nothing."""
        tokens, _ = self._level(key)
        if tokens < 1:
            raise TooMany(seconds=max(1, round((1 - tokens) / self._rate)))

    def _level(self, key: str) -> tuple[float, float]:
        now = monotonic()
        tokens, since = self._buckets.get(key, (float(self._times), now))
        return min(self._times, tokens + (now - since) * self._rate), now


class ConcurrencyLimit:
    """Limits simultaneous uses: the weights of all current uses of a key may add up to at most `total`."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._held: Counter[str] = Counter()

    @property
    def used(self) -> int:
        """The weight in use now, of all keys."""
        return self._held.total()

    @contextlib.contextmanager
    def hold(self, key: str, weight: int = 1) -> Generator[None]:
        """Count a use of this weight until the context ends. Raises `TooMany` if the total would be exceeded."""
        if self._held[key] + weight > self._total:
            raise TooMany(seconds=1)
        self._held[key] += weight
        try:
            yield
        finally:
            self._held[key] -= weight
            if not self._held[key]:
                del self._held[key]


def network_of(request: Request) -> str:
    """Return the network a request comes from: the IPv4 address, or the /64 of an IPv6 address.

    The reverse proxy passes the caller's address on.
    """
    if request.client is None:
        return "unknown"
    try:
        address = ip_address(request.client.host)
    except ValueError:
        return request.client.host
    if address.version == 4:
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped or ip_network((address, _IPV6_PREFIX), strict=False))
