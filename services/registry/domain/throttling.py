"""Waiting times of sign-ins after failed attempts.

Failures are counted in three ways: per name and network, per network (against one password tried on many names), and
per name (against many machines that try one name). If an account has signed in from a network before, only the count
per name and network delays sign-ins to this account from this network. So nobody can lock a person out from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

FORGOTTEN_AFTER = timedelta(hours=1)
"""Time after the last failure at which a count of failures starts again from zero."""

_FIRST_WAIT = timedelta(seconds=15)
_LONGEST_WAIT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Rule:
    """Rule for the waiting times that a count of failures causes."""

    free: int
    """Number of attempts without waiting. After this many failures in a row, the next attempt must wait."""

    def wait(self, failures: int, last_failed_at: datetime, now: datetime) -> timedelta:
        """Return the time until the next attempt is allowed.

        The wait is 15 seconds after `free` failures. Each further failure doubles it, up to 15 minutes.
        """
        if failures < self.free or last_failed_at < now - FORGOTTEN_AFTER:
            return timedelta(0)
        wait = min(_FIRST_WAIT * 2 ** min(failures - self.free, 10), _LONGEST_WAIT)
        return max(last_failed_at + wait - now, timedelta(0))


NAME_FROM_NETWORK = Rule(free=5)
NAME = Rule(free=25)
NETWORK = Rule(free=50)


def network_of(host: str) -> str:
    """Return the network whose failures are counted together: an IPv4 address, or the /64 network of an IPv6 address.

    All hosts that are not IP addresses share one network.
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
