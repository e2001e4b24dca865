"""Signatures on outgoing messages, after Standard Webhooks 1.0: `v1` with a shared secret, `v1a` with an Ed25519 key.

Every endpoint has its own `KeyPair`: a shared secret and an Ed25519 key. The receiver stores only the public half of
the Ed25519 key, so nobody can forge a `v1a` signature with what the receiver stores. A rotation creates a new
`KeyPair`. Until the former one expires, the header holds four signatures: two schemes for each of two pairs.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.chassis import signing

Scheme = Literal["v1", "v1a"]
"""Signature scheme. `v1`: HMAC-SHA256 with a shared secret. `v1a`: Ed25519."""

SCHEMES: tuple[Scheme, ...] = ("v1", "v1a")

PUBLIC_PREFIX = "whpk_"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A shared secret and a private Ed25519 key, created together for one endpoint."""

    shared: bytes
    private: Ed25519PrivateKey

    @classmethod
    def new(cls) -> Self:
        """Return a new pair with random keys."""
        return cls(signing.key_of(signing.new_secret()), Ed25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, encoded: bytes) -> Self:
        """Return the pair that `to_bytes` encoded."""
        return cls(encoded[:-32], Ed25519PrivateKey.from_private_bytes(encoded[-32:]))

    def to_bytes(self) -> bytes:
        """Return the bytes that are encrypted and stored: the shared secret, then the 32 bytes of the private key."""
        return self.shared + self.private.private_bytes_raw()

    @property
    def secret(self) -> str:
        """The shared secret in the form that is shown to the receiver once."""
        return signing.secret_of(self.shared)

    @property
    def public_key(self) -> str:
        """The public key in the form that is shown to the receiver."""
        return PUBLIC_PREFIX + base64.b64encode(self.private.public_key().public_bytes_raw()).decode()


def signature_headers(
    pairs: Sequence[KeyPair], schemes: Collection[Scheme], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Return the webhook headers: id, timestamp, and one signature for each pair and scheme."""
    signed = signing.content(message_id, timestamp, body)
    signatures: list[str] = []
    for pair in pairs:
        if "v1" in schemes:
            signatures.append(signing.sign([pair.shared], message_id, timestamp, body))
        if "v1a" in schemes:
            signatures.append("v1a," + base64.b64encode(pair.private.sign(signed)).decode())
    return {signing.ID: message_id, signing.TIMESTAMP: str(timestamp), signing.SIGNATURE: " ".join(signatures)}
