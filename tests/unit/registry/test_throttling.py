"""How long a sign-in must wait, and which callers count as one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.registry.domain.throttling import NAME_FROM_NETWORK, Rule, network_of

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def test_waits_start_after_the_free_failures_and_double_up_to_15_minutes() -> None:
    waits = [NAME_FROM_NETWORK.wait(failures, NOW, NOW).total_seconds() for failures in range(1, 14)]
    assert waits == [0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 900, 900, 900]
    assert Rule(free=1).wait(10_000, NOW, NOW) == timedelta(minutes=15)


def test_a_wait_ends_and_failures_are_forgotten_after_an_hour() -> None:
    rule = Rule(free=1)
    assert rule.wait(1, NOW, NOW + timedelta(seconds=10)) == timedelta(seconds=5)
    assert rule.wait(1, NOW, NOW + timedelta(seconds=15)) == timedelta(0)
    assert rule.wait(10, NOW, NOW + timedelta(minutes=14)) == timedelta(minutes=1)
    assert rule.wait(10, NOW, NOW + timedelta(minutes=61)) == timedelta(0)


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("testclient", "unknown"),
    ],
)
def test_a_caller_is_counted_by_network(host: str, network: str) -> None:
    assert network_of(host) == network
