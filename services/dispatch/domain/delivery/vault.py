"""Signing secrets at rest: AES-256-GCM, bound to the endpoint that they belong to."""

from __future__ import annotations

import secrets
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PURPOSE = "dispatch webhook secrets"
"""The purpose under which the vault's key derives from `GRIDLOOP_SECRET_KEY`."""

_NONCE = 12


class Vault:
    """Seals and opens endpoint secrets. A sealed secret copied to another endpoint does not open."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, endpoint_id: UUID, secret: bytes) -> bytes:
        """Nonce and ciphertext, to be stored."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, secret, endpoint_id.bytes)

    def open(self, endpoint_id: UUID, sealed: bytes) -> bytes:
        """The secret. Raises `cryptography.exceptions.InvalidTag` for another endpoint, another key, or damaged bytes."""
        return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], endpoint_id.bytes)
