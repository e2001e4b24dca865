"""Request and response bodies of the endpoint routes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, field_validator

from contracts.webhooks import WEBHOOKS
from services.chassis.forms import Instant
from services.dispatch.api.forms import Form
from services.dispatch.domain.delivery.circuit import THRESHOLD
from services.dispatch.domain.delivery.health import DisabledReason, EndpointState
from services.dispatch.domain.delivery.signatures import SCHEMES, Scheme

EVENT_TYPES = tuple(WEBHOOKS)
EndpointKind = Literal["unit", "emergency"]
EndpointFormat = Literal["json", "cap"]

Url = Annotated[str, Field(min_length=8, max_length=2000, examples=["https://chengguan.example.gov.cn/gridloop"])]
Description = Annotated[str, Field(max_length=200)]
Events = Annotated[tuple[str, ...], Field(min_length=1, max_length=len(EVENT_TYPES), examples=[["dispatch.created"]])]


Signatures = Annotated[tuple[Scheme, ...], Field(min_length=1, max_length=len(SCHEMES))]


class _WithEvents(Form):
    events: Events | None = None
    """Message types to send to the endpoint. Absent in a new endpoint: all types, including types added later."""

    @field_validator("events")
    @classmethod
    def _known(cls, events: tuple[str, ...] | None) -> tuple[str, ...] | None:
        unknown = sorted(set(events or ()) - set(EVENT_TYPES))
        if unknown:
            known = ", ".join(EVENT_TYPES)
            raise ValueError(
                f"没有事件类型 {unknown}，可用：{known} / unknown event types {unknown}; known are {known}"
            )
        return events


class NewEndpoint(_WithEvents):
    """A new endpoint, to which the messages of a unit are sent."""

    url: Url
    description: Description = ""
    unit_id: str | None = None
    """Unit that owns the endpoint. Required from an administrator; by default the caller's own unit."""
    kind: EndpointKind = "unit"
    """`emergency`: an endpoint of 110, 119, 120 or 122. It receives hand-overs (`handover.message`) and nothing else.
    """
    format: EndpointFormat = "json"
    """`json`: all messages as JSON. `cap`: hand-overs as CAP 1.2 (XML), for `emergency` endpoints only."""
    takes_exercises: StrictBool = False
    """True: also send messages about exercises and tests. False: send only messages about real cases."""
    signatures: Signatures = SCHEMES
    """Signatures of each message. `v1`: HMAC with the shared secret. `v1a`: Ed25519; verify it with our public key."""
    max_in_flight: int = Field(default=8, ge=1, le=32)
    """Largest number of simultaneous requests to the endpoint."""


class EndpointChange(_WithEvents):
    """A change of an endpoint. Absent fields keep their value."""

    url: Url | None = None
    """New URL. It must pass a test before other messages are sent to it."""
    description: Description | None = None
    paused: StrictBool | None = None
    """True: hold messages back. A message that waits for more than 3.7 days is given up, but can be recovered.

    False: send the messages, and enable a disabled endpoint again.
    """
    all_events: StrictBool = False
    """True: send all message types again. `events` is then ignored."""
    takes_exercises: StrictBool | None = None
    signatures: Signatures | None = None
    max_in_flight: int | None = Field(default=None, ge=1, le=32)


class Recover(Form):
    """Request to send again the undelivered messages of a period."""

    since: Annotated[Instant, Field(examples=["2026-11-23T08:00:00+08:00"])]
    """Start of the period, at most 14 days ago. The period ends now."""


class _View(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class EndpointView(_View):
    """An endpoint and its current state."""

    id: UUID
    unit_id: str
    url: str
    description: str
    kind: EndpointKind
    format: EndpointFormat
    takes_exercises: bool
    signatures: tuple[Scheme, ...]
    public_keys: tuple[str, ...]
    """Keys (`whpk_…`) that verify `v1a` signatures, newest first. A replaced key stays here until it expires."""
    events: tuple[str, ...] | None
    """Message types to send. `None`: all types."""
    version: int
    """Version of the endpoint; also the ETag. Send it back as `If-Match`."""
    state: EndpointState
    """State of the endpoint. `pending_verification`: its URL has not passed a test yet.

    `disabled`: attempts failed for days, or a response had status 410. `paused`: a manager of the endpoint paused it.
    """
    test_error: str | None
    """Why the last test failed; a failed test is repeated. `None`: the last test passed, or none has ended yet."""
    disabled_reason: DisabledReason | None
    disabled_at: datetime | None
    verified_at: datetime | None
    max_in_flight: int
    failures: int
    """Number of consecutive failed attempts, counted over all messages."""
    circuit_open: bool
    """True after many consecutive failures: only one message is sent from time to time, as a probe."""
    resting_until: datetime | None
    first_failure_at: datetime | None
    last_success_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> EndpointView:
        """Build the view from a row of the table `endpoint`."""
        return cls.model_validate(
            {**row, "circuit_open": row["failures"] >= THRESHOLD, "resting_until": row["open_until"]}
        )


class EndpointCreated(EndpointView):
    """A new endpoint with its secret, which is shown only once."""

    secret: str | None
    """Shared secret (`whsec_…`). `None` in the response to a repeated `Idempotency-Key`: rotate the secret then."""


class SecretRotated(_View):
    """A new secret, which is shown only once."""

    secret: str | None
    """New shared secret (`whsec_…`); `None` in the response to a repeated `Idempotency-Key`."""
    public_key: str
    """New public key (`whpk_…`), the first of the endpoint's `public_keys`."""
    former_valid_until: datetime
    """Time until which messages are also signed with the former secret and the former key."""


class Endpoints(_View):
    """A page of endpoints."""

    items: list[EndpointView]
    next: str | None


class Tested(_View):
    """A test message that has been queued."""

    message_id: UUID
    """`webhook-id` of the test message."""


class Recovered(_View):
    """Number of messages that are sent again."""

    messages: int
