"""The sentence on one attempt: what becomes of the delivery, and what it says about the endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Literal

import orjson

from services.dispatch.domain.delivery import schedule
from services.dispatch.domain.delivery.health import Sign

Next = Literal["pending", "delivered", "exhausted"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one message was received."""

    status: int | None
    """None: no answer."""
    error: str | None = None
    timed_out: bool = False
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """What follows."""

    state: Next
    delay: timedelta
    """Until the next attempt, while pending."""
    sign: Sign


def judge(
    attempt: Attempt, *, attempts: int, resend: bool, delivered_before: bool, version: int, challenged: bool,
    random: Random,
) -> Sentence:  # fmt: skip
    """`attempts`: counted ones before this. A person's resend does not count, and cannot make a delivery worse."""
    verdict = "failed" if attempt.status is None else schedule.verdict(attempt.status)
    wish = schedule.retry_after(attempt.retry_after) if verdict == "throttled" else None
    rest = None if wish is None else min(wish, schedule.LONGEST_WISH)
    sign = Sign(verdict, version, rest=rest, challenged=challenged)
    if verdict == "delivered":
        return Sentence("delivered", timedelta(), sign)
    if resend and delivered_before:
        return Sentence("delivered", timedelta(), sign)
    failed = attempts if resend else attempts + 1
    busy = attempt.timed_out or verdict == "throttled"
    delay = schedule.delay(max(failed, 1), busy=busy, wish=wish, random=random)
    return Sentence("exhausted", timedelta(), sign) if delay is None else Sentence("pending", delay, sign)


def echoes(sent: bytes, answer: bytes) -> bool:
    """Whether the answer to an `endpoint.test` proves that its receiver read it: JSON with the same `challenge`."""
    try:
        found = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return False
    return isinstance(found, dict) and found.get("challenge") == orjson.loads(sent)["data"]["challenge"]
