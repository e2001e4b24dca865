"""Encryption of personal data, and keyed hashes to find stored data.

Each calendar year has its own key, derived from the installation's secret. The case id is bound into the encryption, so
a value copied to another case cannot be decrypted. The hashes are HMACs, so nobody without the secret can find a phone
number by trying all numbers.
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
"""Characters of query codes, without those that people confuse, such as 0 and O."""


@dataclass(frozen=True, slots=True)
class Encrypted:
    """An encrypted value and the id of its key."""

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
        return Encrypted(key_id, self._vault_of_year(key_id).encrypt(case_id.bytes, orjson.dumps(value)))

    def decrypt(self, case_id: UUID, encrypted: Encrypted) -> dict[str, Any]:
        """Return the decrypted value.

        Raises `cryptography.exceptions.InvalidTag` if the value belongs to another case or was encrypted under another
        secret.
        """
        return orjson.loads(self._vault_of_year(encrypted.key_id).decrypt(case_id.bytes, encrypted.data))

    def phone_hash(self, phone: str) -> bytes:
        """Return the keyed hash of a phone number. The hash finds earlier reports from the number."""
        return hmac.digest(self._phone_key, digits(phone).encode(), "sha256")

    def code_hash(self, case_id: UUID, code: str) -> bytes:
        """Return the keyed hash of a query code, to compare with the stored hash."""
        return hmac.digest(self._code_key, case_id.bytes + code.strip().upper().encode(), "sha256")


def digits(phone: str) -> str:
    """Return the digits of a phone number without China's country code."""
    found = "".join(each for each in phone if each.isdigit())
    return found[2:] if len(found) == 13 and found.startswith("86") else found


def new_query_code() -> str:
    """Return a new code of six characters, with which a reporter without a phone can follow the report."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(6))
