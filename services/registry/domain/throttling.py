"""Waiting times of sign-ins after failed attempts.

Failures are counted per name and network, per network (one password tried on many names), and per name (many machines
that try one name). The counts per network and per name do not delay a sign-in from a network that has signed in to the
account before, so nobody can lock a person out from another network.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

FORGOTTEN_AFTER = timedelta(hours=1)
"""Failures are forgotten this long after the last one."""

_FIRST_WAIT = timedelta(seconds=15)
_LONGEST_WAIT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Rule:
    """The waiting times of one count of failures."""

    free: int
    """Number of failures in a row that cause no waiting time."""

    def wait(self, failures: int, last_failed_at: datetime, now: datetime) -> timedelta:
        """Return the remaining wait: 15 s after the last free failure, doubled by each further one, at most 15 min."""
        if failures < self.free or last_failed_at < now - FORGOTTEN_AFTER:
            return timedelta(0)
        wait = min(_FIRST_WAIT * 2 ** min(failures - self.free, 10), _LONGEST_WAIT)
        return max(last_failed_at + wait - now, timedelta(0))


NAME_FROM_NETWORK = Rule(free=5)
NAME = Rule(free=25)
NETWORK = Rule(free=50)


def network_of(host: str) -> str:
    """Return the network that counts as one caller: an IPv4 address, or the /64 network of an IPv6 address.

    Everything that is not an IP address counts as one network.
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address) >> 64 << 64, 64)))
