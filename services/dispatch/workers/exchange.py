"""One delivery attempt: sign the message, send it, and evaluate the response."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

import httpx

from services.dispatch.domain.delivery.attempts import Attempt, echoes_challenge, evaluate
from services.dispatch.domain.delivery.health import HealthSignal
from services.dispatch.store.deliveries import ClaimedDelivery, DeliveryResult
from services.dispatch.workers.receivers import NotCallable, Receiver
from services.dispatch.workers.transport import AddressRefused

DEADLINE_SECONDS = 15.0
"""Time limit of one attempt, from name look-up to response."""

IMMEDIATE_RETRY_SECONDS = 1.0
"""If an attempt fails within this time without a response, it is tried once more at once.

The receiver may just be restarting.
"""

_RESPONSE_KEPT = 1024
_REASON_KEPT = 200
_FIXED = {"user-agent": "Gridloop-Webhooks/1", "accept-encoding": "identity"}
_CONTENT = {"json": "application/json", "cap": "application/cap+xml"}


@dataclass(frozen=True, slots=True)
class Received:
    """The response of the receiver, or the reason why none arrived."""

    attempt: Attempt
    address: str | None = None
    body: bytes = b""


async def deliver(
    claimed: ClaimedDelivery, receiver: Receiver, random: Random, seconds: float
) -> tuple[DeliveryResult, HealthSignal]:
    """Attempt a delivery once, within `seconds`. Return the result and the health signal for the endpoint.

    If this raises an exception, the error is in our own system. Pass the exception to `failed_attempt`.
    """
    started_at, started = datetime.now(UTC), time.monotonic()
    received = await _send(claimed, receiver, seconds)
    attempt = received.attempt
    outcome = evaluate(
        attempt,
        attempts=claimed.attempts,
        resend=claimed.trigger == "resend",
        delivered_before=claimed.delivered,
        version=claimed.version,
        random=random,
        proof=echoes_challenge(claimed.body, received.body) if claimed.type == "endpoint.test" else None,
    )
    result = DeliveryResult(
        claimed=claimed,
        state=outcome.state,
        delay=outcome.delay,
        started_at=started_at,
        duration_ms=int((time.monotonic() - started) * 1000),
        status=attempt.status,
        error=outcome.error,
        address=received.address,
        response=received.body[:_RESPONSE_KEPT].decode(errors="replace").replace("\x00", ""),
    )
    return result, outcome.signal


def failed_attempt(claimed: ClaimedDelivery, error: Exception, random: Random) -> tuple[DeliveryResult, HealthSignal]:
    """Return the result and the health signal of an attempt that raised the exception `error`."""
    reason = _failure_reason(error)
    outcome = evaluate(
        Attempt(None, error=reason),
        attempts=claimed.attempts,
        resend=claimed.trigger == "resend",
        delivered_before=claimed.delivered,
        version=claimed.version,
        random=random,
        proof=False if claimed.type == "endpoint.test" else None,
    )
    result = DeliveryResult(
        claimed=claimed,
        state=outcome.state,
        delay=outcome.delay,
        started_at=datetime.now(UTC),
        duration_ms=0,
        status=None,
        error=reason,
        address=None,
        response="",
    )
    return result, outcome.signal


def _failure_reason(error: Exception) -> str:
    """Return the error text that people of the unit read for an attempt that raised an exception."""
    if isinstance(error, NotCallable):
        return f"not callable: {error}"
    text = f"{type(error).__name__}: {error}".replace("\x00", "")
    return f"internal error: {text[:_REASON_KEPT]}".encode(errors="replace").decode()


async def _send(claimed: ClaimedDelivery, receiver: Receiver, seconds: float) -> Received:
    started = asyncio.get_running_loop().time()
    received = await _send_once(claimed, receiver, started + seconds)
    refused = received.attempt.status is None and not received.attempt.timed_out
    if refused and received.address is None and asyncio.get_running_loop().time() - started < IMMEDIATE_RETRY_SECONDS:
        received = await _send_once(claimed, receiver, started + seconds)
    return received


async def _send_once(claimed: ClaimedDelivery, receiver: Receiver, deadline: float) -> Received:
    signature = receiver.signed(str(claimed.message_id), claimed.body)
    request = httpx.Request(
        "POST",
        receiver.url,
        headers={"content-type": _CONTENT[claimed.format], **_FIXED, **signature},
        content=claimed.body,
        extensions={"deadline": deadline},
    )
    try:
        response = await receiver.transport.handle_async_request(request)
    except httpx.TimeoutException as error:
        return Received(Attempt(None, error=f"timeout: {error}", timed_out=True))
    except AddressRefused as error:
        return Received(Attempt(None, error=f"refused: {error}"), address="")
    except httpx.TransportError as error:
        return Received(Attempt(None, error=f"failed: {error}"))
    error = None if response.is_success else f"status {response.status_code}"
    return Received(
        Attempt(response.status_code, error=error, retry_after=response.headers.get("retry-after")),
        address=response.extensions["address"].decode(),
        body=response.content,
    )
