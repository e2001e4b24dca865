"""Cases of which we know more than their source does, or other things: it was restored from an old backup.

Its numbers began again, and what it said under those that we had already had was passed over without a word. So the case
stops (rule 5 of docs/architecture.md), and a person decides when it goes on: from where the source stood when we noticed.
What we did on account of the events that it lost stays done.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from contracts.events.registry import REGISTRY_STREAM
from services.chassis.database import Connection, Pool
from services.chassis.repair_cursor import reset

_STOP = """
    WITH diverged AS (
        UPDATE aggregate SET diverged = true
        FROM unnest($2::uuid[], $3::int[], $4::bigint[], $5::int[], $6::bigint[])
             AS lost (case_id, applied, digest, source_version, source_digest)
        WHERE aggregate.case_id = lost.case_id AND (aggregate.{source}_applied > lost.applied
              OR aggregate.{source}_applied = lost.applied AND aggregate.{source}_digest = lost.digest)
        RETURNING lost.*
    )
    INSERT INTO divergence (case_id, source, applied, source_version, source_digest)
    SELECT case_id, $1, applied, source_version, source_digest FROM diverged
    ON CONFLICT (case_id, source) WHERE resumed_at IS NULL DO NOTHING
"""
"""Who resumed the case meanwhile has set its mark back, or to another history."""
_OPEN = """
    SELECT case_id, source, applied, source_version, detected_at FROM divergence WHERE resumed_at IS NULL
    ORDER BY detected_at, case_id, source LIMIT 500
"""
_OF = "FROM divergence WHERE resumed_at IS NULL AND source = $1 AND case_id <> $2"
_OPEN_OF = f"SELECT case_id {_OF} ORDER BY detected_at, case_id LIMIT 500"
_COUNT_OF = f"SELECT count(*) {_OF}"
_RESUME = """
    UPDATE divergence SET resumed_at = now(), resumed_by = $2, reason = $3
    WHERE case_id = $1 AND resumed_at IS NULL RETURNING source, source_version, source_digest
"""


class SourcePosition(NamedTuple):
    """How far a source is with a case: its last sequence, and the digest of all up to there."""

    sent: int
    history: int

    def fits(self, before: SourcePosition) -> bool:
        """Whether we, being at `before` with this source, are on its way: behind it, or at the very same."""
        return before.sent < self.sent or before == self


async def mark_diverged(pool: Pool, source: str, lost: Mapping[UUID, tuple[SourcePosition, SourcePosition]]) -> None:
    """Stop these cases: what we have heard of each, and what the source says it has said. Once noted, it stays."""
    columns = zip(*((*ours, *theirs) for ours, theirs in lost.values()), strict=True)
    await pool.execute(_STOP.format(source=source), source, list(lost), *map(list, columns))


async def list_open(pool: Pool) -> list[dict[str, Any]]:
    """The cases that wait for a person, longest first: at most 500."""
    return [{**row, "case_id": str(row["case_id"])} for row in map(dict, await pool.fetch(_OPEN))]


async def resume(pool: Pool, case_id: UUID, by: str, reason: str) -> list[str]:
    """Let the case go on, following each source from where it stood; who decided it and why is kept.

    What had been parked of such a source may be of the lost ones: repair fetches anew what it really said. Returns the
    sources; none when the case is not stopped.
    """
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM aggregate WHERE case_id = $1 FOR UPDATE", case_id)
        rows = await connection.fetch(_RESUME, case_id, by, reason)
        for row in rows:
            await _follow_from(
                connection, case_id, row["source"], SourcePosition(row["source_version"], row["source_digest"])
            )
            await reset(connection, row["source"])
        if rows:
            await connection.execute(
                "UPDATE aggregate SET diverged = false, deferred = (SELECT count(*) FROM deferred_event WHERE case_id = $1)"
                " WHERE case_id = $1",
                case_id,
            )
    return [row["source"] for row in rows]


async def resume_all(pool: Pool, source: str, by: str, reason: str) -> tuple[int, int]:
    """Let the longest stopped cases of a restored source go on, at most 500. Returns how many went on and how many are left."""
    rows = await pool.fetch(_OPEN_OF, source, REGISTRY_STREAM)
    for row in rows:
        await resume(pool, row["case_id"], by, reason)
    return len(rows), await pool.fetchval(_COUNT_OF, source, REGISTRY_STREAM)


async def _follow_from(connection: Connection, case_id: UUID, source: str, said: SourcePosition) -> None:
    await connection.execute(
        f"UPDATE aggregate SET {source}_applied = $2, {source}_digest = $3 WHERE case_id = $1", case_id, *said
    )
    await connection.execute("DELETE FROM deferred_event WHERE case_id = $1 AND source = $2", case_id, source)
