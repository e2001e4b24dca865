"""Signature requirements of machine keys, and the secrets with which machines sign their requests."""

from __future__ import annotations

import base64
from datetime import datetime

from contracts.registry import MachineKey, MessageSecret
from services.chassis import signing
from services.chassis.vault import Vault

MAX_SECRETS = 10
"""Maximum number of secrets that one machine key may have."""


def with_new_secret(key: MachineKey, secret: str, vault: Vault, now: datetime, ends: datetime) -> MachineKey:
    """Return the machine key with a new secret.

    Until `ends` the machine may still sign with a former secret. If it had none, it may send unsigned requests.
    """
    former = [
        each.model_copy(update={"valid_to": min(ends, each.valid_to or ends)})
        for each in key.secrets
        if each.valid_to is None or each.valid_to > now
    ]
    new = MessageSecret(encrypted=_encrypted(vault, key.id, signing.key_of(secret)))
    return key.model_copy(update={"signed_from": key.signed_from or ends, "secrets": (new, *former)[:MAX_SECRETS]})


def without_signature(key: MachineKey) -> MachineKey:
    """Return the machine key without a signature requirement and without secrets."""
    return key.model_copy(update={"signed_from": None, "secrets": ()})


def with_id(key: MachineKey, new_id: str, vault: Vault) -> MachineKey:
    """Return the machine key with another id. Its secrets are encrypted again, because the id is part of encryption."""
    secrets = tuple(
        each.model_copy(
            update={
                "encrypted": _encrypted(vault, new_id, vault.decrypt(key.id.encode(), base64.b64decode(each.encrypted)))
            }
        )
        for each in key.secrets
    )
    return key.model_copy(update={"id": new_id, "secrets": secrets})


def _encrypted(vault: Vault, key_id: str, secret: bytes) -> str:
    return base64.b64encode(vault.encrypt(key_id.encode(), secret)).decode()
