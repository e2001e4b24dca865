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
from services.chassis.repair_cursor import compare_anew

_STOP = """
    WITH stopped AS (
        UPDATE head SET stopped = true
        FROM unnest($2::uuid[], $3::int[], $4::bigint[], $5::int[], $6::bigint[])
             AS lost (case_id, mark, heard, sent, history)
        WHERE head.case_id = lost.case_id AND (head.{source} > mark OR head.{source} = mark AND head.{source}_history = heard)
        RETURNING lost.*
    )
    INSERT INTO ahead (case_id, source, mark, sent, history) SELECT case_id, $1, mark, sent, history FROM stopped
    ON CONFLICT (case_id, source) WHERE resumed_at IS NULL DO NOTHING
"""
"""Who resumed the case meanwhile has set its mark back, or to another history."""
_OPEN = """
    SELECT case_id, source, mark, sent, stopped_at FROM ahead WHERE resumed_at IS NULL
    ORDER BY stopped_at, case_id, source LIMIT 500
"""
_OF = "FROM ahead WHERE resumed_at IS NULL AND source = $1 AND case_id <> $2"
_OPEN_OF = f"SELECT case_id {_OF} ORDER BY stopped_at, case_id LIMIT 500"
_COUNT_OF = f"SELECT count(*) {_OF}"
_RESUME = """
    UPDATE ahead SET resumed_at = now(), resumed_by = $2, reason = $3
    WHERE case_id = $1 AND resumed_at IS NULL RETURNING source, sent, history
"""


class Said(NamedTuple):
    """How far a source is with a case: its last sequence, and the digest of all up to there."""

    sent: int
    history: int

    def fits(self, before: Said) -> bool:
        """Whether we, being at `before` with this source, are on its way: behind it, or at the very same."""
        return before.sent < self.sent or before == self


async def stop(pool: Pool, source: str, lost: Mapping[UUID, tuple[Said, Said]]) -> None:
    """Stop these cases: what we have heard of each, and what the source says it has said. Once noted, it stays."""
    columns = zip(*((*ours, *theirs) for ours, theirs in lost.values()), strict=True)
    await pool.execute(_STOP.format(source=source), source, list(lost), *map(list, columns))


async def waiting(pool: Pool) -> list[dict[str, Any]]:
    """The cases that wait for a person, longest first: at most 500."""
    return [{**row, "case_id": str(row["case_id"])} for row in map(dict, await pool.fetch(_OPEN))]


async def resume(pool: Pool, case_id: UUID, by: str, reason: str) -> list[str]:
    """Let the case go on, following each source from where it stood; who decided it and why is kept.

    What had been parked of such a source may be of the lost ones: repair fetches anew what it really said. Returns the
    sources; none when the case is not stopped.
    """
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM head WHERE case_id = $1 FOR UPDATE", case_id)
        rows = await connection.fetch(_RESUME, case_id, by, reason)
        for row in rows:
            await _follow_from(connection, case_id, row["source"], Said(row["sent"], row["history"]))
            await compare_anew(connection, row["source"])
        if rows:
            await connection.execute(
                "UPDATE head SET stopped = false, parked = (SELECT count(*) FROM parked WHERE case_id = $1)"
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


async def _follow_from(connection: Connection, case_id: UUID, source: str, said: Said) -> None:
    await connection.execute(f"UPDATE head SET {source} = $2, {source}_history = $3 WHERE case_id = $1", case_id, *said)
    await connection.execute("DELETE FROM parked WHERE case_id = $1 AND source = $2", case_id, source)
