"""How long a sign-in waits after failed ones.

Failures are counted for a name from one network, for a network whatever the name (one password tried on many names), and
for a name whatever the network (many machines that try one name). The last two do not delay a sign-in to an account from
a network that has signed in to it before: nobody can lock a person out from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

FORGOTTEN_AFTER = timedelta(hours=1)
"""Failures count until so long after the last one."""

_FIRST_WAIT = timedelta(seconds=15)
_LONGEST_WAIT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Rule:
    """How many failures in a row cause no wait."""

    free: int

    def wait(self, failures: int, last_failed_at: datetime, now: datetime) -> timedelta:
        """Return how long to wait from `now`: 15 s after the last free failure, doubled by each further one, 15 min at most."""
        if failures < self.free or last_failed_at < now - FORGOTTEN_AFTER:
            return timedelta(0)
        wait = min(_FIRST_WAIT * 2 ** min(failures - self.free, 10), _LONGEST_WAIT)
        return max(last_failed_at + wait - now, timedelta(0))


NAME_FROM_NETWORK = Rule(free=5)
NAME = Rule(free=25)
NETWORK = Rule(free=50)


def network_of(host: str) -> str:
    """Return the network that counts as one caller: an IPv4 address, or the /64 of an IPv6 address, which one line has.

    What is no address counts as one network.
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
