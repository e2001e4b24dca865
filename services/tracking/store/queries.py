"""Queries about single cases and about the board's feed, which is the table of changed cases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from services.chassis import retention, state_documents
from services.chassis.database import Pool
from services.tracking.domain.recorded_event import RecordedEvent
from services.tracking.domain.summary import Summary
from services.tracking.store.batch import recorded_event_of

_BY_ID = "SELECT case_id, state::text AS state FROM aggregate JOIN record USING (case_id) WHERE case_id = $1"

_BY_NUMBER = """
    SELECT case_id, state::text AS state FROM record JOIN aggregate USING (case_id) WHERE case_number = $1
    ORDER BY case_id LIMIT 1
"""

_EVENTS = """
    SELECT case_id, position, source, sequence, type, time, body FROM event WHERE case_id = $1 ORDER BY position, source
"""

_SUMMARIES = (
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


class StoredCase(NamedTuple):
    """The id and the summary of a case."""

    case_id: UUID
    case: Summary


class BoardHead(NamedTuple):
    """The end of the board's feed: epoch (another one after a rebuild) and last sequence."""

    epoch: str
    seq: int


async def load_case(pool: Pool, name: str) -> StoredCase | None:
    """Return the case with this id or number, or `None`."""
    row = (
        await pool.fetchrow(_BY_NUMBER, name)
        if (case_id := parse_case_id(name)) is None
        else await pool.fetchrow(_BY_ID, case_id)
    )
    return (
        StoredCase(row["case_id"], state_documents.parse_state(Summary, row["case_id"], row["state"])) if row else None
    )


def parse_case_id(name: str) -> UUID | None:
    """Return `name` as a case id; `None` if it is no UUID and therefore a case number."""
    try:
        return UUID(name)
    except ValueError:
        return None


async def load_events(pool: Pool, case_id: UUID) -> list[RecordedEvent]:
    """Return all events of a case, in the order in which they are folded."""
    return [recorded_event_of(row) for row in await pool.fetch(_EVENTS, case_id)]


async def load_summaries(pool: Pool, case_ids: list[UUID]) -> list[StoredCase]:
    """Return the summaries of these cases, in no particular order."""
    rows = await pool.fetch(_SUMMARIES, case_ids)
    return [StoredCase(row["case_id"], state) for row, state in state_documents.readable_rows(Summary, rows)]


async def iterate_open_cases(pool: Pool, size: int = 500) -> AsyncIterator[list[StoredCase]]:
    """Yield every open case, page by page."""
    last = UUID(int=0)
    while rows := await pool.fetch(_OPEN, last, size):
        yield [StoredCase(row["case_id"], state) for row, state in state_documents.readable_rows(Summary, rows)]
        last = rows[-1]["case_id"]


async def load_board_head(pool: Pool) -> BoardHead:
    """Return epoch and last sequence of the board's feed."""
    row = await pool.fetchrow("SELECT epoch, seq FROM board")
    if row is None:
        raise LookupError("the table board is empty; the migration inserts its only row")
    return BoardHead(row["epoch"], row["seq"])


async def load_board_changes(pool: Pool, since: int, upto: int) -> list[tuple[int, UUID]]:
    """Return the changes in the board's feed with a sequence after `since` up to `upto`, oldest first."""
    return [(row["seq"], row["case_id"]) for row in await pool.fetch(_CHANGES, since, upto)]


async def prune_changes(pool: Pool, keep: timedelta, batch: int = retention.BATCH) -> None:
    """Delete changes in the board's feed that are older than `keep`. Clients that need them load a new snapshot."""
    await retention.run_in_batches(pool, _PRUNE, keep, batch=batch)


async def load_highest_serial(pool: Pool) -> int:
    """Return the highest serial number at the end of any case number; 0 if there is no case."""
    return await pool.fetchval("SELECT coalesce(max(substring(case_number FROM '[0-9]+$')::bigint), 0) FROM record")


async def count_today(pool: Pool, since: datetime) -> tuple[int, int]:
    """Return how many real cases were reported, and how many were closed, since this instant."""
    row = await pool.fetchrow(_TODAY, since)
    return (row["received"], row["closed"]) if row else (0, 0)
