"""Endpoints as callers send and see them."""

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
    """Only these types; absent: all, also those that come to be later."""

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
    """Where the unit's system wants its messages."""

    url: Url
    description: Description = ""
    unit_id: str | None = None
    """For administrators: whose it is. A unit registers its own."""
    kind: EndpointKind = "unit"
    """`emergency`: of 110, 119, 120 or 122; gets the envelopes of hand-overs (`handover.message`) and nothing else."""
    format: EndpointFormat = "json"
    """`cap`: hand-overs as CAP 1.2 (XML); for `emergency` endpoints."""
    takes_exercises: StrictBool = False
    """Also gets what is no real case (`mode` exercise or test). Without it such messages never come here."""
    signatures: Signatures = SCHEMES
    """`v1`: by the secret that we share. `v1a`: by a key of ours, of which you have the public half."""
    max_in_flight: int = Field(default=8, ge=1, le=32)
    """Requests at the same time, at most."""


class EndpointChange(_WithEvents):
    """What is absent stays."""

    url: Url | None = None
    """A new address must prove itself like the first."""
    description: Description | None = None
    paused: StrictBool | None = None
    """True: nothing is sent, messages wait (three days). False: they go out; a disabled endpoint is switched on again."""
    all_events: StrictBool = False
    """Every type again, instead of `events`."""
    takes_exercises: StrictBool | None = None
    signatures: Signatures | None = None
    max_in_flight: int | None = Field(default=None, ge=1, le=32)


class Recover(Form):
    """From when on."""

    since: Annotated[Instant, Field(examples=["2026-11-23T08:00:00+08:00"])]
    """At most 14 days ago."""


class _View(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class EndpointView(_View):
    """An endpoint as it now is."""

    id: UUID
    unit_id: str
    url: str
    description: str
    kind: EndpointKind
    format: EndpointFormat
    takes_exercises: bool
    signatures: tuple[Scheme, ...]
    public_keys: tuple[str, ...]
    """`whpk_…`: what `v1a` is verified by, the newest first; a former one as long as it signs."""
    events: tuple[str, ...] | None
    """None: every type."""
    version: int
    """Also the ETag: send it back as `If-Match`."""
    state: EndpointState
    """`pending_verification` until a test was answered with its challenge; `disabled` after days of failures or a 410."""
    test_error: str | None
    """Why the last test did not prove the endpoint; it is tried again. None: it did, or none has come back yet."""
    disabled_reason: DisabledReason | None
    disabled_at: datetime | None
    verified_at: datetime | None
    max_in_flight: int
    failures: int
    """In a row, of whatever message."""
    circuit_open: bool
    """It failed so often that only one message goes out as a probe now and then."""
    resting_until: datetime | None
    first_failure_at: datetime | None
    last_success_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> EndpointView:
        """From its row."""
        return cls.model_validate(
            {**row, "circuit_open": row["failures"] >= THRESHOLD, "resting_until": row["open_until"]}
        )


class EndpointCreated(EndpointView):
    """With its secret, told this once."""

    secret: str | None
    """`whsec_…`; none when the same `Idempotency-Key` asks again: rotate it then."""


class SecretRotated(_View):
    """The new secret, told this once."""

    secret: str | None
    """None when the same `Idempotency-Key` asks again."""
    public_key: str
    """`whpk_…`, the newest of the endpoint's `public_keys`."""
    former_valid_until: datetime
    """Until then the former secret and key sign, too."""


class Endpoints(_View):
    """A page of endpoints."""

    items: list[EndpointView]
    next: str | None


class Tested(_View):
    """A test is on its way."""

    message_id: UUID
    """Its `webhook-id`."""


class Recovered(_View):
    """What is on its way again."""

    messages: int
