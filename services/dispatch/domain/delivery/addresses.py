"""Network addresses that webhooks may be sent to.

The list is explicit because `ipaddress.is_global` accepts multicast, 64:ff9b::7f00:1 and 2002:7f00:1::1 (127.0.0.1
through NAT64 and 6to4). Source of the ranges: IANA special-purpose address registries for IPv4 and IPv6, as of 2026.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

DENIED: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relay
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "::/96",  # unspecified, loopback, IPv4-compatible
        "::ffff:0:0:0/96",  # IPv4-translated
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64, local
        "100::/64",  # discard
        "100:0:0:1::/64",  # dummy prefix
        "2001::/23",  # Teredo, ORCHID, benchmarking
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fc00::/7",  # unique local
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local
        "ff00::/8",  # multicast
    )
)


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Parse the list of networks that the operator allows. Raises `ValueError` for a text that is not a network."""
    return tuple(ip_network(text, strict=True) for text in texts)


def unmap_ipv4(address: Address) -> Address:
    """Return the IPv4 address of an IPv4-mapped IPv6 address (`::ffff:a.b.c.d`), else the address itself."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_permitted(address: str, allowed: Iterable[Network], *, tls: bool = True) -> bool:
    """Return whether a connection to this resolved address may be opened.

    `allowed`: networks that the operator lists. Without TLS only these are permitted; with TLS all networks that are
    not in `DENIED` are permitted too. An IPv6 address with a scope (`%eth0`) is never permitted.
    """
    if "%" in address:
        return False
    resolved = unmap_ipv4(ip_address(address))
    if any(_contains(network, resolved) for network in allowed):
        return True
    return tls and not any(_contains(network, resolved) for network in DENIED)


def _contains(network: Network, address: Address) -> bool:
    return network.version == address.version and address in network
