"""Reading: one case, its history, and what the board follows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from services.chassis import retention, state_documents
from services.chassis.database import Pool
from services.tracking.domain.summary import Summary
from services.tracking.domain.told import Told
from services.tracking.store.batch import told_from

_BY_ID = "SELECT case_id, state::text AS state FROM aggregate JOIN record USING (case_id) WHERE case_id = $1"

_BY_NUMBER = """
    SELECT case_id, state::text AS state FROM record JOIN aggregate USING (case_id) WHERE case_number = $1
    ORDER BY case_id LIMIT 1
"""

_TOLD = """
    SELECT case_id, position, source, sequence, type, time, body FROM event WHERE case_id = $1 ORDER BY position, source
"""

_SOME = (
    "SELECT case_id, state::text AS state FROM record JOIN aggregate USING (case_id) WHERE case_id = ANY($1::uuid[])"
)

_OPEN = """
    SELECT case_id, state::text AS state FROM record JOIN aggregate USING (case_id)
    WHERE open AND case_id > $1 ORDER BY case_id LIMIT $2
"""

_PRUNE = """
    DELETE FROM board_change WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM board_change WHERE at < now() - $1::interval LIMIT $2))
"""
_CHANGES = "SELECT seq, case_id FROM board_change WHERE seq > $1 AND seq <= $2 ORDER BY seq"

_TODAY = """
    SELECT (SELECT count(*) FROM record WHERE reported_at >= $1 AND mode = 'actual') AS received,
           (SELECT count(*) FROM record WHERE closed_at >= $1 AND mode = 'actual') AS closed
"""


class Found(NamedTuple):
    """A case and its summary."""

    case_id: UUID
    case: Summary


class Head(NamedTuple):
    """Where the board's feed stands."""

    epoch: str
    seq: int


async def find(pool: Pool, name: str) -> Found | None:
    """The case with this id or number."""
    row = (
        await pool.fetchrow(_BY_NUMBER, name)
        if (case_id := as_id(name)) is None
        else await pool.fetchrow(_BY_ID, case_id)
    )
    return Found(row["case_id"], state_documents.parse_state(Summary, row["case_id"], row["state"])) if row else None


def as_id(name: str) -> UUID | None:
    """The case id that a path names, or none: then it is a number for people."""
    try:
        return UUID(name)
    except ValueError:
        return None


async def told(pool: Pool, case_id: UUID) -> list[Told]:
    """Everything that was said about a case, in fold order."""
    return [told_from(row) for row in await pool.fetch(_TOLD, case_id)]


async def summaries(pool: Pool, case_ids: list[UUID]) -> list[Found]:
    """The summaries of these cases, in no particular order."""
    rows = await pool.fetch(_SOME, case_ids)
    return [Found(row["case_id"], state) for row, state in state_documents.readable_rows(Summary, rows)]


async def open_cases(pool: Pool, size: int = 500) -> AsyncIterator[list[Found]]:
    """Every case of the board, page by page."""
    last = UUID(int=0)
    while rows := await pool.fetch(_OPEN, last, size):
        yield [Found(row["case_id"], state) for row, state in state_documents.readable_rows(Summary, rows)]
        last = rows[-1]["case_id"]


async def board_head(pool: Pool) -> Head:
    """Epoch and last number of the feed."""
    row = await pool.fetchrow("SELECT epoch, seq FROM board")
    if row is None:
        raise LookupError("the board has no head")
    return Head(row["epoch"], row["seq"])


async def board_changes(pool: Pool, since: int, upto: int) -> list[tuple[int, UUID]]:
    """What changed after one number of the feed, up to another, oldest first."""
    return [(row["seq"], row["case_id"]) for row in await pool.fetch(_CHANGES, since, upto)]


async def prune_changes(pool: Pool, keep: timedelta, batch: int = retention.BATCH) -> None:
    """Forget changes older than this: whoever comes back later takes a new snapshot."""
    await retention.run_in_batches(pool, _PRUNE, keep, batch=batch)


async def highest_serial(pool: Pool) -> int:
    """Return the highest serial in any case's number; 0 where there is no case."""
    return await pool.fetchval("SELECT coalesce(max(substring(case_number FROM '[0-9]+$')::bigint), 0) FROM record")


async def today(pool: Pool, since: datetime) -> tuple[int, int]:
    """Cases reported, and cases closed, since midnight."""
    row = await pool.fetchrow(_TODAY, since)
    return (row["received"], row["closed"]) if row else (0, 0)
