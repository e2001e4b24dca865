"""Which cases name a photo, and who brought it before any did."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from uuid import UUID

from services.chassis import retention
from services.chassis.birth import Row
from services.chassis.database import Connection, Pool
from services.intake.domain.photos import Naming

_NAME = """
    INSERT INTO photo_of (sha256, case_id) SELECT * FROM unnest($1::text[], $2::uuid[]) ON CONFLICT DO NOTHING
"""
_BELONGS = "DELETE FROM photo_upload WHERE sha256 = ANY ($1::text[])"
_UPLOADED = """
    INSERT INTO photo_upload (sha256, uploaded_by)
    SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM photo_of WHERE sha256 = $1)
    ON CONFLICT (sha256, uploaded_by) DO UPDATE SET uploaded_at = now()
"""
_NEVER_NAMED = """
    WITH old AS (
        DELETE FROM photo_upload WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM photo_upload AS earlier WHERE uploaded_at < now() - $1::interval
            AND NOT EXISTS (SELECT FROM photo_upload AS later
                            WHERE later.sha256 = earlier.sha256 AND later.uploaded_at >= now() - $1::interval)
            LIMIT $2))
        RETURNING sha256
    ), gone AS (
        INSERT INTO photo_gone SELECT DISTINCT sha256 FROM old
        WHERE NOT EXISTS (SELECT FROM photo_of WHERE photo_of.sha256 = old.sha256)
        ON CONFLICT DO NOTHING
    )
    SELECT FROM old
"""
_NAMINGS = """
    SELECT photo_of.case_id, coalesce((head.state->'report'->>'confidential')::boolean, false) AS confidential,
           EXISTS (SELECT FROM confidential_text AS kept WHERE kept.case_id = photo_of.case_id) AS readable,
           ARRAY (SELECT unit.value FROM jsonb_each_text(head.state->'orders') AS unit) AS units
    FROM photo_of LEFT JOIN head USING (case_id)
    WHERE photo_of.sha256 = $1
"""
_NEEDED = """
    DELETE FROM photo_gone USING photo_of LEFT JOIN head USING (case_id)
    WHERE photo_of.sha256 = photo_gone.sha256
      AND (NOT coalesce((head.state->'report'->>'confidential')::boolean, false)
           OR EXISTS (SELECT FROM confidential_text AS kept WHERE kept.case_id = photo_of.case_id))
"""


def named_rows(case_id: UUID, names: Collection[str]) -> list[Row]:
    """The photos of a report, as statements of its birth: from now on they are its."""
    if not names:
        return []
    return [Row(_NAME, (list(names), [case_id] * len(names))), Row(_BELONGS, (list(names),))]


async def name(connection: Connection, named: Iterable[tuple[str, UUID]]) -> None:
    """Photos, each with a case that names it from now on. Asks nothing of the database where there are none."""
    pairs = list(dict.fromkeys(named))
    if not pairs:
        return
    names = [photo for photo, _ in pairs]
    await connection.execute(_NAME, names, [case_id for _, case_id in pairs])
    await connection.execute(_BELONGS, names)


async def uploaded(pool: Pool, sha256: str, by: str) -> None:
    """Somebody (empty: who is not signed in) brought a photo; of one that a case names it is not kept."""
    await pool.execute(_UPLOADED, sha256, by)


async def namings(pool: Pool, sha256: str) -> list[Naming]:
    """The cases that name a photo."""
    return [
        Naming(row["case_id"], row["confidential"], row["readable"], frozenset(row["units"]))
        for row in await pool.fetch(_NAMINGS, sha256)
    ]


async def uploaders(pool: Pool, sha256: str) -> list[str]:
    """Who brought a photo that no case names."""
    return [
        row["uploaded_by"] for row in await pool.fetch("SELECT uploaded_by FROM photo_upload WHERE sha256 = $1", sha256)
    ]


async def forget_unnamed(pool: Pool, after: timedelta, batch: int = retention.BATCH) -> int:
    """Note as gone what was brought so long ago, in real time, and no case has named. Returns how many uploads."""
    return await retention.in_batches(pool, _NEVER_NAMED, after, batch=batch)


async def unneeded(pool: Pool, batch: int = retention.BATCH) -> list[str]:
    """At most `batch` photos noted as gone: of erased confidential cases, and never named. What another case needs is none of them. What another one needs stays for as long as that needs
    it: a plain case for good, a confidential one until it is erased itself.
    """
    await pool.execute(_NEEDED)
    return [row["sha256"] for row in await pool.fetch("SELECT sha256 FROM photo_gone LIMIT $1", batch)]


async def removed(pool: Pool, sha256: str) -> None:
    """The file of this photo is gone."""
    await pool.execute("DELETE FROM photo_gone WHERE sha256 = $1", sha256)
