"""Limits count a caller's network; at most so many at once, and each is given back."""

from __future__ import annotations

import pytest
from fastapi import Request

from services.chassis.problems import TooMany
from services.chassis.rate_limit import ConcurrencyLimit, RateLimit, network_of


def came_from(host: str) -> Request:
    return Request({"type": "http", "client": (host, 1), "headers": []})


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("a-socket", "a-socket"),
    ],
)
def test_a_subscriber_is_one_network(host: str, network: str) -> None:
    assert network_of(came_from(host)) == network


def test_a_held_place_is_given_back() -> None:
    limit = ConcurrencyLimit(1)
    with limit.hold("a"), limit.hold("b"), pytest.raises(TooMany), limit.hold("a"):
        pass
    with limit.hold("a"):
        pass


def test_a_look_at_a_rate_limit_counts_nothing() -> None:
    limit = RateLimit(1, 60)
    limit.check("a")
    limit.spend("a")
    with pytest.raises(TooMany):
        limit.check("a")
