"""Releases and the history of entities. They are read from the event store and the table `registry_record`."""

from __future__ import annotations

from typing import Any

import orjson

from contracts.events.registry import REGISTRY_STREAM, ReleasePublished
from services.chassis.database import Pool

_RELEASES = """
    SELECT sequence, convert_from(body, 'UTF8') AS body, time FROM event_store
    WHERE case_id = $1 AND type = $2 AND sequence < $3 ORDER BY sequence DESC LIMIT $4
"""

_HISTORY = """
    WITH published AS (
        SELECT (convert_from(body, 'UTF8')::jsonb ->> 'release')::int AS release, time,
               convert_from(body, 'UTF8')::jsonb ->> 'published_by' AS published_by,
               convert_from(body, 'UTF8')::jsonb ->> 'note' AS note
        FROM event_store WHERE case_id = $1 AND type = $2
    )
    SELECT record.release, record.body::text AS body, published.time, published.published_by, published.note
    FROM registry_record AS record JOIN published USING (release)
    WHERE record.kind = $3 AND record.id = $4 ORDER BY record.release DESC
"""


async def releases(pool: Pool, limit: int, before: int) -> list[dict[str, Any]]:
    """Return at most `limit` releases with sequences below `before`, newest first.

    The sequence of a release is that of its event in the registry's stream of events.
    """
    rows = await pool.fetch(_RELEASES, REGISTRY_STREAM, ReleasePublished.TYPE, before, limit)
    return [{**orjson.loads(row["body"]), "published_at": row["time"], "sequence": row["sequence"]} for row in rows]


async def history(pool: Pool, kind: str, entity_id: str) -> list[dict[str, Any]]:
    """Return all versions of an entity, newest first. `body` is `None` in a version that removed the entity."""
    rows = await pool.fetch(_HISTORY, REGISTRY_STREAM, ReleasePublished.TYPE, kind, entity_id)
    return [
        {
            "release": row["release"],
            "published_at": row["time"],
            "published_by": row["published_by"],
            "note": row["note"] or "",
            "body": orjson.loads(row["body"]) if row["body"] is not None else None,
        }
        for row in rows
    ]
