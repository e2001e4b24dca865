"""Signatures on what we send, after Standard Webhooks 1.0: `v1` by a secret that the receiver shares, `v1a` by a key of ours.

Of the second the receiver has the public half only, so nothing that it keeps lets anybody speak for us. Every endpoint has
a pair of its own; a rotation renews both, and until the former pair ends all four signatures stand in the header.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.chassis import signing

Scheme = Literal["v1", "v1a"]
"""HMAC-SHA256; ed25519."""

SCHEMES: tuple[Scheme, ...] = ("v1", "v1a")

PUBLIC_PREFIX = "whpk_"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A shared secret and a key of ours, made together."""

    shared: bytes
    private: Ed25519PrivateKey

    @classmethod
    def new(cls) -> Self:
        """A fresh pair."""
        return cls(signing.key_of(signing.new_secret()), Ed25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, kept: bytes) -> Self:
        """The pair that `to_bytes` gave."""
        return cls(kept[:-32], Ed25519PrivateKey.from_private_bytes(kept[-32:]))

    def to_bytes(self) -> bytes:
        """What is sealed: the shared secret, then the 32 bytes of the private key."""
        return self.shared + self.private.private_bytes_raw()

    @property
    def secret(self) -> str:
        """The shared secret as the receiver gets to see it, once."""
        return signing.secret_of(self.shared)

    @property
    def public_key(self) -> str:
        """The public half as everybody may see it."""
        return PUBLIC_PREFIX + base64.b64encode(self.private.public_key().public_bytes_raw()).decode()


def signature_headers(
    pairs: Sequence[KeyPair], schemes: Collection[Scheme], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """All headers that a receiver verifies by: the signatures of these schemes, of each pair in turn."""
    signed = signing.content(message_id, timestamp, body)
    found: list[str] = []
    for pair in pairs:
        if "v1" in schemes:
            found.append(signing.sign([pair.shared], message_id, timestamp, body))
        if "v1a" in schemes:
            found.append("v1a," + base64.b64encode(pair.private.sign(signed)).decode())
    return {signing.ID: message_id, signing.TIMESTAMP: str(timestamp), signing.SIGNATURE: " ".join(found)}
