"""Keys: those that machines show, and those that tokens are signed with."""

from __future__ import annotations

import secrets
from datetime import timedelta

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, Field

from contracts.registry import MachineKey, SigningKey
from services.chassis import keys, signing
from services.chassis.auth import MESSAGE_SECRETS, Caller
from services.chassis.context import Context
from services.chassis.database import Connection
from services.chassis.problems import NotFound
from services.chassis.vault import Vault
from services.chassis.web import context, needs
from services.registry.api.views import KeyCreated, KeyView, Page, SignatureDemanded, Text, View
from services.registry.domain import signatures, tokens
from services.registry.domain.changes import Change
from services.registry.domain.people import Bindings, check_bindings
from services.registry.office import Office, office_of
from services.registry.publishing import publish_changes, recorded
from services.registry.store.tables import real_now


class NewKey(Bindings):
    """A machine key to be made."""

    name: Text = Field(min_length=1, max_length=64)
    valid_to: AwareDatetime | None = None


class Rotation(View):
    """How long what was valid until now still is, beside the new key or secret."""

    overlap_hours: float = Field(default=24, ge=0, le=24 * 90)


router = APIRouter(prefix="/api/registry", tags=["administration"])
administrator = needs("administrator")


@router.get("/keys", response_model=Page)
async def list_keys(parts: Context = Depends(context), _: Caller = Depends(administrator)) -> Page:
    """Machine keys: what they may do, never the keys themselves."""
    return Page(items=[KeyView.of(each) for each in parts.district.machine_keys.values()])


@router.post("/keys", response_model=KeyCreated, status_code=201)
async def create_key(
    body: NewKey, parts: Context = Depends(context), caller: Caller = Depends(administrator)
) -> KeyCreated:
    """Make a key. It is in this answer and nowhere again; it works once the release has reached the services."""
    check_bindings(body, parts.district)
    key, hashed = _new(parts)
    machine_key = MachineKey(
        id=_new_id(), hash=hashed, name=body.name, roles=body.roles, channels=body.channels, unit=body.unit,
        areas=body.areas, valid_to=body.valid_to,
    )  # fmt: skip
    release = await publish_changes(parts, recorded(machine_key), caller.id, f"key {machine_key.id}")
    return KeyCreated(key=key, machine_key=KeyView.of(machine_key), release=release)


@router.post("/keys/{key_id}/rotate", response_model=KeyCreated, status_code=201)
async def rotate_key(
    key_id: str, body: Rotation, parts: Context = Depends(context), caller: Caller = Depends(administrator)
) -> KeyCreated:
    """A new key with the same rights; the old one ends after the overlap."""
    old = _existing(parts, key_id)
    key, hashed = _new(parts)
    machine_key = signatures.moved(old, _new_id(), _vault(parts)).model_copy(update={"hash": hashed})
    ends = real_now() + timedelta(hours=body.overlap_hours)
    ending = old.model_copy(update={"valid_to": min(ends, old.valid_to) if old.valid_to else ends})
    release = await publish_changes(parts, recorded(machine_key, ending), caller.id, f"rotate {key_id}")
    return KeyCreated(key=key, machine_key=KeyView.of(machine_key), release=release)


@router.post("/keys/{key_id}/revoke", response_model=KeyView)
async def revoke_key(
    key_id: str, parts: Context = Depends(context), caller: Caller = Depends(administrator)
) -> KeyView:
    """End a key now. Repeating it changes nothing."""
    old = _existing(parts, key_id)
    if old.revoked:
        return KeyView.of(old)
    revoked = old.model_copy(update={"revoked": True})
    await publish_changes(parts, recorded(revoked), caller.id, f"revoke {key_id}")
    return KeyView.of(revoked)


@router.post("/keys/{key_id}/signature", response_model=SignatureDemanded, status_code=201)
async def demand_signature(
    key_id: str, body: Rotation, parts: Context = Depends(context), caller: Caller = Depends(administrator)
) -> SignatureDemanded:
    """Ask the machine to sign every change it asks for, or give it a new secret to sign by. Told here and nowhere again.

    For the overlap the former secret holds, too; a machine that did not sign until now may go on without so long.
    """
    old, secret, now = _existing(parts, key_id), signing.new_secret(), real_now()
    signed = signatures.demanded(old, secret, _vault(parts), now, now + timedelta(hours=body.overlap_hours))
    release = await publish_changes(parts, recorded(signed), caller.id, f"signature {key_id}")
    return SignatureDemanded(secret=secret, machine_key=KeyView.of(signed), release=release)


@router.delete("/keys/{key_id}/signature", response_model=KeyView)
async def waive_signature(
    key_id: str, parts: Context = Depends(context), caller: Caller = Depends(administrator)
) -> KeyView:
    """Let the key alone be enough again. Repeating it changes nothing."""
    old = _existing(parts, key_id)
    if old.signed_from is None:
        return KeyView.of(old)
    waived = signatures.waived(old)
    await publish_changes(parts, recorded(waived), caller.id, f"no signature {key_id}")
    return KeyView.of(waived)


@router.post("/signing-keys", response_model=SigningKey, status_code=201)
async def rotate_signing_key(
    parts: Context = Depends(context), office: Office = Depends(office_of), caller: Caller = Depends(administrator)
) -> SigningKey:
    """A new key to sign with, in use after a minute. The one in use stays valid until the next rotation."""
    key_id, private = tokens.new_signing_key()
    new = tokens.public_half(key_id, private)
    stale = await office.mint.older(parts.database, dict(parts.district.signing_keys))
    changes = [*recorded(new), *(Change(change="removed", kind=SigningKey.KIND, id=each) for each in stale)]

    async def keep(connection: Connection) -> None:
        await office.mint.store(connection, key_id, private)

    await publish_changes(parts, changes, caller.id, f"signing key {key_id}", also=keep)
    return new


def _new(parts: Context) -> tuple[str, str]:
    key = keys.new_key()
    return key, keys.key_hash(keys.derive(parts.settings.gridloop_secret_key, "machine-keys"), key)


def _vault(parts: Context) -> Vault:
    return Vault(parts.settings.gridloop_secret_key, MESSAGE_SECRETS)


def _new_id() -> str:
    return f"key-{secrets.token_hex(4)}"


def _existing(parts: Context, key_id: str) -> MachineKey:
    found = parts.district.machine_keys.get(key_id)
    if found is None:
        raise NotFound(what=f"key {key_id}")
    return found
