"""The delivery queue: claim deliveries, record results, release expired leases, delete old rows.

No transaction is open during an HTTP request. A sender claims deliveries: each gets a lease and a token, and the
sender records the result with the token. If the sender dies, the lease expires, and another sender sends the message
again with the same `webhook-id`.
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
"""Time after which a claimed delivery can be claimed again. It is longer than any attempt."""

Trigger = Literal["schedule", "resend", "recover"]

_CLAIM = """
    WITH ready AS MATERIALIZED (
        SELECT id, state, version, failures,
               CASE WHEN failures >= $5 THEN 1 ELSE least(max_in_flight, $6) END
               - (SELECT count(*) FROM delivery WHERE endpoint_id = endpoint.id AND state = 'sending') AS room
        FROM endpoint
        WHERE deleted_at IS NULL AND (open_until IS NULL OR open_until <= now())
          AND EXISTS (SELECT FROM delivery WHERE endpoint_id = endpoint.id AND delivery.state = 'pending'
                      AND next_attempt_at <= now() AND (endpoint.state = 'verified' OR ordering_key IS NULL))
        ORDER BY id <= $3, id
        FOR NO KEY UPDATE SKIP LOCKED
    ), chosen AS MATERIALIZED (
        SELECT next.id, ready.version, ready.failures
        FROM ready CROSS JOIN LATERAL (
            SELECT id FROM delivery
            WHERE endpoint_id = ready.id AND state = 'pending' AND next_attempt_at <= now()
              AND (ready.state = 'verified' OR ordering_key IS NULL)
              AND NOT EXISTS (SELECT FROM delivery AS earlier WHERE earlier.endpoint_id = ready.id
                              AND earlier.ordering_key = delivery.ordering_key AND earlier.number < delivery.number
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
"""Claims due deliveries, fairly between endpoints.

At most `max_in_flight` deliveries of an endpoint are claimed at a time, or fewer if the sender asks for fewer (`$6`).
After a pause of the circuit breaker only one is claimed, as a probe. The search starts after the endpoint `$3`, which
was served last. Replicas skip endpoints that another replica is claiming from. `= ANY` beside the joins makes the
query planner use index look-ups.
"""

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
        RETURNING delivery.endpoint_id, delivery.ordering_key, delivery.number, delivery.state, delivery.next_attempt_at
    )
    UPDATE delivery SET next_attempt_at = done.next_attempt_at FROM done
    WHERE done.state = 'pending' AND delivery.state = 'pending' AND delivery.endpoint_id = done.endpoint_id
      AND delivery.ordering_key = done.ordering_key AND delivery.number > done.number
      AND delivery.next_attempt_at < done.next_attempt_at
"""
"""Records results of attempts.

If an attempt failed and is tried again later, the last statement postpones later messages about the same dispatch until
then. `= ANY` beside each join keeps the query planner from reading the whole table.
"""

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
"""Gives up expired deliveries whose endpoint is not verified or has an open circuit.

All other deliveries are given up only after the last attempt.
"""

_DELETE_OLD = (
    "DELETE FROM attempt WHERE id IN (SELECT id FROM attempt WHERE started_at < now() - $1::interval LIMIT $2)",
    "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE state NOT IN ('pending', 'sending') AND created_at < now() - $1::interval LIMIT $2)",
    "DELETE FROM message WHERE id IN (SELECT id FROM message WHERE created_at < now() - $1::interval AND NOT EXISTS (SELECT FROM delivery WHERE message_id = message.id AND state IN ('pending', 'sending')) LIMIT $2)",
)


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that the sender has claimed, to attempt it once."""

    id: UUID
    token: UUID
    endpoint_id: UUID
    version: int
    """Version of the endpoint at the time of the claim."""
    troubled: bool
    """True if the last attempts at the endpoint failed, so that the next success must be recorded on the endpoint."""
    message_id: UUID
    type: str
    format: Literal["json", "cap"]
    body: bytes
    created_at: datetime
    attempts: int
    trigger: Trigger
    delivered: bool
    """True if the message was delivered before; then a person asked to send it again."""
    claimed_at: float
    """Time of the claim, on the clock of the event loop."""


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """Result of one attempt and the next state of its delivery."""

    claimed: ClaimedDelivery
    state: Literal["pending", "delivered", "exhausted"]
    delay: timedelta
    """Time until the next attempt; used only if `state` is `pending`."""
    started_at: datetime
    duration_ms: int
    status: int | None
    error: str | None
    address: str | None
    response: str


async def claim(
    pool: Pool, *, after_endpoint: UUID, limit: int, at: float, cap: int | None = None
) -> list[ClaimedDelivery]:
    """Claim up to `limit` due deliveries, beginning with the endpoint whose id follows `after_endpoint`.

    `at`: event loop time. `cap` limits the simultaneous deliveries to one endpoint, in addition to the endpoint's own
    limit.
    """
    token = uuid4()
    rows = await pool.fetch(_CLAIM, token, LEASE, after_endpoint, limit, circuit.THRESHOLD, cap)
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
    """Record results in one statement. A result whose token is outdated changes no delivery, only adds an attempt."""
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
    """Apply the health signals to their endpoints. Return the ids of the endpoints that have recovered.

    Make the pending deliveries of the recovered endpoints due now.
    """
    recovered: set[UUID] = set()
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
        recovered = {key for key in now if has_recovered(before[key], now[key])}
        if recovered:
            await connection.execute(_DUE_NOW, list(recovered))
    return recovered


def health_of(row: Mapping[str, Any]) -> Health:
    """Return the health that is stored in a row of the table `endpoint`."""
    return Health(**{each.name: row[each.name] for each in fields(Health)})


async def release_expired(pool: Pool) -> bool:
    """Release deliveries whose lease has expired, so that they can be claimed again. Return whether there were any."""
    return await pool.execute(_RELEASE) != "UPDATE 0"


async def exhaust_expired(pool: Pool, batch: int = 1000) -> int:
    """Give up deliveries that could not be attempted in their lifetime. Return their number."""
    return await retention.run_in_batches(pool, _EXHAUST, batch=batch)


async def delete_old(pool: Pool, older_than: timedelta, batch: int = retention.BATCH) -> None:
    """Delete what is older than `older_than`, with `batch` rows at a time.

    These are attempts, finished deliveries, and messages without an unfinished delivery.
    """
    for statement in _DELETE_OLD:
        await retention.run_in_batches(pool, statement, older_than, batch=batch)
