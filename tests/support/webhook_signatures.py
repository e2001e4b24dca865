"""Verify a webhook by its public key with the cryptography library alone."""

from __future__ import annotations

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def verifies(public_key: str, headers: dict[str, str], body: bytes) -> bool:
    """Return whether the signature is valid by the rules of the Standard Webhooks specification."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_")))
    for signature in headers["webhook-signature"].split():
        if signature.startswith("v1a,"):
            try:
                key.verify(
                    base64.b64decode(signature[4:]),
                    f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body,
                )
            except InvalidSignature:
                continue
            return True
    return False
