"""Index of cases by place and time, for handover sheets and digests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.chassis import state_documents
from services.chassis.database import Connection, Pool
from services.supervision.domain.evaluation.scored_case import ScoredCase
from services.supervision.domain.primitives.case import SupervisedCase, SupervisionCase
from services.supervision.domain.roster.digests import DigestCase

_SAVE_CASES = """
    INSERT INTO case_index AS known (case_id, case_number, grid_code, category_id, longitude, latitude, registered_at,
                                       filed_at, open, ended_at, was_overdue)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[], $7::timestamptz[],
                         $8::timestamptz[], $9::boolean[], $10::timestamptz[], $11::boolean[])
    ON CONFLICT (case_id) DO UPDATE SET
        grid_code = excluded.grid_code, category_id = excluded.category_id, longitude = excluded.longitude,
        latitude = excluded.latitude, filed_at = excluded.filed_at, open = excluded.open,
        ended_at = CASE WHEN excluded.open THEN NULL ELSE coalesce(known.ended_at, excluded.ended_at) END,
        was_overdue = excluded.was_overdue
    WHERE (known.grid_code, known.category_id, known.longitude, known.latitude, known.filed_at, known.open,
           known.was_overdue)
       IS DISTINCT FROM
          (excluded.grid_code, excluded.category_id, excluded.longitude, excluded.latitude, excluded.filed_at,
           excluded.open, excluded.was_overdue)
"""

_OPEN_CASES = """
    SELECT case_id, aggregate.state::text AS state FROM case_index JOIN aggregate USING (case_id)
    WHERE open AND (grid_code = '' OR EXISTS (SELECT FROM unnest($1::text[]) AS area WHERE starts_with(grid_code, area)))
"""

_OF_COMMUNITY = """
    SELECT case_id, case_number, grid_code, category_id, longitude, latitude, registered_at, filed_at, open, ended_at,
           was_overdue
    FROM case_index
    WHERE grid_code LIKE $1 || '%' AND filed_at IS NOT NULL AND filed_at < $3
      AND (open OR filed_at >= $2 OR ended_at >= $2)
    ORDER BY filed_at, case_id
"""


async def save_cases(connection: Connection, cases: Sequence[SupervisionCase]) -> None:
    """Save one row per real case (no exercises): place, category and whether the case is open."""
    rows: list[tuple[Any, ...]] = []
    for case in cases:
        state = case.state
        if not case.cause or state.mode != "actual" or state.registered_at is None:
            continue
        where, filed = state.location, state.filed_case
        category_id = filed.category_id if filed is not None and not filed.confidential else None
        rows.append(
            (
                case.id,
                state.case_number,
                where.grid_code if where else "",
                category_id,
                where.longitude if where else None,
                where.latitude if where else None,
                state.registered_at,
                state.filed_at,
                not state.ended,
                None if not state.ended else case.now,
                bool(state.overdue),
            )
        )
    if rows:
        await connection.execute(_SAVE_CASES, *map(list, zip(*rows, strict=True)))


async def open_cases(pool: Pool, areas: Sequence[str]) -> list[tuple[UUID, SupervisedCase]]:
    """Return the open cases of these areas, and the open cases without a known place."""
    rows = await pool.fetch(_OPEN_CASES, list(areas))
    return [(UUID(str(row["case_id"])), state) for row, state in state_documents.readable_rows(ScoredCase, rows)]


async def cases_of_community(pool: Pool, community: str, since: datetime, until: datetime) -> list[DigestCase]:
    """Return the cases of a community that were filed before `until` and were still open at `since` or later."""
    return [DigestCase(**dict(row)) for row in await pool.fetch(_OF_COMMUNITY, community, since, until)]
