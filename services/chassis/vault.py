"""Secrets at rest: AES-256-GCM, bound to what they belong to."""

from __future__ import annotations

import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.chassis import keys

_NONCE = 12


class Vault:
    """Seals and opens the secrets of one purpose. A sealed secret copied to another owner does not open."""

    def __init__(self, secret_key: str, purpose: str) -> None:
        """`secret_key`: the installation's `GRIDLOOP_SECRET_KEY`, from which the key for this purpose derives."""
        self._cipher = AESGCM(keys.derive(secret_key, purpose))

    def encrypt(self, owner: bytes, secret: bytes) -> bytes:
        """Nonce and ciphertext, to be stored."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, secret, owner)

    def decrypt(self, owner: bytes, sealed: bytes) -> bytes:
        """The secret. Raises `cryptography.exceptions.InvalidTag` for another owner, another key, or damaged bytes."""
        return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], owner)
