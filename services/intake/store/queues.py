"""Queries of the desk's queue, of officers' tasks, and of single cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.common import Mode
from services.chassis import state_documents
from services.chassis.database import Pool
from services.intake.domain.case import IntakeCase

_IN_AREA = "(cardinality($1::text[]) = 0 OR {grid} IS NULL OR {grid} ^@ ANY($1::text[]))"

_DESK = f"""
    SELECT report.case_id, report.desk, report.desk_due_at AS due_at, aggregate.version, aggregate.state::text AS state
    FROM report JOIN aggregate USING (case_id)
    WHERE report.desk IS NOT NULL AND ($2::text IS NULL OR report.desk = $2)
      AND {_IN_AREA.format(grid="report.grid_code")} AND ($6::text IS NULL OR report.mode = $6)
      AND (report.desk_due_at, report.case_id) > ($3, $4)
    ORDER BY report.desk_due_at, report.case_id LIMIT $5
"""

_TASKS = """
    SELECT report.case_id, report.desk, report.task_due_at AS due_at, aggregate.version, aggregate.state::text AS state
    FROM report JOIN aggregate USING (case_id)
    WHERE report.task_mode = 'site' AND ($6::text IS NULL OR report.mode = $6)
      AND ($1 IN (report.task_officer, report.task_lead) OR (report.task_officer IS NULL AND report.task_grid = ANY($2::text[])))
      AND (report.task_due_at, report.case_id) > ($3, $4)
    ORDER BY report.task_due_at, report.case_id LIMIT $5
"""

_ONE = "SELECT case_id, ''::text AS desk, NULL::timestamptz AS due_at, version, state::text AS state FROM aggregate WHERE case_id = $1"


@dataclass(frozen=True, slots=True)
class Entry:
    """A case as a query returns it."""

    case_id: UUID
    kind: str
    """Kind of work that waits for the desk; empty for a single case."""
    due_at: datetime | None
    version: int
    state: IntakeCase


PageStart = tuple[datetime, UUID]
"""Position where the last page ended: deadline and case."""


async def desk_queue(
    pool: Pool, areas: Sequence[str], kind: str | None, mode: Mode | None, after: PageStart, limit: int
) -> list[Entry]:
    """Return the cases that wait for the desk, most urgent first. A case without a place belongs to every area.

    `kind` limits the list to one kind of work, `mode` to cases of one mode.
    """
    return await _page(pool, _DESK, (list(areas), kind), after, limit, mode)


async def officer_tasks(
    pool: Pool, officer_id: str, grids: Sequence[str], mode: Mode | None, after: PageStart, limit: int
) -> list[Entry]:
    """Return an officer's open tasks on site: assigned or escalated to the officer, or unassigned in their grids.

    `mode` limits the list to cases of one mode.
    """
    return await _page(pool, _TASKS, (officer_id, list(grids)), after, limit, mode)


async def find_case(pool: Pool, case_id: UUID) -> Entry | None:
    """Return a case; `None` if there is none with this id or it has no report."""
    row = await pool.fetchrow(_ONE, case_id)
    if row is None or row["state"] is None:
        return None
    state = state_documents.parse_state(IntakeCase, case_id, row["state"])
    return _entry(row, state) if state.report is not None else None


async def _page(
    pool: Pool, statement: str, whose: tuple[Any, Any], after: PageStart, limit: int, mode: Mode | None
) -> list[Entry]:
    async def fetch(place: PageStart | None, count: int) -> list[Any]:
        return await pool.fetch(statement, *whose, *(place or after), count, mode)

    rows = await state_documents.load_page(IntakeCase, limit, after, fetch, lambda row: (row["due_at"], row["case_id"]))
    return [_entry(row, state) for row, state in rows]


def _entry(row: Any, state: IntakeCase) -> Entry:
    return Entry(row["case_id"], row["desk"], row["due_at"], row["version"], state)
