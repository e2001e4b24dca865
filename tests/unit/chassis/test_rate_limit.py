"""Rate limits count by network; concurrency limits release each slot."""

from __future__ import annotations

import pytest
from fastapi import Request

from services.chassis.problems import TooMany
from services.chassis.rate_limit import ConcurrencyLimit, RateLimit, network_of


def request_from(host: str) -> Request:
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
def test_addresses_of_one_subscriber_count_as_one_network(host: str, network: str) -> None:
    assert network_of(request_from(host)) == network


def test_a_slot_is_released_after_use() -> None:
    limit = ConcurrencyLimit(1)
    with limit.hold("a"), limit.hold("b"), pytest.raises(TooMany), limit.hold("a"):
        pass
    with limit.hold("a"):
        pass


def test_checking_a_rate_limit_does_not_count() -> None:
    limit = RateLimit(1, 60)
    limit.check("a")
    limit.spend("a")
    with pytest.raises(TooMany):
        limit.check("a")
