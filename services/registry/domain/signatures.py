"""Machines that sign what they send to us: asked for it, given a new secret, moved to another key, asked no more."""

from __future__ import annotations

import base64
from datetime import datetime

from contracts.registry import MachineKey, MessageSecret
from services.chassis import signing
from services.chassis.vault import Vault

MOST = 10
"""Secrets of one key that are valid at the same time."""


def demanded(key: MachineKey, secret: str, vault: Vault, now: datetime, ends: datetime) -> MachineKey:
    """The key with a new secret. Until `ends` what held holds beside it: the former secrets, or no signature at all."""
    former = [
        each.model_copy(update={"valid_to": min(ends, each.valid_to or ends)})
        for each in key.secrets
        if each.valid_to is None or each.valid_to > now
    ]
    new = MessageSecret(sealed=_sealed(vault, key.id, signing.key_of(secret)))
    return key.model_copy(update={"signed_from": key.signed_from or ends, "secrets": (new, *former)[:MOST]})


def waived(key: MachineKey) -> MachineKey:
    """The key alone is enough again."""
    return key.model_copy(update={"signed_from": None, "secrets": ()})


def moved(key: MachineKey, new_id: str, vault: Vault) -> MachineKey:
    """The key under another id, with the same secrets: whoever rotates a key need not change its secret, too."""
    secrets = tuple(
        each.model_copy(
            update={"sealed": _sealed(vault, new_id, vault.open(key.id.encode(), base64.b64decode(each.sealed)))}
        )
        for each in key.secrets
    )
    return key.model_copy(update={"id": new_id, "secrets": secrets})


def _sealed(vault: Vault, key_id: str, secret: bytes) -> str:
    return base64.b64encode(vault.seal(key_id.encode(), secret)).decode()
