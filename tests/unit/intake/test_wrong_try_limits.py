"""Wrong phone tails are limited without locking out callers who have not failed."""

from __future__ import annotations

import pytest

from services.chassis.problems import TooMany
from services.intake.api.resources import WrongTryLimits

NUMBER = "LJ-20261123-000001"


def fail(limits: WrongTryLimits, network: str, times: int) -> None:
    for _ in range(times):
        limits.check(network, NUMBER)
        limits.count_wrong(network, NUMBER)


def test_a_network_has_a_limited_number_of_wrong_tries_per_case() -> None:
    limits = WrongTryLimits()
    fail(limits, "192.0.2.1", 6)
    with pytest.raises(TooMany):
        limits.check("192.0.2.1", NUMBER)
    limits.check("192.0.2.1", "LJ-20261123-000002")


def test_wrong_tries_of_many_networks_do_not_lock_out_others() -> None:
    limits = WrongTryLimits()
    for last in range(4):
        fail(limits, f"192.0.2.{last}", 5)
    limits.check("198.51.100.1", NUMBER)
    fail(limits, "198.51.100.2", 1)
    with pytest.raises(TooMany):
        limits.check("198.51.100.2", NUMBER)
    limits.check("198.51.100.1", NUMBER)
