"""Queries of personal data: encrypted reporters and confidential details, and the log of every access."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from contracts.common import Photo
from contracts.events.acceptance import VerificationRecorded
from contracts.events.acceptance.reporters import InformationAdded
from services.chassis import retention
from services.chassis.auth import Caller
from services.chassis.case_creation import Insert
from services.chassis.database import Connection, Pool
from services.intake.store.encryption import Encrypted

AccessKind = Literal["reporter", "phone_lookup", "confidential_text", "confidential_photo", "confidential_place"]

_INSERT_REPORTER = """
    INSERT INTO reporter
        (case_id, reporter_ref, key_id, encrypted, contact_consent, phone_hash, keep_until, code_hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_COPY_REPORTER = """
    INSERT INTO reporter (case_id, reporter_ref, key_id, encrypted, contact_consent, phone_hash, keep_until)
    SELECT $2, $3, $4, $5, contact_consent, phone_hash, keep_until FROM reporter WHERE case_id = $1
"""
_INSERT_CONFIDENTIAL = "INSERT INTO confidential_text (case_id, key_id, encrypted) VALUES ($1, $2, $3)"
_SAVE_CONFIDENTIAL = f"""
    {_INSERT_CONFIDENTIAL} ON CONFLICT (case_id) DO UPDATE SET key_id = excluded.key_id, encrypted = excluded.encrypted
"""
_LOG = """
    INSERT INTO access_log (at, what, case_id, caller_kind, caller_id, unit_id, reason, once, call)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING id
"""
_ERASE_HASHES = """
    UPDATE reporter SET phone_hash = NULL WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM reporter WHERE keep_until <= $1 AND phone_hash IS NOT NULL LIMIT $2))
"""
_ERASE_CALLERS = """
    UPDATE call SET phone_hash = NULL WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM call WHERE keep_until <= $1 AND phone_hash IS NOT NULL LIMIT $2))
"""
_ERASE_REPORTERS = """
    DELETE FROM reporter WHERE ctid = ANY (ARRAY (
        SELECT reporter.ctid FROM reporter JOIN report USING (case_id) JOIN aggregate USING (case_id)
        LEFT JOIN report AS host ON host.case_id = (aggregate.state->>'attached_to')::uuid
        WHERE reporter.keep_until <= $1 AND (report.ended_at IS NOT NULL OR host.ended_at IS NOT NULL) LIMIT $2))
"""
_ERASE_TEXTS = """
    WITH erased AS (
        DELETE FROM confidential_text WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM confidential_text WHERE erase_at <= $1 LIMIT $2))
        RETURNING case_id
    ), photos AS (
        INSERT INTO photo_to_delete (sha256) SELECT DISTINCT sha256 FROM photo_owner JOIN erased USING (case_id) ON CONFLICT DO NOTHING
    )
    SELECT FROM erased
"""
_OLDER = """
    SELECT report.case_id, report.case_number, report.status, report.category_id, report.grid_code, report.reported_at
    FROM reporter JOIN report USING (case_id) JOIN aggregate USING (case_id)
    WHERE reporter.phone_hash = $1 AND reporter.keep_until > $2
      AND coalesce(report.category_id, '') <> ALL ($3::text[])
      AND NOT coalesce((aggregate.state->'report'->>'confidential')::boolean, false)
    ORDER BY report.reported_at DESC LIMIT 50
"""
_ADDITIONS = """
    SELECT newest.version, event.body
    FROM (SELECT coalesce(max(sequence), 0) AS version FROM event_store WHERE case_id = $1) AS newest
    LEFT JOIN event_store AS event ON event.case_id = $1 AND event.type = ANY ($2::text[])
    ORDER BY event.sequence
"""
"""Query of a case's version and of the events that added information.

The query is one statement, so that version and events come from one database snapshot. If there are no such events, the
result is one row without a body.
"""


_ADDING_EVENTS = (InformationAdded.TYPE, VerificationRecorded.TYPE)
"""Event types that add text or photos to a report."""


class AddedInformation(BaseModel):
    """Text and photos that one event added to a report."""

    text: str = ""
    note: str = ""
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True, slots=True)
class ReporterRecord:
    """A row of the table `reporter`."""

    reporter_ref: UUID
    keep_until: datetime
    encrypted: Encrypted | None = None
    contact_consent: bool = False
    phone_hash: bytes | None = None
    code_hash: bytes | None = None


def reporter_row(case_id: UUID, reporter: ReporterRecord) -> Insert:
    """Return the insert statement for a reporter."""
    encrypted = reporter.encrypted
    return Insert(
        _INSERT_REPORTER,
        (
            case_id,
            reporter.reporter_ref,
            encrypted.key_id if encrypted else "",
            encrypted.data if encrypted else None,
            reporter.contact_consent,
            reporter.phone_hash,
            reporter.keep_until,
            reporter.code_hash,
        ),
    )


def confidential_row(case_id: UUID, encrypted: Encrypted) -> Insert:
    """Return the insert statement for the encrypted details of a confidential case."""
    return Insert(_INSERT_CONFIDENTIAL, (case_id, encrypted.key_id, encrypted.data))


async def find_reporter(pool: Pool, case_id: UUID) -> ReporterRecord | None:
    """Return the stored reporter of this case, or `None` if there is none."""
    row = await pool.fetchrow("SELECT * FROM reporter WHERE case_id = $1", case_id)
    if row is None:
        return None
    return ReporterRecord(
        reporter_ref=row["reporter_ref"],
        keep_until=row["keep_until"],
        encrypted=Encrypted(row["key_id"], row["encrypted"]) if row["encrypted"] else None,
        contact_consent=row["contact_consent"],
        phone_hash=row["phone_hash"],
        code_hash=row["code_hash"],
    )


async def older_cases(
    pool: Pool, phone_hash: bytes, now: datetime, confidential_categories: Iterable[str]
) -> list[dict[str, object]]:
    """Return the cases of earlier reports from a phone number, latest first.

    Confidential cases and reports of type `tip` are left out.
    """
    return [dict(row) for row in await pool.fetch(_OLDER, phone_hash, now, list(confidential_categories))]


async def log_access(
    pool: Pool,
    what: AccessKind,
    case_id: UUID | None,
    caller: Caller,
    reason: str,
    at: datetime,
    *,
    once: bool = False,
    call: str | None = None,
) -> bool:
    """Record an access to personal data, before the data is returned.

    Return False if the access is refused because it was recorded before: `once` allows one access per unit, `call` one
    access per call-back.
    """
    found = await pool.fetchval(_LOG, at, what, case_id, caller.kind, caller.id, caller.unit_id, reason, once, call)
    return found is not None


async def load_additions(pool: Pool, case_id: UUID) -> tuple[list[AddedInformation], int]:
    """Return what reporters and officers added to a report, oldest first, and the version of its case.

    The version is 0 if the case has no events.
    """
    rows = await pool.fetch(_ADDITIONS, case_id, _ADDING_EVENTS)
    added = [
        AddedInformation.model_validate_json(row["body"], extra="ignore") for row in rows if row["body"] is not None
    ]
    return added, rows[0]["version"]


async def save_confidential(connection: Connection, case_id: UUID, encrypted: Encrypted) -> None:
    """Store the encrypted details of a confidential case, replacing earlier ones."""
    await connection.execute(_SAVE_CONFIDENTIAL, case_id, encrypted.key_id, encrypted.data)


async def copy_reporter_to_part(
    connection: Connection, case_id: UUID, part_id: UUID, reporter_ref: UUID, encrypted: Encrypted | None
) -> None:
    """Copy the reporter to a case that was split off. The query code stays with the original case only."""
    key_id, data = (encrypted.key_id, encrypted.data) if encrypted else ("", None)
    await connection.execute(_COPY_REPORTER, case_id, part_id, reporter_ref, key_id, data)


async def find_confidential(pool: Pool, case_id: UUID) -> Encrypted | None:
    """Return the encrypted details of a confidential case; `None` if there are none or they are erased."""
    row = await pool.fetchrow("SELECT key_id, encrypted FROM confidential_text WHERE case_id = $1", case_id)
    return Encrypted(row["key_id"], row["encrypted"]) if row else None


async def erase_due(pool: Pool, now: datetime, batch: int = retention.BATCH) -> int:
    """Erase personal data whose retention time has ended. Return how many rows changed.

    A phone hash is erased on the day of its expiry. The reporter's name, number and query code are erased on the same
    day or, if the case is still open then, when the case or the case that it is attached to has ended. The details of a
    confidential case are erased some days after the case ended, and its photos are noted for deletion;
    `photos.deletable_photos` returns those that no other case needs.
    """
    statements = (_ERASE_HASHES, _ERASE_CALLERS, _ERASE_REPORTERS, _ERASE_TEXTS)
    return sum([await retention.run_in_batches(pool, each, now, batch=batch) for each in statements])
