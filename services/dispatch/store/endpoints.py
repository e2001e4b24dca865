"""Endpoints, their secrets, and the test messages to them."""

from __future__ import annotations

import math
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.webhooks import EndpointTest, EndpointTestData
from services.chassis.database import Connection, Pool
from services.chassis.vault import Vault
from services.dispatch.domain.delivery import circuit
from services.dispatch.domain.delivery.changes import ChangeResult
from services.dispatch.domain.delivery.signatures import KeyPair, Scheme

WEBHOOK_SECRETS = "dispatch webhook secrets"
"""Name under which the vault encrypts the secrets of webhook endpoints."""

TEST_LIFETIME = timedelta(days=1)

FIRST_TEST_AFTER = timedelta(seconds=5)
"""Delay of the first test message. It gives the receiver time to store the secret before the message arrives."""

SECRETS_KEPT = 10
"""Largest number of secrets of one endpoint with which messages are signed at the same time."""

_COLUMNS = """id, unit_id, url, description, kind, format, takes_exercises, events, state, disabled_reason, disabled_at, verified_at, max_in_flight, version,
    test_error, failures, first_failure_at, last_success_at, open_until, created_at, created_by, signatures,
    ARRAY(SELECT public_key FROM secret WHERE endpoint_id = endpoint.id AND (expires_at IS NULL OR expires_at > now())
          ORDER BY secret.created_at DESC) AS public_keys"""

_LIST = f"""
    SELECT {_COLUMNS} FROM endpoint
    WHERE deleted_at IS NULL AND ($1::text[] IS NULL OR unit_id = ANY ($1)) AND ($2::uuid IS NULL OR id > $2)
    ORDER BY id LIMIT $3
"""

_FIND_DUPLICATE = """
    SELECT id, state FROM endpoint
    WHERE unit_id = $1 AND kind = $2 AND url = $3 AND id <> $4 AND deleted_at IS NULL LIMIT 1
"""

_ADD = """
    INSERT INTO endpoint (id, unit_id, url, description, events, state, max_in_flight, created_at, created_by, kind, format,
                          takes_exercises, signatures)
    VALUES ($1, $2, $3, $4, $5, 'pending_verification', $6, $7, $8, $9, $10, $11, $12)
"""

_CHANGE = """
    UPDATE endpoint SET url = $3, description = $4, events = $5, max_in_flight = $6, verified_at = $7, takes_exercises = $10, signatures = $11,
        state = coalesce($8, state), version = version + 1,
        failures = CASE WHEN $9 THEN 0 ELSE failures END,
        first_failure_at = CASE WHEN $9 THEN NULL ELSE first_failure_at END,
        open_until = CASE WHEN $9 THEN NULL ELSE open_until END,
        disabled_reason = CASE WHEN $9 THEN NULL ELSE disabled_reason END,
        disabled_at = CASE WHEN $9 THEN NULL ELSE disabled_at END
    WHERE id = $1 AND version = $2 AND deleted_at IS NULL
"""

_DELETE = """
    WITH gone AS (UPDATE endpoint SET deleted_at = now() WHERE id = $1 AND deleted_at IS NULL RETURNING id)
    UPDATE delivery SET state = 'cancelled' FROM gone WHERE delivery.endpoint_id = gone.id AND delivery.state = 'pending'
"""

_ROTATE = """
    UPDATE secret SET expires_at = least(expires_at, now() + $2) WHERE endpoint_id = $1
"""

_TRIM = """
    DELETE FROM secret WHERE endpoint_id = $1 AND (expires_at < now() OR id NOT IN
        (SELECT id FROM secret WHERE endpoint_id = $1 ORDER BY created_at DESC LIMIT $2))
"""

_LOAD_TARGETS = """
    SELECT endpoint.id, endpoint.version, endpoint.url, endpoint.signatures,
           array_agg(secret.encrypted ORDER BY secret.created_at DESC) AS encrypted,
           array_agg(extract(epoch FROM secret.expires_at)::float ORDER BY secret.created_at DESC) AS until
    FROM endpoint JOIN secret ON secret.endpoint_id = endpoint.id
    WHERE endpoint.id = ANY ($1::uuid[]) AND (secret.expires_at IS NULL OR secret.expires_at > now())
    GROUP BY endpoint.id
"""

_TEST = """
    WITH new_message AS (
        INSERT INTO message (id, unit_id, type, body) VALUES ($1, $2, $3, $4) RETURNING id, number
    ), due AS (
        UPDATE endpoint SET open_until = NULL, probed_at = now() WHERE id = $5
    ), replaced AS (
        UPDATE delivery SET state = 'cancelled' WHERE endpoint_id = $5 AND state = 'pending' AND ordering_key IS NULL
    )
    INSERT INTO delivery (id, endpoint_id, message_id, number, next_attempt_at, expires_at)
    SELECT delivery_id(new_message.id, $5), $5, new_message.id, new_message.number,
           CASE WHEN $7::interval = '0' THEN '-infinity' ELSE now() + $7::interval END, now() + $6
    FROM new_message
"""
"""Queues a test message even if the circuit is open, and cancels a pending test.

If the delay `$7` is zero, the test is sent before all other messages.
"""

_TO_PROBE = """
    SELECT id, unit_id FROM endpoint
    WHERE state = 'disabled' AND disabled_reason = 'failing' AND deleted_at IS NULL
      AND coalesce(probed_at, '-infinity') < now() - $1::interval AND disabled_at > now() - $2::interval
    LIMIT 100 FOR UPDATE SKIP LOCKED
"""


@dataclass(frozen=True, slots=True)
class EndpointTarget:
    """Fields of an endpoint that the sender needs to send messages to it."""

    id: UUID
    version: int
    url: str
    signatures: frozenset[Scheme]
    secrets: list[tuple[bytes, float]]
    """Encrypted key pairs, newest first, each with the Unix time of its expiry (infinity if none)."""


async def list_endpoints(
    pool: Pool, units: Collection[str] | None, after: UUID | None, limit: int
) -> list[Mapping[str, Any]]:
    """Return one page of the endpoints of these units, sorted by id. `units=None` means all units."""
    return [dict(row) for row in await pool.fetch(_LIST, None if units is None else list(units), after, limit)]


async def load_endpoint(pool: Pool, endpoint_id: UUID) -> Mapping[str, Any] | None:
    """Return the row of an endpoint; `None` if it does not exist or was deleted."""
    row = await pool.fetchrow(f"SELECT {_COLUMNS} FROM endpoint WHERE id = $1 AND deleted_at IS NULL", endpoint_id)
    return None if row is None else dict(row)


async def count_endpoints(connection: Connection, unit_id: str) -> int:
    """Return the number of endpoints of a unit."""
    found = await connection.fetchval(
        "SELECT count(*) FROM endpoint WHERE unit_id = $1 AND deleted_at IS NULL", unit_id
    )
    return int(found or 0)


async def lock_unit(connection: Connection, unit_id: str) -> None:
    """Lock the endpoints of a unit against concurrent registration until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('endpoints of ' || $1, 0))", unit_id)


async def find_duplicate(connection: Connection, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return another endpoint with the same unit, kind and URL; `None` if there is none. Call `lock_unit` before."""
    return await connection.fetchrow(_FIND_DUPLICATE, row["unit_id"], row["kind"], row["url"], row["id"])


async def add_endpoint(connection: Connection, row: Mapping[str, Any], pair: KeyPair, vault: Vault) -> None:
    """Store a new endpoint with its key pair, and queue the first test message."""
    await connection.execute(
        _ADD,
        row["id"],
        row["unit_id"],
        row["url"],
        row["description"],
        row["events"],
        row["max_in_flight"],
        row["created_at"],
        row["created_by"],
        row["kind"],
        row["format"],
        row["takes_exercises"],
        row["signatures"],
    )
    await _add_secret(connection, row["id"], pair, vault)
    await send_test(connection, row["id"], row["unit_id"], wait=FIRST_TEST_AFTER)


async def save_change(connection: Connection, changed: ChangeResult) -> bool:
    """Store a changed endpoint. Return False and store nothing if somebody else has changed it meanwhile."""
    row = changed.row
    done = await connection.execute(
        _CHANGE,
        row["id"],
        row["version"],
        row["url"],
        row["description"],
        row["events"],
        row["max_in_flight"],
        row["verified_at"],
        changed.state,
        changed.fresh,
        row["takes_exercises"],
        row["signatures"],
    )
    if done == "UPDATE 0":
        return False
    if changed.test:
        await send_test(connection, row["id"], row["unit_id"])
    return True


async def delete_endpoint(connection: Connection, endpoint_id: UUID) -> None:
    """Mark an endpoint as deleted, and cancel its pending deliveries. Its attempts stay until they are too old."""
    await connection.execute(_DELETE, endpoint_id)


async def rotate_secret(
    connection: Connection, endpoint_id: UUID, pair: KeyPair, vault: Vault, grace: timedelta
) -> None:
    """Add a new key pair to an endpoint, and let the former pairs expire after the grace period."""
    await connection.execute(_ROTATE, endpoint_id, grace)
    await _add_secret(connection, endpoint_id, pair, vault)
    await connection.execute(_TRIM, endpoint_id, SECRETS_KEPT)
    await connection.execute("UPDATE endpoint SET version = version + 1 WHERE id = $1", endpoint_id)


async def lock_if_unchanged(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Lock the endpoint. Return False if it was changed or deleted since `row` was read."""
    version = await connection.fetchval(
        "SELECT version FROM endpoint WHERE id = $1 AND deleted_at IS NULL FOR UPDATE", row["id"]
    )
    return version == row["version"]


async def _add_secret(connection: Connection, endpoint_id: UUID, pair: KeyPair, vault: Vault) -> None:
    await connection.execute(
        "INSERT INTO secret (id, endpoint_id, encrypted, public_key) VALUES ($1, $2, $3, $4)",
        uuid4(),
        endpoint_id,
        vault.encrypt(endpoint_id.bytes, pair.to_bytes()),
        pair.public_key,
    )


async def send_test(
    connection: Connection,
    endpoint_id: UUID,
    unit_id: str,
    message_id: UUID | None = None,
    wait: timedelta = timedelta(),
) -> None:
    """Queue a test message with a new challenge, to be sent after `wait`. `message_id`: its `webhook-id`."""
    body = EndpointTest(
        timestamp=datetime.now(UTC),
        data=EndpointTestData(endpoint_id=endpoint_id, challenge=secrets.token_urlsafe(24)),
    )
    await connection.execute(
        _TEST, message_id or uuid4(), unit_id, body.TYPE, body.to_bytes(), endpoint_id, TEST_LIFETIME, wait
    )


async def probe_disabled(pool: Pool) -> None:
    """Queue test messages to endpoints that were disabled because they failed for days."""
    async with pool.acquire() as connection, connection.transaction():
        for row in await connection.fetch(_TO_PROBE, circuit.PROBE_DISABLED_EVERY, circuit.PROBE_DISABLED_FOR):
            await send_test(connection, row["id"], row["unit_id"])


async def load_targets(pool: Pool, ids: Collection[UUID]) -> list[EndpointTarget]:
    """Return the data with which the sender calls these endpoints. Endpoints without a valid secret are left out."""
    return [
        EndpointTarget(
            row["id"],
            row["version"],
            row["url"],
            frozenset(row["signatures"]),
            [
                (encrypted, math.inf if until is None else until)
                for encrypted, until in zip(row["encrypted"], row["until"], strict=True)
            ],
        )
        for row in await pool.fetch(_LOAD_TARGETS, list(ids))
    ]
