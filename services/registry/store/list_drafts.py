"""Drafts of the responsibility list in the database, and the search for later changes of their entries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contracts.registry import Responsibility
from services.chassis.database import Connection, Pool
from services.registry.domain.list_draft import ListDraft
from services.registry.domain.problems import DraftChanged, DraftUnknown

_PAGE = """
    SELECT body::text AS body FROM list_draft
    WHERE ($1::text IS NULL OR state = $1)
      AND ($2::timestamptz IS NULL OR (updated_at, id) < ($2, $3::uuid))
    ORDER BY updated_at DESC, id DESC LIMIT $4
"""

_CHANGED_SINCE = """
    SELECT id, max(release) AS release FROM registry_record
    WHERE kind = $1 AND id = ANY ($2::text[]) AND release > $3 GROUP BY id
"""


async def page(pool: Pool, state: str | None, after: tuple[datetime, UUID] | None, limit: int) -> list[ListDraft]:
    """Return a page of drafts, most recently updated first. `state` selects drafts, and `None` selects all."""
    moment, draft_id = after or (None, None)
    rows = await pool.fetch(_PAGE, state, moment, draft_id, limit)
    return [ListDraft.load(row["body"]) for row in rows]


async def get(pool: Pool, draft_id: UUID) -> ListDraft:
    """Return the draft with this id. Raises `DraftUnknown`."""
    body = await pool.fetchval("SELECT body::text FROM list_draft WHERE id = $1", draft_id)
    if body is None:
        raise DraftUnknown(draft=str(draft_id))
    return ListDraft.load(body)


async def add(connection: Connection, draft: ListDraft) -> None:
    """Store a new draft."""
    await connection.execute(
        "INSERT INTO list_draft (id, state, version, updated_at, body) VALUES ($1, $2, $3, $4, $5::text::jsonb)",
        draft.id,
        draft.state,
        draft.version,
        draft.steps[-1].at,
        draft.to_document(),
    )


async def save(connection: Connection, draft: ListDraft) -> None:
    """Store the next version of a draft. Raises `DraftChanged` if this version or a later one is stored already."""
    done = await connection.execute(
        "UPDATE list_draft SET state = $3, version = $2, updated_at = $4, body = $5::text::jsonb"
        " WHERE id = $1 AND version = $2 - 1",
        draft.id,
        draft.version,
        draft.state,
        draft.steps[-1].at,
        draft.to_document(),
    )
    if done != "UPDATE 1":
        raise DraftChanged(yours=draft.version - 1, current="–")


async def changed_since(pool: Pool, entries: Sequence[str], release: int) -> dict[str, int]:
    """Return entry id → last release that changed or removed it, for entries that changed after this release."""
    rows = await pool.fetch(_CHANGED_SINCE, Responsibility.KIND, list(entries), release)
    return {row["id"]: row["release"] for row in rows}
