"""Access to the table of dead letters, which holds the events that could not be applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from services.chassis.build_id import build_id
from services.chassis.cases import IncomingEvent, parse_stored_event
from services.chassis.database import Connection, Pool
from services.chassis.deferred_store import Key, headers_and_body
from services.chassis.problems import NotFound

UnreadableRecord = tuple[str, str, bytes, str]
"""Source, type, body and error of a record that this version cannot read as an event."""


_INSERT = """
    INSERT INTO dead_letter (case_id, source, sequence, type, headers, body, error, build)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (case_id, source, sequence) WHERE resolution IS NULL
    DO UPDATE SET error = excluded.error, attempts = dead_letter.attempts + 1, build = excluded.build, failed_at = now()
"""

_INSERT_UNREADABLE = """
    INSERT INTO dead_letter (source, sequence, type, headers, body, error) VALUES ($1, 0, $2, '[]', $3, $4)
    ON CONFLICT (md5(body), md5(error)) WHERE case_id IS NULL DO NOTHING
"""
"""Inserts a dead letter once, however often its record is read."""

_OPEN = """
    SELECT id, case_id, source, sequence, type, error, attempts, failed_at FROM dead_letter
    WHERE resolution IS NULL ORDER BY id LIMIT 500
"""

_EVENTS = """
    SELECT id, source, headers::text AS headers, body FROM dead_letter
    WHERE resolution IS NULL AND case_id IS NOT NULL AND id > $1 AND id <= $2 AND build <> $3 ORDER BY id LIMIT 200
"""

_RESOLVE = """
    UPDATE dead_letter SET resolution = $2, resolved_by = $3, reason = $4, resolved_at = now()
    WHERE id = ANY ($1::bigint[]) AND resolution IS NULL
"""


async def insert(
    connection: Connection, events: Mapping[Key, IncomingEvent], failures: Mapping[Key, BaseException]
) -> None:
    """Store events that could not be applied, each with its failure. An event that failed before gets the new error."""
    for key, incoming in events.items():
        headers, body = headers_and_body(incoming)
        await connection.execute(_INSERT, *key, incoming.envelope.type, headers, body, repr(failures[key]), build_id())


async def insert_unreadable(connection: Connection, records: Iterable[UnreadableRecord]) -> None:
    """Store records that are not events, so that an operator sees them."""
    await connection.executemany(_INSERT_UNREADABLE, list(records))


async def list_open(pool: Pool) -> list[dict[str, Any]]:
    """Return the dead letters without a decision, oldest first; at most 500."""
    return [dict(row) for row in await pool.fetch(_OPEN)]


async def find(pool: Pool, letter_id: int) -> IncomingEvent | None:
    """Return the event of a dead letter; `None` for a record that is not an event of this system.

    Raises `NotFound` if there is no such dead letter, or if a decision about it was recorded.
    """
    row = await pool.fetchrow(
        "SELECT case_id, headers::text AS headers, body FROM dead_letter WHERE id = $1 AND resolution IS NULL",
        letter_id,
    )
    if row is None:
        raise NotFound(what=f"dead letter {letter_id}")
    return parse_stored_event(row["headers"], row["body"]) if row["case_id"] is not None else None


async def last_id(pool: Pool) -> int:
    """Return the highest id of a dead letter; 0 if there is none."""
    return await pool.fetchval("SELECT coalesce(max(id), 0) FROM dead_letter")


async def events_after(pool: Pool, after: int, upto: int, except_build: str) -> list[tuple[int, IncomingEvent]]:
    """Return id and event of at most 200 dead letters without a decision, by ids from `after` (excluded) to `upto`.

    Dead letters of the build `except_build` are left out.
    """
    rows = await pool.fetch(_EVENTS, after, upto, except_build)
    return [(row["id"], parse_stored_event(row["headers"], row["body"])) for row in rows]


async def resolve(connection: Connection, ids: Iterable[int], resolution: str, by: str, reason: str) -> None:
    """Record a decision on dead letters: `retried` or `skipped`, by whom and why."""
    await connection.execute(_RESOLVE, list(ids), resolution, by, reason)
