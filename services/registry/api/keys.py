"""Keys: those that machines show, and those that tokens are signed with."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from contracts.base import InstantText
from contracts.registry import MachineKey, SigningKey
from services.chassis import keys, signing
from services.chassis.auth import MESSAGE_SECRETS, Caller
from services.chassis.context import Context
from services.chassis.database import Connection
from services.chassis.openapi_errors import responses
from services.chassis.problems import NotFound
from services.chassis.vault import Vault
from services.chassis.web import Command, command, context, needs, telling
from services.registry.api.approvals import NEEDED, propose
from services.registry.api.views import KeyCreated, KeyView, Page, SignatureDemanded, Text, View
from services.registry.domain import signatures, tokens
from services.registry.domain.approvals import PublishChanges
from services.registry.domain.changes import Change
from services.registry.domain.people import (
    Bindings,
    check_bindings,
    guard_grant,
    guard_whole_district,
    key_needs_second_person,
)
from services.registry.domain.problems import ApprovalNeedsAccount, BeyondOwnRights, UnknownBinding, WholeDistrictOnly
from services.registry.office import Office, office_of
from services.registry.publishing import publish_answering, recorded
from services.registry.store import approvals
from services.registry.store.tables import real_now


class NewKey(Bindings):
    """A machine key to be made."""

    name: Text = Field(min_length=1, max_length=64)
    valid_to: InstantText | None = None


class Rotation(View):
    """How long what was valid until now still is, beside the new key or secret."""

    overlap_hours: float = Field(default=24, ge=0, le=24 * 90, strict=True)


router = APIRouter(prefix="/api/registry", tags=["administration"])
administrator = needs("administrator")
_REFUSED = (BeyondOwnRights, ApprovalNeedsAccount)


@router.get("/keys", response_model=Page)
async def list_keys(parts: Context = Depends(context), _: Caller = Depends(administrator)) -> Page:
    """Machine keys: what they may do, never the keys themselves."""
    return Page(items=[KeyView.of(each) for each in parts.district.machine_keys.values()])


@router.post(
    "/keys", response_model=KeyCreated, status_code=201,
    responses={**NEEDED, **responses(*_REFUSED, UnknownBinding)},
)  # fmt: skip
async def create_key(
    body: NewKey, cmd: Command = Depends(command), caller: Caller = Depends(administrator)
) -> Response:
    """Make a key. It is in this answer and nowhere again; it works once the release has reached the services.

    One that reads a unit's confidential text, or acts as administrator or auditor, needs a second administrator's approval:
    status 202.
    """
    if (before := await cmd.answered()) is not None:
        return before
    key, hashed = _new(cmd.context)
    machine_key = MachineKey(
        id=_new_id(), hash=hashed, name=body.name, roles=body.roles, channels=body.channels, unit=body.unit,
        areas=body.areas, valid_to=body.valid_to,
    )  # fmt: skip
    check_bindings(body, cmd.district)
    return await _bring_out(cmd, caller, machine_key, key, f"key {machine_key.id}")


@router.post(
    "/keys/{key_id}/rotate", response_model=KeyCreated, status_code=201, responses={**NEEDED, **responses(*_REFUSED)}
)
async def rotate_key(
    key_id: str, body: Rotation, cmd: Command = Depends(command), caller: Caller = Depends(administrator)
) -> Response:
    """A new key with the same rights; the old one ends after the overlap.

    Where the key needed a second administrator's approval the new one needs it, too (status 202); the overlap counts from the
    proposal.
    """
    if (before := await cmd.answered()) is not None:
        return before
    old = _existing(cmd, key_id)
    key, hashed = _new(cmd.context)
    machine_key = signatures.moved(old, _new_id(), _vault(cmd.context)).model_copy(update={"hash": hashed})
    ends = real_now() + timedelta(hours=body.overlap_hours)
    ending = old.model_copy(update={"valid_to": min(ends, old.valid_to) if old.valid_to else ends})
    return await _bring_out(cmd, caller, machine_key, key, f"rotate {key_id}", ending)


@router.post("/keys/{key_id}/revoke", response_model=KeyView, responses=responses(BeyondOwnRights))
async def revoke_key(key_id: str, cmd: Command = Depends(command), caller: Caller = Depends(administrator)) -> Response:
    """End a key now. Repeating it changes nothing."""
    old = _granted(cmd, key_id, caller)
    if old.revoked:
        return await cmd.run([], lambda _: KeyView.of(old))
    revoked = old.model_copy(update={"revoked": True})
    return await publish_answering(cmd, recorded(revoked), caller.id, f"revoke {key_id}", lambda _: KeyView.of(revoked))


@router.post(
    "/keys/{key_id}/signature", response_model=SignatureDemanded, status_code=201, responses=responses(BeyondOwnRights)
)  # fmt: skip
async def demand_signature(
    key_id: str, body: Rotation, cmd: Command = Depends(command), caller: Caller = Depends(administrator)
) -> Response:
    """Ask the machine to sign every change it asks for, or give it a new secret to sign by. Told here and nowhere again.

    For the overlap the former secret holds, too; a machine that did not sign until now may go on without so long.
    """
    old, secret, now = _granted(cmd, key_id, caller), signing.new_secret(), real_now()
    signed = signatures.demanded(old, secret, _vault(cmd.context), now, now + timedelta(hours=body.overlap_hours))

    def told(release: int) -> SignatureDemanded:
        return SignatureDemanded(secret=None, machine_key=KeyView.of(signed), release=release)

    answer = await publish_answering(cmd, recorded(signed), caller.id, f"signature {key_id}", told, status=201)
    return telling(answer, secret=secret)


@router.delete("/keys/{key_id}/signature", response_model=KeyView, responses=responses(BeyondOwnRights))
async def waive_signature(
    key_id: str, cmd: Command = Depends(command), caller: Caller = Depends(administrator)
) -> Response:
    """Let the key alone be enough again. Repeating it changes nothing."""
    old = _granted(cmd, key_id, caller)
    if old.signed_from is None:
        return await cmd.run([], lambda _: KeyView.of(old))
    waived = signatures.waived(old)
    return await publish_answering(
        cmd, recorded(waived), caller.id, f"no signature {key_id}", lambda _: KeyView.of(waived)
    )


@router.post("/signing-keys", response_model=SigningKey, status_code=201, responses=responses(WholeDistrictOnly))
async def rotate_signing_key(
    cmd: Command = Depends(command), office: Office = Depends(office_of), caller: Caller = Depends(administrator)
) -> Response:
    """A new key to sign with, in use after a minute. The one in use stays valid until the next rotation."""
    guard_whole_district(caller)
    key_id, private = tokens.new_signing_key()
    new = tokens.public_half(key_id, private)
    stale = await office.mint.older(cmd.database, dict(cmd.district.signing_keys))
    changes = [*recorded(new), *(Change(change="removed", kind=SigningKey.KIND, id=each) for each in stale)]

    async def keep(connection: Connection) -> None:
        await office.mint.store(connection, key_id, private)

    return await publish_answering(
        cmd, changes, caller.id, f"signing key {key_id}", lambda _: new, status=201, also=keep
    )


async def _bring_out(
    cmd: Command, caller: Caller, new: MachineKey, key: str, note: str, *ending: MachineKey
) -> Response:
    """Publish a new key, or propose it to a second administrator."""
    guard_grant(caller, _bindings(new), cmd.district)
    changes = recorded(new, *ending)
    if key_needs_second_person(_bindings(new)):
        proposed = PublishChanges(note=note, changes=tuple(changes), made_keys=(new.id,))
        return telling(await propose(cmd, caller, proposed), key=key)

    async def record(connection: Connection) -> None:
        await approvals.record(connection, caller.id, "created", new.id, _bindings(new).model_dump(mode="json"))

    return telling(await publish_answering(cmd, changes, caller.id, note, _told(new), status=201, also=record), key=key)


def _bindings(key: MachineKey) -> Bindings:
    return Bindings(roles=key.roles, areas=key.areas, channels=key.channels, unit=key.unit)


def _told(machine_key: MachineKey) -> Callable[[int], KeyCreated]:
    """What is kept of the answer: everything but the key."""
    return lambda release: KeyCreated(key=None, machine_key=KeyView.of(machine_key), release=release)


def _new(parts: Context) -> tuple[str, str]:
    key = keys.new_key()
    return key, keys.key_hash(keys.derive(parts.settings.gridloop_secret_key, "machine-keys"), key)


def _vault(parts: Context) -> Vault:
    return Vault(parts.settings.gridloop_secret_key, MESSAGE_SECRETS)


def _new_id() -> str:
    return f"key-{secrets.token_hex(4)}"


def _existing(cmd: Command, key_id: str) -> MachineKey:
    found = cmd.district.machine_keys.get(key_id)
    if found is None:
        raise NotFound(what=f"key {key_id}")
    return found


def _granted(cmd: Command, key_id: str, caller: Caller) -> MachineKey:
    """A key that lies within the caller's own rights."""
    found = _existing(cmd, key_id)
    guard_grant(caller, _bindings(found), cmd.district)
    return found
