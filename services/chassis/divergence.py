"""Diverged cases: this service has applied events about a case that the source of these events does not have.

The source was restored from an old backup and numbers its events again. The new events would be dropped as duplicates,
so the case stops (rule 5 of docs/architecture.md) until an operator resumes it from the source's position. The effects
of the lost events remain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from contracts.events.registry import REGISTRY_STREAM
from services.chassis.database import Connection, Pool
from services.chassis.repair_cursor import reset

_MARK = """
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
"""Marks cases as diverged. The condition excludes a case that an operator resumed in the meantime."""
_OPEN = """
    SELECT case_id, source, applied, source_version, detected_at FROM divergence WHERE resumed_at IS NULL
    ORDER BY detected_at, case_id, source LIMIT 500
"""
_FROM_SOURCE = "FROM divergence WHERE resumed_at IS NULL AND source = $1 AND case_id <> $2"
_OPEN_CASES_OF = f"SELECT case_id {_FROM_SOURCE} ORDER BY detected_at, case_id LIMIT 500"
_COUNT_OF = f"SELECT count(*) {_FROM_SOURCE}"
_RESUME = """
    UPDATE divergence SET resumed_at = now(), resumed_by = $2, reason = $3
    WHERE case_id = $1 AND resumed_at IS NULL RETURNING source, source_version, source_digest
"""


class SourcePosition(NamedTuple):
    """A source's position about a case: the sequence of its last event, and the digest of its events."""

    version: int
    digest: int

    def is_consistent_with(self, ours: SourcePosition) -> bool:
        """Return whether `ours` is behind this position or equal to it: the source stated all that we applied."""
        return ours.version < self.version or ours == self


async def mark_diverged(
    pool: Pool, source: str, positions: Mapping[UUID, tuple[SourcePosition, SourcePosition]]
) -> None:
    """Mark cases as diverged. `positions` maps each case to our position and the position of `source`."""
    columns = zip(*((*ours, *theirs) for ours, theirs in positions.values()), strict=True)
    await pool.execute(_MARK.format(source=source), source, list(positions), *map(list, columns))


async def list_open(pool: Pool) -> list[dict[str, Any]]:
    """Return the diverged cases that no operator has resumed yet, oldest first; at most 500."""
    return [{**row, "case_id": str(row["case_id"])} for row in map(dict, await pool.fetch(_OPEN))]


async def resume(pool: Pool, case_id: UUID, by: str, reason: str) -> list[str]:
    """Resume a case from the position of each source from which it diverged, and record who decided and why.

    Return these sources; empty if the case has not diverged. The deferred events of these sources are deleted, because
    they may be among the lost events. Repair fetches the current events.
    """
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM aggregate WHERE case_id = $1 FOR UPDATE", case_id)
        rows = await connection.fetch(_RESUME, case_id, by, reason)
        for row in rows:
            await _set_position(
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
    """Resume the oldest diverged cases of a restored source, at most 500.

    Return how many resumed and how many are left.
    """
    rows = await pool.fetch(_OPEN_CASES_OF, source, REGISTRY_STREAM)
    for row in rows:
        await resume(pool, row["case_id"], by, reason)
    return len(rows), await pool.fetchval(_COUNT_OF, source, REGISTRY_STREAM)


async def _set_position(connection: Connection, case_id: UUID, source: str, position: SourcePosition) -> None:
    await connection.execute(
        f"UPDATE aggregate SET {source}_applied = $2, {source}_digest = $3 WHERE case_id = $1", case_id, *position
    )
    await connection.execute("DELETE FROM deferred_event WHERE case_id = $1 AND source = $2", case_id, source)
