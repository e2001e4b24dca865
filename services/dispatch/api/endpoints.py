"""Webhook endpoints: register, test, change, pause, rotate the secret, delete."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Request, Response

from services.chassis import cursors
from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.database import Connection
from services.chassis.openapi_errors import COMMAND, SIGNED_IN, responses
from services.chassis.problems import ChangedMeanwhile, CursorInvalid, NotAllowed
from services.chassis.vault import Vault
from services.chassis.web import Command, command, context, context_of, needs, with_secrets
from services.dispatch.api.endpoint_forms import (
    EndpointChange,
    EndpointCreated,
    Endpoints,
    EndpointView,
    NewEndpoint,
    SecretRotated,
    Tested,
)
from services.dispatch.domain.delivery import changes, endpoint_urls, problems
from services.dispatch.domain.delivery.addresses import parse_networks
from services.dispatch.domain.delivery.signatures import KeyPair
from services.dispatch.domain.dispatches.access import OUTSIDE_RECIPIENTS, manageable_recipients
from services.dispatch.domain.dispatches.problems import UnitUnknown
from services.dispatch.store import endpoints as store
from services.dispatch.store.endpoints import WEBHOOK_SECRETS

router = APIRouter(prefix="/api/dispatch/endpoints", tags=["endpoints"])

_MANAGING = ("unit_clerk", "administrator", "gateway")


async def endpoint_manager(request: Request) -> Caller:
    """Return the caller if the caller may manage endpoints. Raises `NotAllowed` for any other caller.

    Allowed are clerks of a unit, administrators, and the API keys of the upstream platform and of the SMS gateway.
    """
    caller = await needs()(request)
    if not (caller.has(*_MANAGING) or manageable_recipients(caller, context_of(request).district) & OUTSIDE_RECIPIENTS):
        raise NotAllowed(roles=", ".join(_MANAGING))
    return caller


endpoint_manager.roles = _MANAGING  # type: ignore[attr-defined]
MANAGERS = endpoint_manager

MAX_ENDPOINTS = 10
"""Largest number of endpoints of one unit."""

GRACE_PERIOD = timedelta(hours=24)
"""Time for which messages are also signed with a replaced secret."""


@router.post(
    "",
    response_model=EndpointCreated,
    status_code=201,
    responses=responses(
        *COMMAND,
        endpoint_urls.EndpointUrlRefused,
        problems.TooManyEndpoints,
        problems.UnitNeeded,
        problems.EndpointExists,
        problems.NoEmergencyEndpoint,
        UnitUnknown,
    ),
)
async def register(form: NewEndpoint, cmd: Command = Depends(command), caller: Caller = Depends(MANAGERS)) -> Response:
    """Register an endpoint. The secret is shown in this response only.

    A test message is sent after five seconds; call `/test` to send one at once. The receiver must answer the test
    message with status 2xx and JSON `{"challenge": …}`, which repeats the `challenge` of the message. Other messages
    are sent after the test has passed. A failed test is repeated, and `test_error` says why it failed.
    """
    unit_id = _owner_of(form, caller, cmd)
    unit = cmd.district.units.get(unit_id)
    if (form.kind == "emergency" and (unit is None or unit.agency is None)) or (
        form.format == "cap" and form.kind != "emergency"
    ):
        raise problems.NoEmergencyEndpoint(unit=unit_id)
    pair = KeyPair.new()
    row: dict[str, Any] = {
        "id": uuid4(),
        "unit_id": unit_id,
        "url": endpoint_urls.normalise_url(form.url, _allowed(cmd.context)),
        "description": form.description,
        "kind": form.kind,
        "format": form.format,
        "takes_exercises": form.takes_exercises,
        "signatures": list(form.signatures),
        "public_keys": [pair.public_key],
        "events": list(form.events) if form.events else None,
        "version": 1,
        "state": "pending_verification",
        "test_error": None,
        "disabled_reason": None,
        "disabled_at": None,
        "verified_at": None,
        "max_in_flight": form.max_in_flight,
        "failures": 0,
        "open_until": None,
        "first_failure_at": None,
        "last_success_at": None,
        "created_at": datetime.now(UTC),
        "created_by": f"{caller.kind}:{caller.id}",
    }
    created = EndpointCreated(**EndpointView.of(row).model_dump(), secret=None)

    async def write(connection: Connection, _: EndpointCreated) -> None:
        await _refuse_duplicate(connection, row)
        if await store.count_endpoints(connection, unit_id) >= MAX_ENDPOINTS:
            raise problems.TooManyEndpoints(limit=MAX_ENDPOINTS)
        await store.add_endpoint(connection, row, pair, _vault(cmd.context))

    answer = await cmd.run([], lambda _: created, status=201, headers=_etag(1), also=write)
    return with_secrets(answer, secret=pair.secret)


@router.get("", response_model=Endpoints, responses=responses(*SIGNED_IN, CursorInvalid))
async def list_endpoints(
    unit: str | None = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    ctx: Context = Depends(context),
    caller: Caller = Depends(MANAGERS),
) -> Endpoints:
    """List the endpoints of the caller's unit. An administrator sees all endpoints, or those of `unit`."""
    own = manageable_recipients(caller, ctx.district)
    units = sorted(own) or ([unit] if unit else None)
    rows = await store.list_endpoints(ctx.database, units, _cursor_id(cursor), limit)
    following = cursors.next_cursor(rows, limit, lambda last: (last["id"],))
    return Endpoints(items=[EndpointView.of(row) for row in rows], next=following)


@router.get("/{endpoint_id}", response_model=EndpointView, responses=responses(*SIGNED_IN, problems.EndpointUnknown))
async def read_endpoint(
    endpoint_id: UUID, response: Response, ctx: Context = Depends(context), caller: Caller = Depends(MANAGERS)
) -> EndpointView:
    """Return one endpoint. Its `version` is also the ETag."""
    row = await own_endpoint(endpoint_id, ctx, caller)
    response.headers.update(_etag(row["version"]))
    return EndpointView.of(row)


@router.patch(
    "/{endpoint_id}",
    response_model=EndpointView,
    responses=responses(*COMMAND, problems.EndpointUnknown, problems.EndpointExists, endpoint_urls.EndpointUrlRefused),
)
async def change_endpoint(
    endpoint_id: UUID, form: EndpointChange, cmd: Command = Depends(command), caller: Caller = Depends(MANAGERS)
) -> Response:
    """Change, pause or resume an endpoint. A new URL must pass a test before other messages are sent to it."""
    row = await own_endpoint(endpoint_id, cmd.context, caller)
    wanted = changes.ChangeRequest(
        url=endpoint_urls.normalise_url(form.url, _allowed(cmd.context)) if form.url else None,
        description=form.description,
        events=form.events,
        all_events=form.all_events,
        paused=form.paused,
        max_in_flight=form.max_in_flight,
        takes_exercises=form.takes_exercises,
        signatures=form.signatures,
    )
    result = changes.apply_change(row, wanted)
    view = EndpointView.of({**result.row, "version": row["version"] + 1})

    async def write(connection: Connection, _: EndpointView) -> None:
        if result.row["url"] != row["url"]:
            await _refuse_duplicate(connection, result.row)
        if not await store.save_change(connection, result):
            raise _changed_meanwhile(row)

    return await cmd.run([], lambda _: view, headers=_etag(view.version), also=write, version=row["version"])


@router.delete("/{endpoint_id}", status_code=204, responses=responses(*COMMAND, problems.EndpointUnknown))
async def delete_endpoint(
    endpoint_id: UUID, cmd: Command = Depends(command), caller: Caller = Depends(MANAGERS)
) -> Response:
    """Delete an endpoint and cancel its pending deliveries."""
    row = await own_endpoint(endpoint_id, cmd.context, caller)

    async def write(connection: Connection, _: None) -> None:
        if not await store.lock_if_unchanged(connection, row):
            raise _changed_meanwhile(row)
        await store.delete_endpoint(connection, endpoint_id)

    return await cmd.run([], lambda _: None, status=204, also=write, version=row["version"])


@router.post(
    "/{endpoint_id}/test",
    response_model=Tested,
    status_code=202,
    responses=responses(*COMMAND, problems.EndpointUnknown),
)
async def send_test(endpoint_id: UUID, cmd: Command = Depends(command), caller: Caller = Depends(MANAGERS)) -> Response:
    """Send a test message with a new challenge now, whatever the state of the endpoint.

    The test message is sent before all pending messages. It replaces a pending test message, for example the one that
    the registration queued.
    """
    row = await own_endpoint(endpoint_id, cmd.context, caller)
    tested = Tested(message_id=uuid4())

    async def write(connection: Connection, _: Tested) -> None:
        await store.send_test(connection, endpoint_id, row["unit_id"], tested.message_id)

    return await cmd.run([], lambda _: tested, status=202, also=write, version=row["version"])


@router.post(
    "/{endpoint_id}/rotate-secret",
    response_model=SecretRotated,
    responses=responses(*COMMAND, problems.EndpointUnknown),
)
async def rotate_secret(
    endpoint_id: UUID, cmd: Command = Depends(command), caller: Caller = Depends(MANAGERS)
) -> Response:
    """Create a new secret, shown only once, and a new public key.

    For 24 hours messages are also signed with the former secret and the former key, so that the receiver can change to
    the new ones without losing a message.
    """
    row = await own_endpoint(endpoint_id, cmd.context, caller)
    pair = KeyPair.new()
    rotated = SecretRotated(
        secret=None, public_key=pair.public_key, former_valid_until=datetime.now(UTC) + GRACE_PERIOD
    )

    async def write(connection: Connection, _: SecretRotated) -> None:
        if not await store.lock_if_unchanged(connection, row):
            raise _changed_meanwhile(row)
        await store.rotate_secret(connection, endpoint_id, pair, _vault(cmd.context), GRACE_PERIOD)

    headers = _etag(row["version"] + 1)
    answer = await cmd.run([], lambda _: rotated, headers=headers, also=write, version=row["version"])
    return with_secrets(answer, secret=pair.secret)


async def own_endpoint(endpoint_id: UUID, ctx: Context, caller: Caller) -> dict[str, Any]:
    """Return the row of an endpoint that the caller may manage. Raises `EndpointUnknown`."""
    row = await store.load_endpoint(ctx.database, endpoint_id)
    own = manageable_recipients(caller, ctx.district)
    if row is None or not (row["unit_id"] in own if own else caller.has("administrator")):
        raise problems.EndpointUnknown(endpoint=str(endpoint_id))
    return dict(row)


async def _refuse_duplicate(connection: Connection, row: Mapping[str, Any]) -> None:
    """Raise `EndpointExists` if the unit has another endpoint of the same kind and URL."""
    await store.lock_unit(connection, row["unit_id"])
    if (duplicate := await store.find_duplicate(connection, row)) is not None:
        raise problems.EndpointExists(endpoint=str(duplicate["id"]), state=duplicate["state"])


def _changed_meanwhile(row: Mapping[str, Any]) -> ChangedMeanwhile:
    return ChangedMeanwhile(yours=row["version"], current="–")


def _etag(version: int) -> dict[str, str]:
    return {"etag": f'"{version}"'}


def _owner_of(form: NewEndpoint, caller: Caller, cmd: Command) -> str:
    own = manageable_recipients(caller, cmd.district)
    unit_id = form.unit_id or next(iter(own & OUTSIDE_RECIPIENTS), caller.unit_id)
    if unit_id is None:
        raise problems.UnitNeeded
    if own and unit_id not in own:
        raise UnitUnknown(unit=unit_id)
    # A team has no endpoints: its messages go to the unit that receives its dispatches.
    if unit_id not in OUTSIDE_RECIPIENTS and unit_id not in cmd.district.units:
        raise UnitUnknown(unit=unit_id)
    return unit_id


def _allowed(ctx: Context) -> tuple[Any, ...]:
    return parse_networks(ctx.settings.gridloop_webhook_allow)


def _vault(ctx: Context) -> Vault:
    return Vault(ctx.settings.gridloop_secret_key, WEBHOOK_SECRETS)


def _cursor_id(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(cursors.decode(cursor)[0])
    except (ValueError, IndexError, TypeError, AttributeError) as error:
        raise CursorInvalid from error
