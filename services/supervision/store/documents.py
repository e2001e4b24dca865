"""Rows of handover sheets and digests.

A document is written once. Each side signs a sheet once; a digest is confirmed once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from services.chassis.database import Connection, Pool
from services.supervision.domain.roster.digests import Digest, digest_id
from services.supervision.domain.roster.digests import redacted as redacted_digest
from services.supervision.domain.roster.shift_handover import Sheet, Side, sheet_id
from services.supervision.domain.roster.shift_handover import redacted as redacted_sheet


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed a handover sheet or confirmed a digest, and when."""

    by: str
    """Account of the person who signed or confirmed."""
    name: str
    """Name of that account at that time."""
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class SignedSheet:
    """A handover sheet and its signatures."""

    id: UUID
    written_at: datetime
    sheet: Sheet
    signatures: dict[Side, Signature]


DocumentKind = Literal["sheets", "digests"]

_TABLES: dict[DocumentKind, str] = {"sheets": "shift_handover", "digests": "digest"}


async def missing_documents(pool: Pool, kind: DocumentKind, ids: Sequence[UUID]) -> list[UUID]:
    """Return, in the given order, the ids of documents that are not stored."""
    if not ids:
        return []
    rows = await pool.fetch(f"SELECT id FROM {_TABLES[kind]} WHERE id = ANY ($1::uuid[])", list(ids))
    kept = {row["id"] for row in rows}
    return [each for each in ids if each not in kept]


async def save_sheet(connection: Connection, sheet: Sheet, written_at: datetime) -> None:
    """Save the handover sheet of a shift change. A sheet that is already stored stays."""
    await connection.execute(
        "INSERT INTO shift_handover (id, centre_id, changes_at, written_at, sheet) VALUES ($1, $2, $3, $4, $5::jsonb)"
        " ON CONFLICT DO NOTHING",
        sheet_id(sheet.centre_id, sheet.changes_at),
        sheet.centre_id,
        sheet.changes_at,
        written_at,
        sheet.model_dump_json(),
    )


async def load_sheet(pool: Pool, sheet_id_: UUID) -> SignedSheet | None:
    """Return the handover sheet with this id; `None` if there is none."""
    found = [_sheet(row) for row in await pool.fetch(f"SELECT {_SHEET} FROM shift_handover WHERE id = $1", sheet_id_)]
    return found[0] if found else None


async def list_sheets(pool: Pool, centres: Sequence[str], before: datetime | None, limit: int) -> list[SignedSheet]:
    """Return at most `limit` shift handover sheets of these centres, with changes of shift before `before`.

    The latest is first. The lists of cases are not loaded.
    """
    rows = await pool.fetch(
        f"SELECT {_HEAD} FROM shift_handover WHERE centre_id = ANY ($1::text[])"
        " AND ($2::timestamptz IS NULL OR changes_at < $2) ORDER BY changes_at DESC, centre_id LIMIT $3",
        list(centres),
        before,
        limit,
    )
    return [_sheet(row) for row in rows]


async def sheets_of_period(pool: Pool, centres: Sequence[str], since: datetime, until: datetime) -> list[SignedSheet]:
    """Return the sheets of changes in `[since, until)` without their cases, the latest first."""
    rows = await pool.fetch(
        f"SELECT {_HEAD} FROM shift_handover WHERE centre_id = ANY ($1::text[])"
        " AND changes_at >= $2 AND changes_at < $3 ORDER BY changes_at DESC, centre_id",
        list(centres),
        since,
        until,
    )
    return [_sheet(row) for row in rows]


async def sign_sheet(connection: Connection, sheet_id_: UUID, side: Side, signature: Signature) -> bool:
    """Sign a handover sheet for the outgoing or the incoming shift. Return False if that shift has already signed."""
    done: str = await connection.execute(
        f"UPDATE shift_handover SET {side}_by = $2, {side}_name = $3, {side}_at = $4, {side}_note = $5"
        f" WHERE id = $1 AND {side}_by IS NULL",
        sheet_id_,
        signature.by,
        signature.name,
        signature.at,
        signature.note,
    )
    return done == "UPDATE 1"


@dataclass(frozen=True, slots=True)
class ConfirmedDigest:
    """A digest and its confirmation."""

    id: UUID
    written_at: datetime
    digest: Digest
    confirmed: Signature | None


async def save_digest(connection: Connection, digest: Digest, written_at: datetime) -> None:
    """Save the digest of a period. A digest that is already stored stays."""
    await connection.execute(
        "INSERT INTO digest (id, kind, community, begins_on, written_at, digest) VALUES ($1, $2, $3, $4, $5, $6::jsonb)"
        " ON CONFLICT DO NOTHING",
        digest_id(digest.kind, digest.community, digest.begins_on),
        digest.kind,
        digest.community,
        digest.begins_on,
        written_at,
        digest.model_dump_json(),
    )


async def load_digest(pool: Pool, digest_id_: UUID) -> ConfirmedDigest | None:
    """Return the digest with this id; `None` if there is none."""
    found = [_digest(row) for row in await pool.fetch(f"SELECT {_DIGEST} FROM digest WHERE id = $1", digest_id_)]
    return found[0] if found else None


After = tuple[date, str, str]
"""Sort key of a digest: first day of the period, community and kind."""


async def list_digests(
    pool: Pool, areas: Sequence[str], kind: str | None, after: After | None, limit: int
) -> list[ConfirmedDigest]:
    """Return digests of communities in these areas (none: all), the latest first.

    `after` is the sort key of the last digest of the page before.
    """
    rows = await pool.fetch(
        f"SELECT {_DIGEST} FROM digest WHERE ($1::text IS NULL OR kind = $1) AND (cardinality($2::text[]) = 0"
        " OR EXISTS (SELECT FROM unnest($2) AS area WHERE starts_with(community, area) OR starts_with(area, community)))"
        " AND ($3::date IS NULL OR begins_on < $3 OR begins_on = $3 AND (community, kind) > ($4::text, $5::text))"
        " ORDER BY begins_on DESC, community, kind LIMIT $6",
        kind,
        list(areas),
        *(after or (None, None, None)),
        limit,
    )
    return [_digest(row) for row in rows]


async def confirm_digest(connection: Connection, digest_id_: UUID, signature: Signature) -> bool:
    """Confirm a digest. Return False if it is already confirmed."""
    done: str = await connection.execute(
        "UPDATE digest SET confirmed_by = $2, confirmed_name = $3, confirmed_at = $4, note = $5"
        " WHERE id = $1 AND confirmed_by IS NULL",
        digest_id_,
        signature.by,
        signature.name,
        signature.at,
        signature.note,
    )
    return done == "UPDATE 1"


async def redact(connection: Connection, case_id: UUID, number: str, since: datetime) -> None:
    """Remove the details of a case that became confidential from handover sheets and digests.

    `since` is when the case was reported; no document written earlier names the case.
    """
    for row in await connection.fetch(_SHEETS_WITH_CASE, since, f'[{{"case_id": "{case_id}"}}]'):
        sheet = redacted_sheet(Sheet.model_validate_json(row["sheet"]), case_id)
        await connection.execute(
            "UPDATE shift_handover SET sheet = $2::text::jsonb WHERE id = $1", row["id"], sheet.model_dump_json()
        )
    for row in await connection.fetch(_DIGESTS_WITH_CASE, since, number):
        digest = redacted_digest(Digest.model_validate_json(row["digest"]), number)
        await connection.execute(
            "UPDATE digest SET digest = $2::text::jsonb WHERE id = $1", row["id"], digest.model_dump_json()
        )


_SHEETS_WITH_CASE = """
    SELECT id, sheet::text AS sheet FROM shift_handover
    WHERE written_at >= $1 AND sheet->'cases' @> $2::text::jsonb FOR UPDATE
"""
_DIGESTS_WITH_CASE = """
    SELECT id, digest::text AS digest FROM digest
    WHERE written_at >= $1 AND strpos(digest::text, $2) > 0 FOR UPDATE
"""

_SIGNED = (
    "outgoing_by, outgoing_name, outgoing_at, outgoing_note, incoming_by, incoming_name, incoming_at, incoming_note"
)
_SHEET = f"id, written_at, sheet::text AS sheet, {_SIGNED}"
_HEAD = f"id, written_at, jsonb_set(sheet, '{{cases}}', '[]')::text AS sheet, {_SIGNED}"
_DIGEST = "id, written_at, digest::text AS digest, confirmed_by, confirmed_name, confirmed_at, note"
_SIDES: tuple[Side, ...] = ("outgoing", "incoming")


def _sheet(row: Any) -> SignedSheet:
    signatures: dict[Side, Signature] = {
        side: Signature(row[f"{side}_by"], row[f"{side}_name"], row[f"{side}_at"], row[f"{side}_note"])
        for side in _SIDES
        if row[f"{side}_by"] is not None
    }
    return SignedSheet(UUID(str(row["id"])), row["written_at"], Sheet.model_validate_json(row["sheet"]), signatures)


def _digest(row: Any) -> ConfirmedDigest:
    confirmed = (
        Signature(row["confirmed_by"], row["confirmed_name"], row["confirmed_at"], row["note"])
        if row["confirmed_by"]
        else None
    )
    return ConfirmedDigest(
        UUID(str(row["id"])), row["written_at"], Digest.model_validate_json(row["digest"]), confirmed
    )
