"""Queries of photos: which cases own a photo, and who uploaded it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from services.chassis import retention
from services.chassis.case_creation import Insert
from services.chassis.database import Connection, Pool
from services.intake.domain.photos import Owner, Upload

_INSERT_OWNERS = """
    INSERT INTO photo_owner (name, case_id, sha256)
    SELECT name, case_id, name FROM unnest($1::text[], $2::uuid[]) AS named (name, case_id)
    ON CONFLICT DO NOTHING
"""
_MARK_AS_NAMED = """
    UPDATE photo_upload SET named = true
    FROM (
        SELECT uploaded_by, uploaded_sha256 FROM photo_upload
        WHERE sha256 = ANY ($1::text[]) AND uploaded_by = ANY ($2::text[]) AND NOT named
        ORDER BY uploaded_by, uploaded_sha256 FOR UPDATE
    ) AS unnamed
    WHERE photo_upload.uploaded_by = unnamed.uploaded_by AND photo_upload.uploaded_sha256 = unnamed.uploaded_sha256
"""
"""Statement that marks uploads as named by a case.

The statement locks only uploads that change, in the order of their key; otherwise two reports with the same photos
could deadlock.
"""
_OWN_EVIDENCE = """
    WITH evidence AS (
        SELECT given.name, given.case_id, upload.uploaded_by, upload.uploaded_sha256, upload.sha256
        FROM unnest($1::text[], $2::uuid[], $3::text[]) AS given (name, case_id, uploaded_by)
        JOIN photo_upload AS upload ON upload.uploaded_by = given.uploaded_by
         AND given.name IN (upload.sha256, upload.uploaded_sha256)
    ), unnamed AS (
        SELECT uploaded_by, uploaded_sha256 FROM photo_upload
        WHERE (uploaded_by, uploaded_sha256) IN (SELECT uploaded_by, uploaded_sha256 FROM evidence) AND NOT named
        ORDER BY uploaded_by, uploaded_sha256 FOR UPDATE
    ), marked AS (
        UPDATE photo_upload SET named = true FROM unnamed
        WHERE photo_upload.uploaded_by = unnamed.uploaded_by AND photo_upload.uploaded_sha256 = unnamed.uploaded_sha256
    )
    INSERT INTO photo_owner (name, case_id, sha256) SELECT DISTINCT ON (name, case_id) name, case_id, sha256 FROM evidence
    ON CONFLICT DO NOTHING
"""
_SAVE_UPLOAD = """
    INSERT INTO photo_upload (uploaded_by, uploaded_sha256, sha256) VALUES ($1, $2, $3)
    ON CONFLICT (uploaded_by, uploaded_sha256) DO UPDATE
    SET sha256 = excluded.sha256, uploaded_at = now(), named = false
"""
_RESOLVE_NAMES = """
    SELECT DISTINCT ON (asked.name) asked.name, photo_upload.sha256
    FROM unnest($1::text[], $2::text[]) AS asked (name, uploaded_by)
    JOIN photo_upload ON photo_upload.uploaded_by = asked.uploaded_by
     AND asked.name IN (photo_upload.sha256, photo_upload.uploaded_sha256)
"""
_FORGET_UPLOADS = """
    WITH old AS (
        DELETE FROM photo_upload WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM photo_upload WHERE uploaded_at < now() - $1::interval LIMIT $2))
        RETURNING sha256
    ), gone AS (
        INSERT INTO photo_to_delete SELECT DISTINCT sha256 FROM old ON CONFLICT DO NOTHING
    )
    SELECT FROM old
"""
_OWNERS = """
    SELECT photo_owner.case_id, photo_owner.sha256,
           coalesce((aggregate.state->'report'->>'confidential')::boolean, false) AS confidential,
           EXISTS (SELECT FROM confidential_text AS kept WHERE kept.case_id = photo_owner.case_id) AS readable,
           ARRAY (SELECT unit.value FROM jsonb_each_text(aggregate.state->'dispatches') AS unit) AS units
    FROM photo_owner LEFT JOIN aggregate USING (case_id)
    WHERE photo_owner.name = $1
"""
_UPLOADS = """
    SELECT uploaded_by, sha256 FROM photo_upload WHERE (sha256 = $1 OR uploaded_sha256 = $1) AND NOT named
"""
_NEEDED_BY_A_CASE = """
    DELETE FROM photo_to_delete USING photo_owner LEFT JOIN aggregate USING (case_id)
    WHERE photo_owner.sha256 = photo_to_delete.sha256
      AND (NOT coalesce((aggregate.state->'report'->>'confidential')::boolean, false)
           OR EXISTS (SELECT FROM confidential_text AS kept WHERE kept.case_id = photo_owner.case_id))
"""
_NEEDED_BY_AN_UPLOAD = """
    DELETE FROM photo_to_delete USING photo_upload WHERE photo_upload.sha256 = photo_to_delete.sha256 AND NOT photo_upload.named
"""


def owner_rows(case_id: UUID, photos: Sequence[str], uploaders: Sequence[str]) -> list[Insert]:
    """Return the insert statements that make a new case the owner of the photos in its report."""
    if not photos:
        return []
    return [
        Insert(_INSERT_OWNERS, (list(photos), [case_id] * len(photos))),
        Insert(_MARK_AS_NAMED, (list(photos), list(uploaders))),
    ]


async def add_owners(connection: Connection, named: Iterable[tuple[str, UUID, str]]) -> None:
    """Make cases the owners of photos that commands of intake have named.

    Each item of `named` is a photo, a case and an uploader. `resolve_names` has already checked the uploader.
    """
    rows = list(dict.fromkeys(named))
    if not rows:
        return
    photos, cases, uploaders = (list(column) for column in zip(*rows, strict=True))
    await connection.execute(_INSERT_OWNERS, photos, cases)
    await connection.execute(_MARK_AS_NAMED, photos, uploaders)


async def add_evidence_owners(connection: Connection, named: Iterable[tuple[str, UUID, str]]) -> None:
    """Make cases the owners of photos that other services have named.

    Each item of `named` is a photo, a case and an uploader. A photo that this uploader has not uploaded is left out.
    """
    rows = list(dict.fromkeys(named))
    if rows:
        await connection.execute(_OWN_EVIDENCE, *(list(column) for column in zip(*rows, strict=True)))


async def record_upload(pool: Pool, by: str, uploaded_sha256: str, sha256: str) -> None:
    """Record an upload under the hash of the uploaded bytes and the hash of the stored bytes."""
    await pool.execute(_SAVE_UPLOAD, by, uploaded_sha256, sha256)


async def stored_name(pool: Pool, uploaded_sha256: str) -> str | None:
    """Return the name of the photo that was stored earlier from the same uploaded bytes, or `None`."""
    return await pool.fetchval("SELECT sha256 FROM photo_upload WHERE uploaded_sha256 = $1 LIMIT 1", uploaded_sha256)


async def resolve_names(pool: Pool, named: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return requested name → stored name.

    Each item of `named` is a name and an uploader. A photo that this uploader has not uploaded is left out.
    """
    if not named:
        return {}
    names, uploaders = (list(column) for column in zip(*named, strict=True))
    return {row["name"]: row["sha256"] for row in await pool.fetch(_RESOLVE_NAMES, names, uploaders)}


async def owners(pool: Pool, name: str) -> list[Owner]:
    """Return the cases that own a photo."""
    return [
        Owner(row["case_id"], row["sha256"], row["confidential"], row["readable"], frozenset(row["units"]))
        for row in await pool.fetch(_OWNERS, name)
    ]


async def uploads(pool: Pool, name: str) -> list[Upload]:
    """Return those uploads of a photo that no case has named."""
    return [Upload(row["uploaded_by"], row["sha256"]) for row in await pool.fetch(_UPLOADS, name)]


async def forget_uploads(pool: Pool, after: timedelta, batch: int = retention.BATCH) -> int:
    """Forget uploads older than `after`, and note their photos for deletion. Return the number of uploads.

    The age is measured with the database's clock, not with the service's clock.
    """
    return await retention.run_in_batches(pool, _FORGET_UPLOADS, after, batch=batch)


async def deletable_photos(pool: Pool, batch: int = retention.BATCH) -> list[str]:
    """Return at most `batch` photos that are noted for deletion and that nothing needs.

    An ordinary case needs its photos forever, a confidential case until its details are erased. An upload needs its
    photo until a case names the photo or the upload is forgotten.
    """
    await pool.execute(_NEEDED_BY_A_CASE)
    await pool.execute(_NEEDED_BY_AN_UPLOAD)
    return [row["sha256"] for row in await pool.fetch("SELECT sha256 FROM photo_to_delete LIMIT $1", batch)]


async def record_deletion(pool: Pool, sha256: str) -> None:
    """Record that the file of this photo has been deleted."""
    await pool.execute(
        "WITH forgotten AS (DELETE FROM photo_upload WHERE sha256 = $1) DELETE FROM photo_to_delete WHERE sha256 = $1",
        sha256,
    )
