"""Answers already given: the same key gets the same answer, whatever happened in between (rule 1)."""

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
"""What the key is derived for under which answers are kept."""

KEEP_DAYS = 30
"""Offline terminals send again after weeks."""

KEY_LIMIT = 200
"""Characters. A longer key is refused, not cut: two that begin alike would be one."""

ANONYMOUS = "anonymous"
"""The caller of a scope when nobody is signed in."""

ANONYMOUS_KEY_LEAST = 20
"""Characters of the key of an anonymous caller: a random one (a UUID has 36) that nobody else can guess."""


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """An HTTP answer as it is stored and given again."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class KeyScope:
    """What makes a key the same key: caller, method, path; and the bytes it was used for.

    The id of a signed message is the same wherever it is sent (no method, no path): the signature does not say where to.

    Anonymous callers cannot be told apart: a network address changes between two attempts of one phone, and is shared by
    many. So the secret is the request itself. Its body belongs to the key, and the key must be long: whoever repeats key
    and body, byte for byte, is the caller who sent them. Another body under the same key is another caller's request: it
    is neither refused nor told anything.
    """

    caller: str
    method: str
    path: str
    key: str
    body: bytes
    secret_key: str
    """The installation's. An answer may tell of what turns out confidential later: kept it opens to nobody but who asked."""

    @property
    def digest(self) -> bytes:
        return sha256(self.body).digest()

    def encrypt(self, answer: bytes) -> bytes:
        """The answer as it is kept."""
        return _vault(self.secret_key).encrypt(self._owner, answer)

    def decrypt(self, sealed: bytes) -> bytes:
        """The answer as it was given."""
        return _vault(self.secret_key).decrypt(self._owner, sealed)

    @property
    def stored_key(self) -> str:
        """The key as it is stored: with the digest of the body where the caller is anonymous."""
        return f"{self.key} {self.digest.hex()}" if self.caller == ANONYMOUS else self.key

    @property
    def _owner(self) -> bytes:
        return orjson.dumps([self.caller, self.method, self.path, self.stored_key])


@lru_cache(maxsize=4)
def _vault(secret_key: str) -> Vault:
    return Vault(secret_key, VAULT_PURPOSE)


class ConcurrentDuplicate(Exception):
    """Two requests with one key at once: the other one won. Roll back and read its answer."""


_FIND = """
    SELECT request_sha256, status, headers::text AS headers, body FROM stored_response
    WHERE caller = $1 AND method = $2 AND path = $3 AND key = $4
"""
_KEEP = """
    INSERT INTO stored_response (caller, method, path, key, request_sha256, status, headers, body)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_FORGET = """
    DELETE FROM stored_response WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM stored_response WHERE created_at < now() - make_interval(days => $1) LIMIT $2))
"""


async def find(pool: Pool, scope: KeyScope) -> StoredResponse | None:
    """The answer given to this key before. Raises `KeyReused` when the key was used for another body."""
    row = await pool.fetchrow(_FIND, scope.caller, scope.method, scope.path, scope.stored_key)
    if row is None:
        return None
    if row["request_sha256"] != scope.digest:
        raise KeyReused
    return StoredResponse(row["status"], orjson.loads(row["headers"]), scope.decrypt(row["body"]))


def insert_of(scope: KeyScope, answer: StoredResponse) -> Insert:
    """The answer as an insert: the table's key refuses a second one."""
    return Insert(
        _KEEP,
        (
            scope.caller, scope.method, scope.path, scope.stored_key, scope.digest, answer.status,
            orjson.dumps(answer.headers).decode(), scope.encrypt(answer.body),
        ),
    )  # fmt: skip


async def store(connection: Connection, scope: KeyScope, answer: StoredResponse) -> None:
    """Store the answer in the transaction that made it. Raises `ConcurrentDuplicate`."""
    try:
        insert = insert_of(scope, answer)
        await connection.execute(insert.sql, *insert.values)
    except asyncpg.UniqueViolationError as error:
        raise ConcurrentDuplicate from error


async def delete_expired(pool: Pool, batch: int = retention.BATCH) -> None:
    """Drop what is older than we promise to keep."""
    await retention.run_in_batches(pool, _FORGET, KEEP_DAYS, batch=batch)
