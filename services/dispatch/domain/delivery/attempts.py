"""Evaluation of one delivery attempt: the next state of the delivery, and the health signal for the endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Literal

import orjson

from services.dispatch.domain.delivery import schedule
from services.dispatch.domain.delivery.health import HealthSignal

NextState = Literal["pending", "delivered", "exhausted"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """Result of one attempt to send a message: the response of the receiver, or the error."""

    status: int | None
    """HTTP status; `None` if no response arrived."""
    error: str | None = None
    timed_out: bool = False
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows from one attempt: the next state of the delivery, and the health signal for the endpoint."""

    state: NextState
    delay: timedelta
    """Time until the next attempt; used only if `state` is `pending`."""
    signal: HealthSignal
    error: str | None = None
    """Why the attempt failed; `None` if it succeeded."""


UNPROVEN_ERROR = "answered without the challenge of the test"
"""Error of a test message that was answered with status 2xx but without the challenge of the message."""


def evaluate(
    attempt: Attempt,
    *,
    attempts: int,
    resend: bool,
    delivered_before: bool,
    version: int,
    random: Random,
    proof: bool | None = None,
) -> Outcome:
    """Return the outcome of an attempt.

    `attempts`: number of counted attempts before this one. `resend`: a person asked for this attempt, so it is not
    counted. A failed resend of a message that was `delivered_before` leaves the delivery delivered. `proof`: whether
    the response to a test message contained the challenge; `None` for other messages. A test message that was answered
    without the challenge is sent again.
    """
    verdict = "failed" if attempt.status is None else schedule.verdict_of(attempt.status)
    unproven = verdict == "delivered" and proof is False
    error = UNPROVEN_ERROR if unproven else attempt.error
    requested = schedule.parse_retry_after(attempt.retry_after) if verdict == "throttled" else None
    pause = None if requested is None else min(requested, schedule.LONGEST_RETRY_AFTER)
    signal = HealthSignal(
        verdict,
        version,
        pause=pause,
        challenged=verdict == "delivered" and bool(proof),
        test_error=None if proof is None else error,
    )
    if (verdict == "delivered" and not unproven) or (resend and delivered_before):
        return Outcome("delivered", timedelta(), signal, error)
    failed = attempts if resend else attempts + 1
    busy = attempt.timed_out or verdict == "throttled"
    delay = schedule.retry_delay(max(failed, 1), busy=busy, requested=requested, random=random)
    if delay is None:
        return Outcome("exhausted", timedelta(), signal, error)
    return Outcome("pending", delay, signal, error)


def echoes_challenge(sent: bytes, answer: bytes) -> bool:
    """Return whether the response to an `endpoint.test` message is JSON with the `challenge` of that message."""
    try:
        response = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return False
    return isinstance(response, dict) and response.get("challenge") == orjson.loads(sent)["data"]["challenge"]
