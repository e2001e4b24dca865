"""Periodic work of every service: partitions of the event store, hash chain, expired responses, gauges."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any

from services.chassis import event_store, idempotency, leases, loops, telemetry
from services.chassis.database import Pool
from services.chassis.keys import fingerprint

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 5.0
_WEEK = timedelta(days=7)
_CHAIN_BATCH = 5000

_SELECT_EVENTS = """
    SELECT id, xact::text AS xact, case_id, sequence, type, time, dependencies, causation_id, body,
           (SELECT original_sha256 FROM redaction WHERE redaction.event_id = event_store.id) AS original_sha256
    FROM event_store
"""
_OPEN = "NOT EXISTS (SELECT FROM hash_chain WHERE hash_chain.event_id = event_store.id AND NOT hash_chain.is_redaction)"
_UNCHAINED = f"""
    {_SELECT_EVENTS} WHERE xact < pg_snapshot_xmin(pg_current_snapshot()) AND (xact, id) > ($1::text::xid8, $2) AND {_OPEN}
    ORDER BY event_store.xact, id LIMIT $3
"""
_RESTORED = f"""
    {_SELECT_EVENTS} WHERE {_OPEN} AND (xact < pg_snapshot_xmin(pg_current_snapshot())
                              OR xact >= pg_snapshot_xmax(pg_current_snapshot()))
    ORDER BY xact >= pg_snapshot_xmax(pg_current_snapshot()) DESC, event_store.xact, id LIMIT $1
"""
_LAST = """
    SELECT last.position, event_id, xact::text AS xact, last.hash,
           xact >= pg_snapshot_xmax(pg_current_snapshot()) AND EXISTS (SELECT FROM event_store WHERE id > event_id) AS restored
    FROM hash_chain, (SELECT position, hash FROM hash_chain ORDER BY position DESC LIMIT 1) AS last
    WHERE NOT is_redaction ORDER BY hash_chain.position DESC LIMIT 1
"""
_REDACTIONS = """
    SELECT event_id AS id, pg_current_xact_id()::text AS xact, original_sha256, redacted_sha256 FROM redaction
    WHERE NOT EXISTS (SELECT FROM hash_chain WHERE hash_chain.event_id = redaction.event_id AND hash_chain.is_redaction)
    ORDER BY event_id LIMIT $1
"""


async def run(pool: Pool) -> None:
    """Extend the hash chain and set the gauges every few seconds; do the other work every hour.

    The last link of the chain is written to the service's log every hour, so that a copy exists outside this database.
    """
    round_ = 0
    while True:
        while await extend_chain(pool) == _CHAIN_BATCH:
            loops.progress()
        await measure(pool)
        if round_ % 720 == 0:
            await make_partitions(pool)
            await idempotency.delete_expired(pool)
            await leases.delete_stale_replicas(pool)
            log.info("the hash chain ends with link %(position)s, %(hash)s", await chain_link(pool))
        loops.progress()
        round_ += 1
        await asyncio.sleep(INTERVAL_SECONDS)


async def make_partitions(pool: Pool) -> None:
    """Create the event store's partitions of the current and the next two months."""
    today = datetime.now(UTC).date().replace(day=1)
    months: list[date] = [today]
    for _ in range(3):
        months.append((months[-1].replace(day=28) + _WEEK).replace(day=1))
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", 0x7061_7274)  # replicas may start at the same time
        for start, end in pairwise(months):
            name = f"event_store_{start:%Y_%m}"
            if await connection.fetchval("SELECT to_regclass($1)", name) is not None:
                continue
            if await connection.fetchval(event_store.ROWS_IN_DEFAULT_PARTITION, start, end):
                log.warning(
                    "the events of %s stay in event_store_default, because that partition already holds rows of the month",
                    start,
                )  # only after a wrong clock
            else:
                await connection.execute(event_store.month_partition(name, start, end))


async def extend_chain(pool: Pool) -> int:
    """Add new events to the hash chain, in the order of transaction and event id. Return how many were added.

    Events wait while a transaction with a lower id is still running, because it may commit events that come first.

    A link is `SHA-256(previous hash, case, sequence, type, time, dependencies, cause, SHA-256(original body))`. A
    redaction adds a further link, `SHA-256(previous hash, "redacted", id, SHA-256 of the original body, SHA-256 of the
    redacted body)`. The first link proves when the event was stated; the second proves which body replaces the
    original.

    A PostgreSQL cluster restored from a dump counts transactions from the beginning, so the restored chain ends with a
    transaction id that is still in the future. Then the restored events are added first and new events after them.
    """
    async with pool.acquire() as connection, connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", 0x6368_6169):
            return 0
        last = await connection.fetchrow(_LAST)
        position, event_id, xact, previous, restored = tuple(last) if last else (0, 0, "0", b"", False)
        if restored:
            rows = await connection.fetch(_RESTORED, _CHAIN_BATCH)
        else:
            rows = await connection.fetch(_UNCHAINED, xact, event_id, _CHAIN_BATCH)
        redactions = await connection.fetch(_REDACTIONS, _CHAIN_BATCH) if len(rows) < _CHAIN_BATCH else []
        chained: list[tuple[int, int, str, bool, bytes]] = []
        for row in (*rows, *redactions):
            position += 1
            previous = redaction_link(previous, row) if "redacted_sha256" in row else event_link(previous, row)
            chained.append((position, row["id"], row["xact"], "redacted_sha256" in row, previous))
        if chained:
            await connection.execute(
                "INSERT INTO hash_chain (position, event_id, xact, is_redaction, hash)"
                " SELECT p, l, x::xid8, s, h"
                " FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::boolean[], $5::bytea[]) AS new (p, l, x, s, h)",
                *map(list, zip(*chained, strict=True)),
            )
    return len(rows)


async def chain_link(pool: Pool, position: int | None = None) -> dict[str, Any]:
    """Return position and hash of the chain's last link, or of the link at a position; position 0 if there is none."""
    row = await pool.fetchrow(
        "SELECT position, encode(hash, 'hex') AS hash FROM hash_chain WHERE $1::bigint IS NULL OR position = $1"
        " ORDER BY position DESC LIMIT 1",
        position,
    )
    return dict(row) if row else {"position": 0, "hash": ""}


async def verify_chain(pool: Pool) -> int:
    """Recompute the chain from its beginning and return its length.

    Raises `ValueError` that names the first false link.
    """
    previous, length = b"", 0
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        async for row in connection.cursor(
            "SELECT position, hash, is_redaction, event_store.id, case_id, sequence, type, time, dependencies, causation_id, body, original_sha256, redacted_sha256"
            " FROM hash_chain JOIN event_store ON event_store.id = hash_chain.event_id LEFT JOIN redaction USING (event_id) ORDER BY position"
        ):
            previous, length = (redaction_link if row["is_redaction"] else event_link)(previous, row), length + 1
            forged = row["redacted_sha256"] is not None and sha256(row["body"]).digest() != row["redacted_sha256"]
            if forged or previous != row["hash"] or length != row["position"]:
                raise ValueError(f"the chain breaks at position {row['position']}")
        if length != await connection.fetchval("SELECT count(*) FROM hash_chain"):
            raise ValueError("the chain names events that are missing")
    return length


def event_link(previous: bytes, row: event_store.Row) -> bytes:
    """Return the hash of an event's link."""
    fields = (
        row["case_id"],
        row["sequence"],
        row["type"],
        row["time"].isoformat(),
        row["dependencies"],
        row["causation_id"],
    )
    body_hash = sha256(row["body"]).digest() if row["original_sha256"] is None else row["original_sha256"]
    return fingerprint(previous, *(str(field).encode() for field in fields), body_hash)


def redaction_link(previous: bytes, row: event_store.Row) -> bytes:
    """Return the hash of a redaction's link."""
    return fingerprint(previous, b"redacted", str(row["id"]).encode(), row["original_sha256"], row["redacted_sha256"])


async def measure(pool: Pool) -> None:
    """Set the gauges of outbox, deferred events, dead letters and diverged cases."""
    row = await pool.fetchrow(
        "SELECT (SELECT count(*) FROM outbox) AS outbox,"
        " (SELECT coalesce(extract(epoch FROM now() - min(recorded_at)), 0) FROM outbox) AS oldest,"
        " (SELECT count(*) FROM deferred_event) AS deferred,"
        " (SELECT coalesce(extract(epoch FROM now() - min(deferred_at)), 0) FROM deferred_event) AS deferred_oldest,"
        " (SELECT count(*) FROM dead_letter WHERE resolution IS NULL) AS dead_letters,"
        " (SELECT count(*) FROM aggregate WHERE diverged) AS diverged"
    )
    telemetry.OUTBOX.set(row["outbox"])
    telemetry.OUTBOX_OLDEST.set(float(row["oldest"]))
    telemetry.DEFERRED.set(row["deferred"])
    telemetry.DEFERRED_OLDEST.set(float(row["deferred_oldest"]))
    telemetry.DEAD_LETTERS.set(row["dead_letters"])
    telemetry.DIVERGED.set(row["diverged"])
    telemetry.QUARANTINED.clear()
    for task, cases in await pool.fetch("SELECT task, count(*) FROM quarantine GROUP BY task"):
        telemetry.QUARANTINED.labels(task).set(cases)
