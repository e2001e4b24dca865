"""Encryption of what only intake may know, and keyed hashes to find it by.

AES-256-GCM under a key derived from the installation's secret for each calendar year; the case id is bound in, so that a
sealed value copied to another case does not open. Hashes are HMACs: without the secret, nobody can try numbers.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.chassis import keys

_NONCE = 12
_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No characters that people mix up."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed value and the key it is under."""

    key_id: str
    data: bytes


class Seal:
    """Seals and opens. `secret_key` is the installation's, base64."""

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key
        self._phones = keys.derive(secret_key, "intake-phone-hash")
        self._codes = keys.derive(secret_key, "intake-query-codes")
        self._cipher = lru_cache(maxsize=64)(self._make_cipher)

    def seal(self, case_id: UUID, value: dict[str, Any], now: datetime) -> Sealed:
        """Encrypt a value of this case under this year's key."""
        key_id, nonce = str(now.year), secrets.token_bytes(_NONCE)
        return Sealed(key_id, nonce + self._cipher(key_id).encrypt(nonce, orjson.dumps(value), case_id.bytes))

    def open(self, case_id: UUID, sealed: Sealed) -> dict[str, Any]:
        """The value. Raises `cryptography.exceptions.InvalidTag` when it is not this case's, or the secret is another."""
        nonce, data = sealed.data[:_NONCE], sealed.data[_NONCE:]
        return orjson.loads(self._cipher(sealed.key_id).decrypt(nonce, data, case_id.bytes))

    def phone_hash(self, phone: str) -> bytes:
        """What a caller's older reports are found by."""
        return hmac.digest(self._phones, digits(phone).encode(), "sha256")

    def code_hash(self, case_id: UUID, code: str) -> bytes:
        """What a query code is checked against."""
        return hmac.digest(self._codes, case_id.bytes + code.strip().upper().encode(), "sha256")

    def _make_cipher(self, key_id: str) -> AESGCM:
        return AESGCM(keys.derive(self._secret_key, f"intake-reporters/{key_id}"))


def digits(phone: str) -> str:
    """A phone number as digits; China's country code left out."""
    found = "".join(each for each in phone if each.isdigit())
    return found[2:] if len(found) == 13 and found.startswith("86") else found


def new_query_code() -> str:
    """Six characters with which somebody who left no phone can follow a report."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(6))
