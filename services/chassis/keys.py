"""Machine keys and derived secrets.

A key is `<prefix>_<22 random base62>_<crc32 as 6 base62>`. By prefix and checksum, secret scanners and people recognise
a leaked or mistyped key. Only a keyed hash is ever stored; keys have 131 bits of entropy, so one HMAC is enough.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import string
import zlib

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_ALPHABET = string.digits + string.ascii_letters


def new_key(prefix: str = "glk") -> str:
    """Return a new machine key. Show it once and store its `key_hash`."""
    body = f"{prefix}_{''.join(secrets.choice(_ALPHABET) for _ in range(22))}"
    return f"{body}_{_checksum(body)}"


def looks_like_key(text: str) -> bool:
    """Return whether the text has the form and checksum of a key. The registry may still not know the key."""
    body, _, checksum = text.rpartition("_")
    return "_" in body and hmac.compare_digest(checksum.encode(), _checksum(body).encode())


def key_hash(pepper: bytes, key: str) -> str:
    """Return the stored and published hash of a key: HMAC-SHA256, hex."""
    return hmac.digest(pepper, key.encode(), "sha256").hex()


def derive(secret_key: str, purpose: str, length: int = 32) -> bytes:
    """Return the secret for one purpose, derived from `GRIDLOOP_SECRET_KEY` (base64) by HKDF-SHA256."""
    root = base64.b64decode(secret_key)
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose.encode()).derive(root)


def fingerprint(*parts: bytes) -> bytes:
    """Return the SHA-256 of length-prefixed parts, so that different lists of parts have different hashes."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = ""
    for _ in range(6):
        number, rest = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[rest] + digits
    return digits
