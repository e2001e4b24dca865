"""Routes for machine keys and for the keys that sign access tokens."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from contracts.base import StrictInstant
from contracts.registry import MachineKey, SigningKey
from services.chassis import keys, signing
from services.chassis.auth import MESSAGE_SECRETS, Caller
from services.chassis.context import Context
from services.chassis.database import Connection
from services.chassis.openapi_errors import responses
from services.chassis.problems import NotFound
from services.chassis.vault import Vault
from services.chassis.web import Command, command, context, needs, with_secrets
from services.registry.api.approvals import NEEDED, propose
from services.registry.api.dependencies import registry_state
from services.registry.api.publishing import publish_by_command
from services.registry.api.views import KeyCreated, KeyView, Page, SignatureRequired, Text, View
from services.registry.domain import signatures, tokens
from services.registry.domain.approvals import PublishChanges
from services.registry.domain.bindings import (
    Bindings,
    check_bindings,
    guard_grant,
    guard_whole_district,
    key_needs_second_person,
)
from services.registry.domain.changes import Change, additions
from services.registry.domain.problems import ApprovalNeedsAccount, BeyondOwnRights, UnknownBinding, WholeDistrictOnly
from services.registry.store import approvals
from services.registry.store.registry_state import RegistryState
from services.registry.store.tables import real_now


class NewKey(Bindings):
    """A machine key to create."""

    name: Text = Field(min_length=1, max_length=64)
    valid_to: StrictInstant | None = None


class Rotation(View):
    """Time for which the old key or secret remains valid together with the new one."""

    overlap_hours: float = Field(default=24, ge=0, le=24 * 90, strict=True)


router = APIRouter(prefix="/api/registry", tags=["administration"])
administrator = needs("administrator")
_REFUSED = (BeyondOwnRights, ApprovalNeedsAccount)


@router.get("/keys", response_model=Page)
async def list_keys(ctx: Context = Depends(context), _: Caller = Depends(administrator)) -> Page:
    """List the machine keys: their names and rights, but not the secret key texts."""
    return Page(items=[KeyView.of(each) for each in ctx.district.machine_keys.values()])


@router.post(
    "/keys",
    response_model=KeyCreated,
    status_code=201,
    responses={**NEEDED, **responses(*_REFUSED, UnknownBinding)},
)
async def create_key(
    body: NewKey, cmd: Command = Depends(command), caller: Caller = Depends(administrator)
) -> Response:
    """Create a machine key, shown only in this response.

    The key is published in a release, and a service accepts it after loading that release. A key that may read
    confidential text as a unit, or has the role administrator or auditor, needs a second administrator's approval
    (status 202).
    """
    if (before := await cmd.stored_response()) is not None:
        return before
    key, hashed = _new_key(cmd.context)
    machine_key = MachineKey(
        id=_new_id(),
        hash=hashed,
        name=body.name,
        roles=body.roles,
        channels=body.channels,
        unit=body.unit,
        areas=body.areas,
        valid_to=body.valid_to,
    )
    check_bindings(body, cmd.district)
    return await _publish_or_propose(cmd, caller, machine_key, key, f"key {machine_key.id}")


@router.post(
    "/keys/{key_id}/rotate", response_model=KeyCreated, status_code=201, responses={**NEEDED, **responses(*_REFUSED)}
)
async def rotate_key(
    key_id: str, body: Rotation, cmd: Command = Depends(command), caller: Caller = Depends(administrator)
) -> Response:
    """Replace a machine key by a new one with the same rights. The old key remains valid during the overlap.

    A key whose rights need a second administrator's approval needs it also here (status 202). The overlap then begins
    at the proposal, not at the approval.
    """
    if (before := await cmd.stored_response()) is not None:
        return before
    old = _existing(cmd, key_id)
    key, hashed = _new_key(cmd.context)
    machine_key = signatures.with_id(old, _new_id(), _vault(cmd.context)).model_copy(update={"hash": hashed})
    ends = real_now() + timedelta(hours=body.overlap_hours)
    ending = old.model_copy(update={"valid_to": min(ends, old.valid_to) if old.valid_to else ends})
    return await _publish_or_propose(cmd, caller, machine_key, key, f"rotate {key_id}", ending)


@router.post("/keys/{key_id}/revoke", response_model=KeyView, responses=responses(BeyondOwnRights))
async def revoke_key(key_id: str, cmd: Command = Depends(command), caller: Caller = Depends(administrator)) -> Response:
    """Revoke a machine key now. Revoking a revoked key changes nothing."""
    old = _granted(cmd, key_id, caller)
    if old.revoked:
        return await cmd.run([], lambda _: KeyView.of(old))
    revoked = old.model_copy(update={"revoked": True})
    return await publish_by_command(
        cmd, additions(revoked), caller.id, f"revoke {key_id}", lambda _: KeyView.of(revoked)
    )


@router.post(
    "/keys/{key_id}/signature", response_model=SignatureRequired, status_code=201, responses=responses(BeyondOwnRights)
)
async def require_signature(
    key_id: str, body: Rotation, cmd: Command = Depends(command), caller: Caller = Depends(administrator)
) -> Response:
    """Create a secret with which the machine must sign its requests, shown only in this response.

    During the overlap the machine may still sign with its former secret. If it had none, it may send unsigned requests.
    """
    old, secret, now = _granted(cmd, key_id, caller), signing.new_secret(), real_now()
    signed = signatures.with_new_secret(
        old, secret, _vault(cmd.context), now, now + timedelta(hours=body.overlap_hours)
    )

    def response_of(release: int) -> SignatureRequired:
        return SignatureRequired(secret=None, machine_key=KeyView.of(signed), release=release)

    answer = await publish_by_command(cmd, additions(signed), caller.id, f"signature {key_id}", response_of, status=201)
    return with_secrets(answer, secret=secret)


@router.delete("/keys/{key_id}/signature", response_model=KeyView, responses=responses(BeyondOwnRights))
async def waive_signature(
    key_id: str, cmd: Command = Depends(command), caller: Caller = Depends(administrator)
) -> Response:
    """Accept unsigned requests from the machine again. This changes nothing if no signature is required."""
    old = _granted(cmd, key_id, caller)
    if old.signed_from is None:
        return await cmd.run([], lambda _: KeyView.of(old))
    unsigned = signatures.without_signature(old)
    return await publish_by_command(
        cmd, additions(unsigned), caller.id, f"no signature {key_id}", lambda _: KeyView.of(unsigned)
    )


@router.post("/signing-keys", response_model=SigningKey, status_code=201, responses=responses(WholeDistrictOnly))
async def rotate_signing_key(
    cmd: Command = Depends(command),
    state: RegistryState = Depends(registry_state),
    caller: Caller = Depends(administrator),
) -> Response:
    """Create a new key for signing access tokens. The registry signs with it after a minute.

    The present signing key remains valid until the next rotation.
    """
    guard_whole_district(caller)
    key_id, private = tokens.new_signing_key()
    new = tokens.public_key_of(key_id, private)
    superseded = await state.signer.superseded_keys(cmd.database, dict(cmd.district.signing_keys))
    changes = [*additions(new), *(Change(change="removed", kind=SigningKey.KIND, id=each) for each in superseded)]

    async def store_private_key(connection: Connection) -> None:
        await state.signer.store_key(connection, key_id, private)

    return await publish_by_command(
        cmd, changes, caller.id, f"signing key {key_id}", lambda _: new, status=201, also=store_private_key
    )


async def _publish_or_propose(
    cmd: Command, caller: Caller, new: MachineKey, key: str, note: str, *others: MachineKey
) -> Response:
    """Publish a new machine key, or propose it if it needs a second administrator's approval.

    `others` are published with it. The response contains the text of the new key.
    """
    guard_grant(caller, _bindings(new), cmd.district)
    changes = additions(new, *others)
    if key_needs_second_person(_bindings(new)):
        proposed = PublishChanges(note=note, changes=tuple(changes), new_keys=(new.id,))
        return with_secrets(await propose(cmd, caller, proposed), key=key)

    async def record(connection: Connection) -> None:
        await approvals.record(connection, caller.id, "created", new.id, _bindings(new).model_dump(mode="json"))

    return with_secrets(
        await publish_by_command(cmd, changes, caller.id, note, _without_key(new), status=201, also=record), key=key
    )


def _bindings(key: MachineKey) -> Bindings:
    return Bindings(roles=key.roles, areas=key.areas, channels=key.channels, unit=key.unit)


def _without_key(machine_key: MachineKey) -> Callable[[int], KeyCreated]:
    """Return a function from the release to the response that is stored: without the secret key text."""
    return lambda release: KeyCreated(key=None, machine_key=KeyView.of(machine_key), release=release)


def _new_key(ctx: Context) -> tuple[str, str]:
    """Return the text of a new machine key, and the keyed hash of the text."""
    key = keys.new_key()
    return key, keys.key_hash(keys.derive(ctx.settings.gridloop_secret_key, "machine-keys"), key)


def _vault(ctx: Context) -> Vault:
    return Vault(ctx.settings.gridloop_secret_key, MESSAGE_SECRETS)


def _new_id() -> str:
    return f"key-{secrets.token_hex(4)}"


def _existing(cmd: Command, key_id: str) -> MachineKey:
    found = cmd.district.machine_keys.get(key_id)
    if found is None:
        raise NotFound(what=f"key {key_id}")
    return found


def _granted(cmd: Command, key_id: str, caller: Caller) -> MachineKey:
    """Return a machine key, if the caller may grant its rights. Raises `NotFound` or `BeyondOwnRights`."""
    machine_key = _existing(cmd, key_id)
    guard_grant(caller, _bindings(machine_key), cmd.district)
    return machine_key
