"""The event store: every event that this service stated, written with the change that it describes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from contracts.catalogue import EVENTS
from contracts.envelope import Envelope, format_dependencies, parse_dependencies
from contracts.redaction import REDACTABLE
from services.chassis.cases import OutgoingEvent
from services.chassis.database import Connection, Pool

Row: TypeAlias = Mapping[str, Any]
"""A row of `event_store`, by column."""

_APPEND = """
    WITH written AS (
        INSERT INTO event_store (case_id, sequence, type, time, dependencies, causation_id, traceparent, body)
        SELECT case_id, sequence, type, time, dependencies, causation_id, traceparent, body
        FROM unnest($1::uuid[], $2::int[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::bytea[])
             WITH ORDINALITY AS new (case_id, sequence, type, time, dependencies, causation_id, traceparent, body, place)
        ORDER BY place
        RETURNING id, recorded_at
    )
    INSERT INTO outbox (event_id, recorded_at) SELECT id, recorded_at FROM written
"""

_COLUMNS = "case_id, sequence, type, time, dependencies, causation_id, traceparent, body"

_LOAD_OUTBOX = f"""
    SELECT event.*
    FROM (SELECT event_id, recorded_at FROM outbox ORDER BY event_id LIMIT $1) AS next CROSS JOIN LATERAL (
        SELECT id, {_COLUMNS} FROM event_store WHERE id = next.event_id AND recorded_at = next.recorded_at LIMIT 1
    ) AS event
    ORDER BY event.id
"""
"""Selects the oldest events of the outbox.

`LIMIT 1` makes the planner look up each event. With a plain join, the planner scans the whole, ever-growing table.
"""

_MISSING = f"""
    SELECT {_COLUMNS}
    FROM unnest($1::uuid[], $2::int[]) AS wanted (case_id, since)
    JOIN event_store USING (case_id)
    WHERE event_store.sequence > wanted.since AND event_store.case_id = ANY($1::uuid[])
    ORDER BY case_id, sequence LIMIT $3
"""


async def append(connection: Connection, emitted: Sequence[OutgoingEvent]) -> None:
    """Store events in the given order and add them to the outbox, in one statement of the caller's transaction."""
    if not emitted:
        return
    envelopes = [each.envelope for each in emitted]
    await connection.execute(
        _APPEND,
        [envelope.case_id for envelope in envelopes],
        [envelope.sequence for envelope in envelopes],
        [envelope.type for envelope in envelopes],
        [envelope.time for envelope in envelopes],
        [format_dependencies(envelope.dependencies) for envelope in envelopes],
        [envelope.causation_id for envelope in envelopes],
        [envelope.traceparent for envelope in envelopes],
        [each.body for each in emitted],
    )


_OF_CASES = """
    SELECT id, recorded_at, type, body FROM event_store
    WHERE case_id = ANY($1::uuid[]) AND type = ANY($2::text[])
      AND NOT EXISTS (SELECT FROM redaction WHERE redaction.event_id = event_store.id)
"""

_RECORD_REDACTION = """
    INSERT INTO redaction (event_id, original_sha256, redacted_sha256)
    SELECT id, sha256(original), sha256(redacted)
    FROM unnest($1::bigint[], $2::bytea[], $3::bytea[]) AS new (id, original, redacted)
"""

_REPLACE_BODY = """
    UPDATE event_store SET body = new.kept
    FROM unnest($1::bigint[], $2::timestamptz[], $3::bytea[]) AS new (id, recorded_at, kept)
    WHERE event_store.id = new.id AND event_store.recorded_at = new.recorded_at AND event_store.id = ANY($1::bigint[])
"""

_REDACTABLE_TYPES = [model.TYPE for model in REDACTABLE]


async def redact_events(connection: Connection, case_ids: Sequence[UUID]) -> None:
    """Redact the stored events of these cases.

    This is the only change that `event_store` allows. A row of `redaction` records the hashes of the body before and
    after, and the hash chain covers that row.
    """
    changed: list[tuple[int, Any, bytes, bytes]] = []
    for row in await connection.fetch(_OF_CASES, case_ids, _REDACTABLE_TYPES):
        redacted = EVENTS[row["type"]].parse(row["body"]).redacted().to_bytes()
        if redacted != row["body"]:
            changed.append((row["id"], row["recorded_at"], row["body"], redacted))
    if changed:
        ids, times, original_bodies, redacted_bodies = map(list, zip(*changed, strict=True))
        await connection.execute(_RECORD_REDACTION, ids, original_bodies, redacted_bodies)
        await connection.execute(_REPLACE_BODY, ids, times, redacted_bodies)


async def load_outbox(pool: Pool, limit: int) -> list[tuple[int, Row]]:
    """Return the oldest events that the broker has not acknowledged, as `(event id, row)`."""
    return [(row["id"], row) for row in await pool.fetch(_LOAD_OUTBOX, limit)]


async def mark_sent(pool: Pool, ids: Sequence[int]) -> None:
    """Delete acknowledged events from the outbox."""
    await pool.execute("DELETE FROM outbox WHERE event_id = ANY($1::bigint[])", ids)


async def load_events_after(pool: Pool, envelopes: Mapping[UUID, int], limit: int) -> list[Row]:
    """Return the events of each case after the caller's applied position, for repair of another service."""
    return list(await pool.fetch(_MISSING, list(envelopes), list(envelopes.values()), limit))


def envelope_of(service: str, row: Row) -> Envelope:
    """Return the envelope in which a stored event was sent."""
    return Envelope(
        case_id=row["case_id"],
        source=service,
        sequence=row["sequence"],
        type=row["type"],
        time=row["time"],
        dependencies=parse_dependencies(row["dependencies"]),
        causation_id=row["causation_id"],
        traceparent=row["traceparent"],
    )


ROWS_IN_DEFAULT_PARTITION = """
    SELECT EXISTS (SELECT FROM event_store_default WHERE recorded_at >= $1::date::timestamp AT TIME ZONE 'UTC'
                                             AND recorded_at < $2::date::timestamp AT TIME ZONE 'UTC')
"""
"""Selects whether the default partition holds rows of a month.

If it does, PostgreSQL refuses to create a partition for that month.
"""


def month_partition(name: str, start: date, end: date) -> str:
    """Return the SQL that creates a monthly partition, from `start` inclusive to `end` exclusive, in UTC."""
    return (
        f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF event_store"
        f" FOR VALUES FROM ('{start} 00:00+00') TO ('{end} 00:00+00');"
        f" ALTER TABLE {name} ALTER COLUMN body SET STATISTICS 0"
    )
