"""Access tokens, and the keys that sign them.

An access token is a JWT signed with EdDSA. It is valid for five minutes, and every service verifies it by itself.
"""

from __future__ import annotations

import base64
import secrets
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from contracts.registry import SigningKey

ACCESS_LIFE = timedelta(minutes=5)
SESSION_LIFE = timedelta(hours=12)
ISSUER = "gridloop-registry"


def new_signing_key() -> tuple[str, bytes]:
    """Return the id and the private key (32 bytes) of a new signing key."""
    return f"sign-{secrets.token_hex(4)}", Ed25519PrivateKey.generate().private_bytes_raw()


def public_key_of(key_id: str, private: bytes) -> SigningKey:
    """Return the public key of a private key, as an entity that a release publishes."""
    public = Ed25519PrivateKey.from_private_bytes(private).public_key()
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return SigningKey(id=key_id, public_key=base64.b64encode(raw).decode())


def issue(private: bytes, key_id: str, claims: dict[str, Any], now: datetime) -> tuple[str, datetime]:
    """Return a signed access token and the time at which it ends. `now` is real time, not the demo clock."""
    expires = now + ACCESS_LIFE
    payload = {**claims, "iss": ISSUER, "iat": int(now.timestamp()), "exp": int(expires.timestamp())}
    key = Ed25519PrivateKey.from_private_bytes(private)
    return jwt.encode(payload, key, algorithm="EdDSA", headers={"kid": key_id}), expires
