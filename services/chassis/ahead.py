"""Cases of which we know more than their source does: it was restored from an old backup, and its numbers begin again.

What it says next comes under numbers that we have already had, and would be passed over without a word. So the case
stops (rule 5 of docs/architecture.md), and a person decides when it goes on: from where the source stood when we noticed.
What we did on account of the events that it lost stays done.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.chassis.database import Connection, Pool
from services.chassis.repair_cursor import compare_anew

_STOP = """
    WITH lost AS (SELECT * FROM unnest($2::uuid[], $3::int[], $4::int[]) AS lost (case_id, mark, sent)),
    stopped AS (UPDATE head SET stopped = true FROM lost WHERE head.case_id = lost.case_id)
    INSERT INTO ahead (case_id, source, mark, sent) SELECT case_id, $1, mark, sent FROM lost
    ON CONFLICT (case_id, source) WHERE resumed_at IS NULL DO NOTHING
"""
_OPEN = """
    SELECT case_id, source, mark, sent, stopped_at FROM ahead WHERE resumed_at IS NULL
    ORDER BY stopped_at, case_id, source LIMIT 500
"""
_RESUME = """
    UPDATE ahead SET resumed_at = now(), resumed_by = $2, reason = $3
    WHERE case_id = $1 AND resumed_at IS NULL RETURNING source, sent
"""


async def stop(pool: Pool, source: str, lost: Mapping[UUID, tuple[int, int]]) -> None:
    """Stop these cases: what we have heard of each, and what the source says it has said. Once noted, it stays."""
    marks, sent = zip(*lost.values(), strict=True)
    await pool.execute(_STOP, source, list(lost), list(marks), list(sent))


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
            await _follow_from(connection, case_id, row["source"], row["sent"])
            await compare_anew(connection, row["source"])
        if rows:
            await connection.execute(
                "UPDATE head SET stopped = false, parked = (SELECT count(*) FROM parked WHERE case_id = $1)"
                " WHERE case_id = $1",
                case_id,
            )
    return [row["source"] for row in rows]


async def _follow_from(connection: Connection, case_id: UUID, source: str, sent: int) -> None:
    await connection.execute(f"UPDATE head SET {source} = $2 WHERE case_id = $1", case_id, sent)
    await connection.execute("DELETE FROM parked WHERE case_id = $1 AND source = $2", case_id, source)
