"""Deliveries and attempts as the API shows them, and commands that send messages again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.chassis.database import Connection, Pool
from services.dispatch.domain.delivery.schedule import LIFETIME

_ATTEMPTS = """
    SELECT attempt.id, attempt.delivery_id, attempt.trigger, attempt.started_at, attempt.duration_ms, attempt.status,
           attempt.error, attempt.address, attempt.response, delivery.message_id, delivery.ordering_key AS dispatch_id, message.type
    FROM attempt LEFT JOIN delivery ON delivery.id = attempt.delivery_id
                 LEFT JOIN message ON message.id = delivery.message_id
    WHERE attempt.endpoint_id = $1 AND ($2::bigint IS NULL OR attempt.id < $2)
    ORDER BY attempt.id DESC LIMIT $3
"""

_DELIVERIES = """
    SELECT delivery.id, delivery.message_id, message.type, delivery.ordering_key AS dispatch_id, delivery.state, delivery.attempts,
           greatest(delivery.next_attempt_at, delivery.created_at) AS next_attempt_at, delivery.delivered_at,
           delivery.last_status, delivery.last_error, delivery.created_at
    FROM delivery JOIN message ON message.id = delivery.message_id
    WHERE delivery.endpoint_id = $1 AND ($2::text IS NULL OR delivery.state = $2)
      AND ($3::timestamptz IS NULL OR (delivery.created_at, delivery.id) < ($3, $4))
    ORDER BY delivery.created_at DESC, delivery.id DESC LIMIT $5
"""
"""Deliveries to an endpoint. For a due test, `next_attempt_at` is stored as `-infinity`, and shown as `created_at`."""

_DELIVERY = """
    SELECT delivery.id, delivery.endpoint_id, endpoint.unit_id, delivery.state FROM delivery
    JOIN endpoint ON endpoint.id = delivery.endpoint_id WHERE delivery.id = $1 AND endpoint.deleted_at IS NULL
"""

_RESEND = """
    UPDATE delivery SET state = 'pending', trigger = 'resend', next_attempt_at = now(),
        expires_at = greatest(expires_at, now() + $2)
    WHERE id = $1 AND state <> 'sending'
"""

_CANCEL = "UPDATE delivery SET state = 'cancelled' WHERE id = $1 AND state = 'pending'"

_NOT_DELIVERED = """
    FROM endpoint JOIN message USING (unit_id)
         LEFT JOIN delivery ON delivery.endpoint_id = endpoint.id AND delivery.message_id = message.id
    WHERE endpoint.id = $1 AND message.created_at >= $2 AND message.ordering_key IS NOT NULL
      AND accepts(endpoint, message.type, message.format, message.actual)
      AND (delivery.id IS NULL OR delivery.state IN ('exhausted', 'cancelled'))
"""

_RECOVERABLE = f"SELECT count(*) {_NOT_DELIVERED}"

_RECOVER = f"""
    INSERT INTO delivery (id, endpoint_id, message_id, number, ordering_key, trigger, expires_at)
    SELECT delivery_id(message.id, endpoint.id), endpoint.id, message.id, message.number, message.ordering_key, 'recover',
           now() + $3
    {_NOT_DELIVERED}
    ORDER BY message.number
    ON CONFLICT (endpoint_id, message_id) DO UPDATE SET state = 'pending', trigger = 'recover', attempts = 0,
        next_attempt_at = now(), expires_at = excluded.expires_at
    WHERE delivery.state IN ('exhausted', 'cancelled')
"""


async def list_attempts(pool: Pool, endpoint_id: UUID, before: int | None, limit: int) -> list[Mapping[str, Any]]:
    """Return attempts to send messages to an endpoint, newest first. `before`: id of the last attempt already seen."""
    return [dict(row) for row in await pool.fetch(_ATTEMPTS, endpoint_id, before, limit)]


async def list_deliveries(
    pool: Pool, endpoint_id: UUID, state: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[Mapping[str, Any]]:
    """Return deliveries to an endpoint, newest first. `after`: time and id of the last delivery already seen."""
    since, last_id = after or (None, None)
    return [dict(row) for row in await pool.fetch(_DELIVERIES, endpoint_id, state, since, last_id, limit)]


async def load_delivery(pool: Pool, delivery_id: UUID) -> Mapping[str, Any] | None:
    """Return one delivery with the unit of its endpoint; `None` if the delivery or the endpoint was deleted."""
    row = await pool.fetchrow(_DELIVERY, delivery_id)
    return None if row is None else dict(row)


async def resend(connection: Connection, delivery_id: UUID) -> None:
    """Make a delivery due now, with the same `webhook-id`. Does nothing if the message is being sent."""
    await connection.execute(_RESEND, delivery_id, timedelta(days=1))


async def cancel(connection: Connection, delivery_id: UUID) -> None:
    """Cancel a delivery if it is pending."""
    await connection.execute(_CANCEL, delivery_id)


async def count_recoverable(pool: Pool, endpoint_id: UUID, since: datetime) -> int:
    """Return the number of messages created since `since` that `recover` would send to this endpoint.

    These are messages whose delivery was given up or cancelled, and messages created before the endpoint was
    registered.
    """
    count: int = await pool.fetchval(_RECOVERABLE, endpoint_id, since)
    return count


async def recover(connection: Connection, endpoint_id: UUID, since: datetime) -> None:
    """Queue the messages that `count_recoverable` counts, in their original order. A repeated call has no effect."""
    await connection.execute(_RECOVER, endpoint_id, since, LIFETIME)


async def load_figures(pool: Pool) -> Mapping[str, Any]:
    """Return figures for the metrics.

    `disabled`: number of disabled endpoints. `oldest`: seconds for which the oldest due delivery to a healthy endpoint
    has waited; 0 if there is none.
    """
    row = await pool.fetchrow(
        """
        SELECT (SELECT count(*) FROM endpoint WHERE state = 'disabled' AND deleted_at IS NULL) AS disabled,
               (SELECT coalesce(max(extract(epoch FROM now() - oldest)), 0)::float FROM endpoint, LATERAL (
                   SELECT min(next_attempt_at) AS oldest FROM delivery
                   WHERE endpoint_id = endpoint.id AND delivery.state = 'pending' AND next_attempt_at <= now()
                     AND next_attempt_at > '-infinity') AS waiting
                WHERE endpoint.state = 'verified' AND failures = 0 AND deleted_at IS NULL) AS oldest
        """
    )
    assert row is not None
    return dict(row)
