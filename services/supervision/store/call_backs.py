"""Rows of reporters whom the intake desk must call back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.common import Mode
from services.chassis import state_documents
from services.chassis.database import Connection, Pool
from services.supervision.domain.evaluation.scored_case import ScoredCase
from services.supervision.domain.primitives import access
from services.supervision.domain.primitives.case import SupervisedCase, SupervisionCase
from services.supervision.store.paging import Page

_SAVE = """
    INSERT INTO call_back (case_id, report_id, grid_code, due_at, mode)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[])
    ON CONFLICT (case_id, report_id) DO UPDATE SET grid_code = excluded.grid_code, due_at = excluded.due_at
"""

_DELETE = """
    DELETE FROM call_back USING unnest($1::uuid[], $2::uuid[]) AS gone (case_id, report_id)
    WHERE call_back.case_id = gone.case_id AND call_back.report_id = gone.report_id
      AND call_back.case_id = ANY($1::uuid[])
"""

_LIST = """
    SELECT call_back.case_id, call_back.report_id, call_back.due_at, aggregate.state::text AS state
    FROM call_back JOIN aggregate USING (case_id)
    WHERE ($1::text[] IS NULL OR EXISTS (SELECT FROM unnest($1) AS area WHERE starts_with(grid_code, area)))
      AND ($2::text IS NULL OR mode = $2)
      AND ($3::timestamptz IS NULL OR (due_at, report_id) > ($3, $4::uuid))
    ORDER BY due_at, report_id LIMIT $5
"""


@dataclass(frozen=True, slots=True)
class CallBack:
    """A reporter to call back, and the state of the case."""

    case_id: UUID
    report_id: UUID
    due_at: datetime
    state: SupervisedCase


async def save(connection: Connection, cases: Sequence[SupervisionCase]) -> None:
    """Save a row for each changed report whose feedback is awaited, and delete the rows of other changed reports."""
    waiting: list[tuple[Any, ...]] = []
    gone: list[tuple[Any, ...]] = []
    for case in cases:
        for report_id in case.state.changes.reports:
            report = case.state.reports.get(report_id)
            if report is not None and report.asked == "waiting" and report.call_due_at is not None:
                grid_code = access.grid_of(case.state) or ""
                waiting.append((case.id, report_id, grid_code, report.call_due_at, case.state.mode))
            else:
                gone.append((case.id, report_id))
    for statement, rows in ((_SAVE, waiting), (_DELETE, gone)):
        if rows:
            await connection.execute(statement, *map(list, zip(*rows, strict=True)))


async def list_due(pool: Pool, areas: Sequence[str], mode: Mode | None, page: Page) -> list[CallBack]:
    """Return the reporters to call back in these areas (none: the whole district), ordered by deadline.

    A case without a known place is in no area.
    """

    async def fetch(place: tuple[datetime, UUID] | None, count: int) -> list[Any]:
        return await pool.fetch(_LIST, list(areas) or None, mode, *(place or (None, None)), count)

    rows = await state_documents.load_page(
        ScoredCase, page.limit, page.after, fetch, lambda row: (row["due_at"], row["report_id"])
    )
    return [CallBack(row["case_id"], row["report_id"], row["due_at"], state) for row, state in rows]
