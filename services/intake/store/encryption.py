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

from services.chassis import keys
from services.chassis.vault import Vault

_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No characters that people mix up."""


@dataclass(frozen=True, slots=True)
class Encrypted:
    """A sealed value and the key it is under."""

    key_id: str
    data: bytes


class PersonalDataVault:
    """Encrypts and decrypts personal data, and computes the keyed hashes."""

    def __init__(self, secret_key: str) -> None:
        """`secret_key`: the installation's `GRIDLOOP_SECRET_KEY`."""
        self._phone_key = keys.derive(secret_key, "intake-phone-hash")
        self._code_key = keys.derive(secret_key, "intake-query-codes")
        self._vault_of_year = lru_cache(maxsize=64)(lambda key_id: Vault(secret_key, f"intake-reporters/{key_id}"))

    def encrypt(self, case_id: UUID, value: dict[str, Any], now: datetime) -> Encrypted:
        """Encrypt a value of this case under the key of the current year."""
        key_id = str(now.year)
        return Encrypted(key_id, self._vault_of_year(key_id).seal(case_id.bytes, orjson.dumps(value)))

    def decrypt(self, case_id: UUID, encrypted: Encrypted) -> dict[str, Any]:
        """Return the value.

        Raises `cryptography.exceptions.InvalidTag` if the value belongs to another case or was encrypted under another
        secret.
        """
        return orjson.loads(self._vault_of_year(encrypted.key_id).open(case_id.bytes, encrypted.data))

    def phone_hash(self, phone: str) -> bytes:
        """What a caller's older reports are found by."""
        return hmac.digest(self._phone_key, digits(phone).encode(), "sha256")

    def code_hash(self, case_id: UUID, code: str) -> bytes:
        """What a query code is checked against."""
        return hmac.digest(self._code_key, case_id.bytes + code.strip().upper().encode(), "sha256")


def digits(phone: str) -> str:
    """A phone number as digits; China's country code left out."""
    found = "".join(each for each in phone if each.isdigit())
    return found[2:] if len(found) == 13 and found.startswith("86") else found


def new_query_code() -> str:
    """Six characters with which somebody who left no phone can follow a report."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(6))
