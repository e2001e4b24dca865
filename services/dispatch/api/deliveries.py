"""Deliveries of messages to an endpoint and the attempts of each delivery. A message can be sent again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict

from services.chassis import cursors
from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.database import Connection
from services.chassis.openapi_errors import COMMAND, SIGNED_IN, responses
from services.chassis.problems import CursorInvalid
from services.chassis.web import Command, command, context
from services.dispatch.api.endpoint_forms import Recover, Recovered
from services.dispatch.api.endpoints import MANAGERS, own_endpoint
from services.dispatch.domain.delivery import problems
from services.dispatch.store import delivery_log

router = APIRouter(prefix="/api/dispatch", tags=["deliveries"])

RECOVER_DAYS = 14

DeliveryState = Literal["pending", "sending", "delivered", "exhausted", "cancelled"]


class _View(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class AttemptView(_View):
    """One attempt to deliver a message."""

    id: int
    delivery_id: UUID
    message_id: UUID | None
    """`webhook-id` of the message; `None` after the message has been deleted."""
    dispatch_id: UUID | None
    type: str | None
    trigger: Literal["schedule", "resend", "recover"]
    started_at: datetime
    duration_ms: int
    status: int | None
    """HTTP status; `None` if no response arrived."""
    error: str | None
    address: str | None
    """IP address of the receiver that answered; `None` or empty if no response arrived."""
    response: str
    """First characters of the response body."""


class Attempts(_View):
    """A page of attempts, newest first."""

    items: list[AttemptView]
    next: str | None


class DeliveryView(_View):
    """Delivery of one message to this endpoint."""

    id: UUID
    message_id: UUID
    type: str
    dispatch_id: UUID | None
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    """Time of the next attempt; `None` unless the delivery is pending."""
    delivered_at: datetime | None
    last_status: int | None
    last_error: str | None
    created_at: datetime


class Deliveries(_View):
    """A page of deliveries, newest first."""

    items: list[DeliveryView]
    next: str | None


class Queued(_View):
    """The delivery that was queued again or cancelled."""

    id: UUID


@router.get(
    "/endpoints/{endpoint_id}/attempts",
    response_model=Attempts,
    responses=responses(*SIGNED_IN, problems.EndpointUnknown, CursorInvalid),
)
async def list_attempts(
    endpoint_id: UUID,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ctx: Context = Depends(context),
    caller: Caller = Depends(MANAGERS),
) -> Attempts:
    """List the attempts of the last 30 days to deliver messages to this endpoint, newest first."""
    await own_endpoint(endpoint_id, ctx, caller)
    match cursors.decode(cursor) if cursor else [None]:
        case [int() | None as before]:
            rows = await delivery_log.list_attempts(ctx.database, endpoint_id, before, limit)
        case _:
            raise CursorInvalid
    following = cursors.next_cursor(rows, limit, lambda last: (last["id"],))
    return Attempts(items=[AttemptView.model_validate(row) for row in rows], next=following)


@router.get(
    "/endpoints/{endpoint_id}/deliveries",
    response_model=Deliveries,
    responses=responses(*SIGNED_IN, problems.EndpointUnknown, CursorInvalid),
)
async def list_deliveries(
    endpoint_id: UUID,
    state: DeliveryState | None = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ctx: Context = Depends(context),
    caller: Caller = Depends(MANAGERS),
) -> Deliveries:
    """List the deliveries of the last 30 days to this endpoint, newest first."""
    await own_endpoint(endpoint_id, ctx, caller)
    rows = await delivery_log.list_deliveries(ctx.database, endpoint_id, state, cursors.instant_and_id(cursor), limit)
    following = cursors.next_cursor(rows, limit, lambda last: (last["created_at"], last["id"]))
    items = [
        DeliveryView.model_validate(dict(row) | ({} if row["state"] == "pending" else {"next_attempt_at": None}))
        for row in rows
    ]
    return Deliveries(items=items, next=following)


@router.post(
    "/deliveries/{delivery_id}/resend",
    response_model=Queued,
    status_code=202,
    responses=responses(*COMMAND, problems.DeliveryUnknown, problems.EndpointNotSending),
)
async def resend(delivery_id: UUID, cmd: Command = Depends(command), caller: Caller = Depends(MANAGERS)) -> Response:
    """Send one message again now, with the same `webhook-id`."""
    state = await _own_delivery(delivery_id, cmd.context, caller)
    if state != "verified":
        raise problems.EndpointNotSending(state=state)

    async def write(connection: Connection, _: Queued) -> None:
        await delivery_log.resend(connection, delivery_id)

    return await cmd.run([], lambda _: Queued(id=delivery_id), status=202, also=write)


@router.post(
    "/deliveries/{delivery_id}/cancel", response_model=Queued, responses=responses(*COMMAND, problems.DeliveryUnknown)
)
async def cancel(delivery_id: UUID, cmd: Command = Depends(command), caller: Caller = Depends(MANAGERS)) -> Response:
    """Cancel a pending delivery, so that the next message about the same dispatch can be sent."""
    await _own_delivery(delivery_id, cmd.context, caller)

    async def write(connection: Connection, _: Queued) -> None:
        await delivery_log.cancel(connection, delivery_id)

    return await cmd.run([], lambda _: Queued(id=delivery_id), also=write)


@router.post(
    "/endpoints/{endpoint_id}/recover",
    response_model=Recovered,
    status_code=202,
    responses=responses(*COMMAND, problems.EndpointUnknown, problems.TooLongAgo),
)
async def recover(
    endpoint_id: UUID, form: Recover, cmd: Command = Depends(command), caller: Caller = Depends(MANAGERS)
) -> Response:
    """Send the messages since `since` that have not been delivered to this endpoint.

    These are messages whose delivery was given up or cancelled, and messages created before the endpoint was
    registered.
    """
    await own_endpoint(endpoint_id, cmd.context, caller)
    if form.since < datetime.now(UTC) - timedelta(days=RECOVER_DAYS):
        raise problems.TooLongAgo(days=RECOVER_DAYS)
    recovered = Recovered(messages=await delivery_log.count_recoverable(cmd.database, endpoint_id, form.since))

    async def write(connection: Connection, _: Recovered) -> None:
        await delivery_log.recover(connection, endpoint_id, form.since)

    return await cmd.run([], lambda _: recovered, status=202, also=write)


async def _own_delivery(delivery_id: UUID, ctx: Context, caller: Caller) -> str:
    """Return the state of the endpoint to which this delivery belongs.

    Raises `DeliveryUnknown` if the delivery does not exist or the caller may not manage its endpoint.
    """
    delivery = await delivery_log.load_delivery(ctx.database, delivery_id)
    if delivery is None:
        raise problems.DeliveryUnknown(delivery=str(delivery_id))
    try:
        return (await own_endpoint(delivery["endpoint_id"], ctx, caller))["state"]
    except problems.EndpointUnknown as error:
        raise problems.DeliveryUnknown(delivery=str(delivery_id)) from error
