"""Encryption of stored secrets and personal data: AES-256-GCM, bound to an owner."""

from __future__ import annotations

import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.chassis import keys

_NONCE = 12


class Vault:
    """Encrypts and decrypts the secrets of one purpose.

    The owner is part of the encryption: with another owner, a ciphertext cannot be decrypted.
    """

    def __init__(self, secret_key: str, purpose: str) -> None:
        """Derive the key of this purpose from the installation's `GRIDLOOP_SECRET_KEY`."""
        self._cipher = AESGCM(keys.derive(secret_key, purpose))

    def encrypt(self, owner: bytes, secret: bytes) -> bytes:
        """Return the encrypted secret: nonce and ciphertext."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, secret, owner)

    def decrypt(self, owner: bytes, ciphertext: bytes) -> bytes:
        """Return the secret. Raises `InvalidTag` (cryptography) for another owner, another key, or damaged bytes."""
        return self._cipher.decrypt(ciphertext[:_NONCE], ciphertext[_NONCE:], owner)
