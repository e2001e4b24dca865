"""Stored responses: a repeated request with the same idempotency key gets the first response (rule 1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

import asyncpg
import orjson

from services.chassis import retention
from services.chassis.case_creation import Insert
from services.chassis.database import Connection, Pool
from services.chassis.problems import KeyReused
from services.chassis.vault import Vault

VAULT_PURPOSE = "stored-answers"
"""Purpose of the vault that encrypts stored responses."""

KEEP_DAYS = 30
"""Days for which a stored response is kept. Offline terminals may repeat a request after weeks."""

KEY_LIMIT = 200
"""Maximum length of an idempotency key.

A longer key is refused and not shortened, since shortened keys could be equal.
"""

ANONYMOUS = "anonymous"
"""Value of `KeyScope.caller` for a request whose caller is not signed in."""

ANONYMOUS_KEY_LEAST = 20
"""Minimum length of an anonymous caller's key: long enough to be random (a UUID has 36 characters)."""


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """An HTTP response as it is stored for repeated requests."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class KeyScope:
    """An idempotency key, its scope (caller, method and path) and the body of its request.

    If the key is the id of a signed message, method and path are empty, because the signature does not cover them.

    Anonymous callers cannot be distinguished: the network address of a phone changes between two attempts and is shared
    by many phones. So an anonymous caller's key must be long and is stored with a digest of the body. The same key and
    body identify a repeated request. The same key with another body is treated as the new request of another caller.
    """

    caller: str
    method: str
    path: str
    key: str
    body: bytes
    secret_key: str
    """The installation's secret key, from which the key for stored responses is derived.

    Responses are stored encrypted, because they may contain data that turns out confidential.
    """

    @property
    def digest(self) -> bytes:
        return sha256(self.body).digest()

    def encrypt(self, body: bytes) -> bytes:
        """Return the encrypted body of a response."""
        return _vault(self.secret_key).encrypt(self._owner, body)

    def decrypt(self, ciphertext: bytes) -> bytes:
        """Return the decrypted body of a response."""
        return _vault(self.secret_key).decrypt(self._owner, ciphertext)

    @property
    def stored_key(self) -> str:
        """The key as stored. An anonymous caller's stored key includes the digest of the body."""
        return f"{self.key} {self.digest.hex()}" if self.caller == ANONYMOUS else self.key

    @property
    def _owner(self) -> bytes:
        return orjson.dumps([self.caller, self.method, self.path, self.stored_key])


@lru_cache(maxsize=4)
def _vault(secret_key: str) -> Vault:
    return Vault(secret_key, VAULT_PURPOSE)


class ConcurrentDuplicate(Exception):
    """Raised if a simultaneous request with the same key committed first.

    Roll back and read the other request's response.
    """


_FIND = """
    SELECT request_sha256, status, headers::text AS headers, body FROM stored_response
    WHERE caller = $1 AND method = $2 AND path = $3 AND key = $4
"""
_INSERT = """
    INSERT INTO stored_response (caller, method, path, key, request_sha256, status, headers, body)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_DELETE_EXPIRED = """
    DELETE FROM stored_response WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM stored_response WHERE created_at < now() - make_interval(days => $1) LIMIT $2))
"""


async def find(pool: Pool, scope: KeyScope) -> StoredResponse | None:
    """Return the stored response, or `None`. Raises `KeyReused` if the key was used for another body."""
    row = await pool.fetchrow(_FIND, scope.caller, scope.method, scope.path, scope.stored_key)
    if row is None:
        return None
    if row["request_sha256"] != scope.digest:
        raise KeyReused
    return StoredResponse(row["status"], orjson.loads(row["headers"]), scope.decrypt(row["body"]))


def insert_of(scope: KeyScope, response: StoredResponse) -> Insert:
    """Return the insert of a response. The primary key refuses a second response for the same key."""
    return Insert(
        _INSERT,
        (
            scope.caller,
            scope.method,
            scope.path,
            scope.stored_key,
            scope.digest,
            response.status,
            orjson.dumps(response.headers).decode(),
            scope.encrypt(response.body),
        ),
    )


async def store(connection: Connection, scope: KeyScope, response: StoredResponse) -> None:
    """Store the response in the transaction of the request's effect. Raises `ConcurrentDuplicate`."""
    try:
        insert = insert_of(scope, response)
        await connection.execute(insert.sql, *insert.values)
    except asyncpg.UniqueViolationError as error:
        raise ConcurrentDuplicate from error


async def delete_expired(pool: Pool, batch: int = retention.BATCH) -> None:
    """Delete responses older than `KEEP_DAYS`."""
    await retention.run_in_batches(pool, _DELETE_EXPIRED, KEEP_DAYS, batch=batch)
