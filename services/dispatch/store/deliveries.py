"""The queue of deliveries: claim, record, and what time does to them.

No transaction is open while HTTP runs: a claim takes a lease and a token, a result is recorded under that token. A
sender that died leaves a lease that ends; the message then goes out again under the same `webhook-id`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

from services.chassis import retention
from services.chassis.database import Pool
from services.dispatch.domain.delivery import circuit
from services.dispatch.domain.delivery.health import Health, HealthSignal, apply_signals, has_recovered

LEASE = timedelta(seconds=60)
"""Longer than any attempt may last; what a dead sender held goes out again after it."""

Trigger = Literal["schedule", "resend", "recover"]

_CLAIM = """
    WITH ready AS MATERIALIZED (
        SELECT id, state, version, failures,
               CASE WHEN failures >= $5 THEN 1 ELSE least(max_in_flight, $6) END
               - (SELECT count(*) FROM delivery WHERE endpoint_id = endpoint.id AND state = 'sending') AS room
        FROM endpoint
        WHERE deleted_at IS NULL AND (open_until IS NULL OR open_until <= now())
          AND EXISTS (SELECT FROM delivery WHERE endpoint_id = endpoint.id AND delivery.state = 'pending'
                      AND next_attempt_at <= now() AND (endpoint.state = 'verified' OR lane IS NULL))
        ORDER BY id <= $3, id
        FOR NO KEY UPDATE SKIP LOCKED
    ), chosen AS MATERIALIZED (
        SELECT next.id, ready.version, ready.failures
        FROM ready CROSS JOIN LATERAL (
            SELECT id FROM delivery
            WHERE endpoint_id = ready.id AND state = 'pending' AND next_attempt_at <= now()
              AND (ready.state = 'verified' OR lane IS NULL)
              AND NOT EXISTS (SELECT FROM delivery AS earlier WHERE earlier.endpoint_id = ready.id
                              AND earlier.lane = delivery.lane AND earlier.number < delivery.number
                              AND earlier.state IN ('pending', 'sending'))
            ORDER BY next_attempt_at, number LIMIT greatest(ready.room, 0)
        ) AS next
        LIMIT $4
    )
    UPDATE delivery SET state = 'sending', token = $1, lease_until = now() + $2
    FROM chosen JOIN delivery AS taken USING (id) JOIN message ON message.id = taken.message_id
    WHERE delivery.id = chosen.id AND delivery.state = 'pending'
      AND delivery.id = ANY (ARRAY(SELECT id FROM chosen)) AND taken.id = ANY (ARRAY(SELECT id FROM chosen))
    RETURNING delivery.id, delivery.endpoint_id, chosen.version, chosen.failures, message.id AS message_id, message.type,
              message.format, message.body, message.created_at, delivery.attempts, delivery.trigger, delivery.delivered_at
"""
"""Fair by construction: each endpoint gives at most what its cap, or the sender's, leaves free (one, as a probe, after its circuit was open),
and the round begins behind the endpoint that was served last. `= ANY` beside the joins keeps them look-ups. Replicas skip the endpoints another one is claiming from."""

_RECORD = """
    WITH result AS MATERIALIZED (
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::interval[], $5::boolean[], $6::timestamptz[],
                             $7::integer[], $8::integer[], $9::text[], $10::text[], $11::text[])
            AS result (id, token, state, delay, counts, started_at, duration_ms, status, error, address, response)
    ), tried AS (
        INSERT INTO attempt (endpoint_id, delivery_id, trigger, started_at, duration_ms, status, error, address, response)
        SELECT delivery.endpoint_id, id, delivery.trigger, started_at, duration_ms, status, error, address, response
        FROM result JOIN delivery USING (id) WHERE delivery.id = ANY ($1::uuid[])
    ), done AS (
        UPDATE delivery SET
            state = result.state, trigger = 'schedule', token = NULL, lease_until = NULL,
            attempts = attempts + result.counts::integer,
            next_attempt_at = CASE WHEN result.state = 'pending' THEN now() + result.delay ELSE next_attempt_at END,
            delivered_at = coalesce(delivered_at, CASE WHEN result.state = 'delivered' THEN now() END),
            last_status = result.status, last_error = result.error
        FROM result
        WHERE delivery.id = result.id AND delivery.token = result.token AND delivery.id = ANY ($1::uuid[])
        RETURNING delivery.endpoint_id, delivery.lane, delivery.number, delivery.state, delivery.next_attempt_at
    )
    UPDATE delivery SET next_attempt_at = done.next_attempt_at FROM done
    WHERE done.state = 'pending' AND delivery.state = 'pending' AND delivery.endpoint_id = done.endpoint_id
      AND delivery.lane = done.lane AND delivery.number > done.number
      AND delivery.next_attempt_at < done.next_attempt_at
"""
"""`= ANY` once more beside each join: else the planner reads the whole table for a few rows. The last statement keeps what must wait for its predecessor out of the claim's sight until that is tried again."""

_HEALTH = f"""
    SELECT id, {", ".join(each.name for each in fields(Health))}, now() AS at
    FROM endpoint WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE
"""

_SAVE_HEALTH = """
    UPDATE endpoint SET state = $2, failures = $3, first_failure_at = $4, last_success_at = $5, open_until = $6,
        disabled_reason = $7, disabled_at = $8, verified_at = $9, test_error = $10
    WHERE id = $1
"""

_DUE_NOW = """
    UPDATE delivery SET next_attempt_at = now()
    WHERE endpoint_id = ANY ($1::uuid[]) AND state = 'pending' AND next_attempt_at > now()
"""

_RELEASE = """
    UPDATE delivery SET state = 'pending', token = NULL, lease_until = NULL
    WHERE state = 'sending' AND lease_until < now()
"""

_EXHAUST = """
    UPDATE delivery SET state = 'exhausted', last_error = coalesce(last_error, 'expired')
    WHERE state = 'pending' AND id IN (
        SELECT delivery.id FROM delivery JOIN endpoint ON endpoint.id = delivery.endpoint_id
        WHERE delivery.state = 'pending' AND expires_at < now() AND (endpoint.state <> 'verified' OR open_until > now())
        LIMIT $1)
"""
"""Only where the endpoint keeps it from being tried: what may go out is given up by its tries. When we ourselves were away for days, everything is tried first."""

_DELETE_OLD = (
    "DELETE FROM attempt WHERE id IN (SELECT id FROM attempt WHERE started_at < now() - $1::interval LIMIT $2)",
    "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE state NOT IN ('pending', 'sending') AND created_at < now() - $1::interval LIMIT $2)",
    "DELETE FROM message WHERE id IN (SELECT id FROM message WHERE created_at < now() - $1::interval AND NOT EXISTS (SELECT FROM delivery WHERE message_id = message.id AND state IN ('pending', 'sending')) LIMIT $2)",
)


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A message to be sent once, now."""

    id: UUID
    token: UUID
    endpoint_id: UUID
    version: int
    """Of the endpoint."""
    troubled: bool
    """The endpoint has failed lately: its success is news."""
    message_id: UUID
    type: str
    format: Literal["json", "cap"]
    body: bytes
    created_at: datetime
    attempts: int
    trigger: Trigger
    delivered: bool
    """It was delivered before, and is sent again because somebody asked."""
    claimed_at: float
    """Event loop time."""


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """How a claimed message fared, and what becomes of its delivery."""

    claimed: ClaimedDelivery
    state: Literal["pending", "delivered", "exhausted"]
    delay: timedelta
    """Until the next attempt, while pending."""
    started_at: datetime
    duration_ms: int
    status: int | None
    error: str | None
    address: str | None
    response: str


async def claim(pool: Pool, *, behind: UUID, limit: int, at: float, cap: int | None = None) -> list[ClaimedDelivery]:
    """Take up to `limit` messages that are due, from every endpoint its share, beginning behind the given one. With a `cap`
    no endpoint gets more than so many at once, whatever its own cap.
    """
    token = uuid4()
    rows = await pool.fetch(_CLAIM, token, LEASE, behind, limit, circuit.THRESHOLD, cap)
    return [
        ClaimedDelivery(
            id=row["id"],
            token=token,
            endpoint_id=row["endpoint_id"],
            version=row["version"],
            troubled=row["failures"] > 0,
            message_id=row["message_id"],
            type=row["type"],
            format=row["format"],
            body=row["body"],
            created_at=row["created_at"],
            attempts=row["attempts"],
            trigger=row["trigger"],
            delivered=row["delivered_at"] is not None,
            claimed_at=at,
        )
        for row in rows
    ]


async def record_results(pool: Pool, results: Sequence[DeliveryResult]) -> None:
    """Write results, one statement for all. A result whose token was overtaken leaves only its attempt."""
    await pool.execute(
        _RECORD,
        [each.claimed.id for each in results],
        [each.claimed.token for each in results],
        [each.state for each in results],
        [each.delay for each in results],
        [each.claimed.trigger != "resend" for each in results],
        [each.started_at for each in results],
        [each.duration_ms for each in results],
        [each.status for each in results],
        [each.error for each in results],
        [each.address for each in results],
        [each.response for each in results],
    )


async def update_health(pool: Pool, signals: Mapping[UUID, Sequence[HealthSignal]]) -> set[UUID]:
    """Tell endpoints what their answers mean. Returns those that are back: what waits for them is due now."""
    back: set[UUID] = set()
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(_HEALTH, sorted(signals))
        before = {row["id"]: health_of(row) for row in rows}
        now = {row["id"]: apply_signals(before[row["id"]], signals[row["id"]], row["at"]) for row in rows}
        await connection.executemany(
            _SAVE_HEALTH,
            [
                (
                    key,
                    each.state,
                    each.failures,
                    each.first_failure_at,
                    each.last_success_at,
                    each.open_until,
                    each.disabled_reason,
                    each.disabled_at,
                    each.verified_at,
                    each.test_error,
                )
                for key, each in now.items()
            ],
        )
        back = {key for key in now if has_recovered(before[key], now[key])}
        if back:
            await connection.execute(_DUE_NOW, list(back))
    return back


def health_of(row: Mapping[str, Any]) -> Health:
    """The health in a row of `endpoint`."""
    return Health(**{each.name: row[each.name] for each in fields(Health)})


async def release_expired(pool: Pool) -> bool:
    """Leases of dead senders end: what they held is due again. Whether there was any."""
    return await pool.execute(_RELEASE) != "UPDATE 0"


async def exhaust_expired(pool: Pool, batch: int = 1000) -> int:
    """Give up on messages that could not be tried in their lifetime; how many. A person may still recover them."""
    return await retention.in_batches(pool, _EXHAUST, batch=batch)


async def delete_old(pool: Pool, older_than: timedelta, batch: int = retention.BATCH) -> None:
    """Drop attempts, finished deliveries and messages that nobody will ask for again."""
    for statement in _DELETE_OLD:
        await retention.in_batches(pool, statement, older_than, batch=batch)
