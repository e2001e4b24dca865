"""Health of an endpoint, derived from the attempts to send messages to it.

The health covers the circuit breaker, verification by a test, disabling and recovery.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.dispatch.domain.delivery.circuit import DISABLE_AFTER, pause_after
from services.dispatch.domain.delivery.schedule import ATTEMPTS, Verdict

EndpointState = Literal["pending_verification", "verified", "paused", "disabled"]
DisabledReason = Literal["gone", "failing"]


@dataclass(frozen=True, slots=True)
class HealthSignal:
    """What one attempt says about the health of the endpoint that it was sent to."""

    verdict: Verdict
    version: int
    """Version of the endpoint when the delivery was claimed.

    If the endpoint was changed since, the response may come from a former URL and does not verify the endpoint.
    """
    pause: timedelta | None = None
    """Pause that the receiver asked for (`Retry-After`); `None` if it asked for none."""
    challenged: bool = False
    """True if this was a test message and the response contained its challenge."""
    test_error: str | None = None
    """Why the test failed; `None` for a passed test and for other messages."""


@dataclass(frozen=True, slots=True)
class Health:
    """Fields of an endpoint that change with the attempts to send messages to it."""

    state: EndpointState
    version: int
    failures: int = 0
    first_failure_at: datetime | None = None
    last_success_at: datetime | None = None
    open_until: datetime | None = None
    disabled_reason: DisabledReason | None = None
    disabled_at: datetime | None = None
    verified_at: datetime | None = None
    test_error: str | None = None
    """Why the last test failed; `None` if the last test passed or no test has ended."""


def apply_signals(health: Health, signals: Iterable[HealthSignal], now: datetime) -> Health:
    """Return the health after applying the signals of these attempts in order."""
    for signal in signals:
        if signal.test_error is not None and signal.version == health.version:
            health = replace(health, test_error=signal.test_error)
        health = _succeeded(health, signal, now) if signal.verdict == "delivered" else _failed(health, signal, now)
    return health


def has_recovered(before: Health, now: Health) -> bool:
    """Return whether messages can be sent again to an endpoint that was failing or not verified before."""
    closed = before.failures > 0 and now.failures == 0
    return now.state == "verified" and (closed or before.state != "verified")


def _succeeded(health: Health, signal: HealthSignal, now: datetime) -> Health:
    health = replace(health, failures=0, first_failure_at=None, last_success_at=now, open_until=None)
    if not signal.challenged or signal.version != health.version:
        return health
    health = replace(health, verified_at=now, test_error=None)
    if health.state == "paused":
        return health
    return replace(health, state="verified", disabled_reason=None, disabled_at=None)


def _failed(health: Health, signal: HealthSignal, now: datetime) -> Health:
    failures = health.failures + 1
    since = health.first_failure_at or now
    waits = [wait for wait in (pause_after(failures), signal.pause) if wait is not None]
    if health.open_until is not None:
        waits.append(health.open_until - now)
    health = replace(health, failures=failures, first_failure_at=since, open_until=now + max(waits) if waits else None)
    if health.state == "disabled":
        return health
    if signal.verdict == "gone":
        return replace(health, state="disabled", disabled_reason="gone", disabled_at=now)
    if failures >= ATTEMPTS and now - since >= DISABLE_AFTER:
        return replace(health, state="disabled", disabled_reason="failing", disabled_at=now)
    return health
