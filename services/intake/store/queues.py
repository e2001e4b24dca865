"""Lists: the desk's queue and the tasks of officers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.places import Mode
from services.chassis.database import Pool
from services.intake.domain.case import IntakeCase

_IN_AREA = "(cardinality($1::text[]) = 0 OR {grid} IS NULL OR {grid} ^@ ANY($1::text[]))"

_DESK = f"""
    SELECT report.case_id, report.desk, report.desk_due_at AS due_at, head.sent, head.state::text AS state
    FROM report JOIN head USING (case_id)
    WHERE report.desk IS NOT NULL AND ($2::text IS NULL OR report.desk = $2)
      AND {_IN_AREA.format(grid="report.grid_code")} AND ($6::text IS NULL OR report.mode = $6)
      AND (report.desk_due_at, report.case_id) > ($3, $4)
    ORDER BY report.desk_due_at, report.case_id LIMIT $5
"""

_TASKS = """
    SELECT report.case_id, report.desk, report.task_due_at AS due_at, head.sent, head.state::text AS state
    FROM report JOIN head USING (case_id)
    WHERE report.task_mode = 'site' AND ($6::text IS NULL OR report.mode = $6)
      AND ($1 IN (report.task_officer, report.task_lead) OR (report.task_officer IS NULL AND report.task_grid = ANY($2::text[])))
      AND (report.task_due_at, report.case_id) > ($3, $4)
    ORDER BY report.task_due_at, report.case_id LIMIT $5
"""

_ONE = "SELECT case_id, ''::text AS desk, NULL::timestamptz AS due_at, sent, state::text AS state FROM head WHERE case_id = $1"


@dataclass(frozen=True, slots=True)
class Entry:
    """A case in a list."""

    case_id: UUID
    kind: str
    """What the desk owes; empty outside the queue."""
    due_at: datetime | None
    version: int
    state: IntakeCase


Page = tuple[datetime, UUID]
"""Where the page before ended: due instant and case."""


async def desk(
    pool: Pool, areas: Sequence[str], kind: str | None, mode: Mode | None, after: Page, limit: int
) -> list[Entry]:
    """What waits for the desk, most urgent first; cases without a place are everybody's. Only of a mode, if one is given."""
    return _entries(await pool.fetch(_DESK, list(areas), kind, *after, limit, mode))


async def tasks(
    pool: Pool, officer_id: str, grids: Sequence[str], mode: Mode | None, after: Page, limit: int
) -> list[Entry]:
    """An officer's open site tasks, those put before them as grid lead, and those of their grids that nobody has. Only of a
    mode, if one is given.
    """
    return _entries(await pool.fetch(_TASKS, officer_id, list(grids), *after, limit, mode))


async def one(pool: Pool, case_id: UUID) -> Entry | None:
    """A case as intake knows it."""
    found = _entries(await pool.fetch(_ONE, case_id))
    return found[0] if found and found[0].state.report is not None else None


def _entries(rows: Sequence[Any]) -> list[Entry]:
    return [
        Entry(
            row["case_id"], row["desk"], row["due_at"], row["sent"],
            IntakeCase.model_validate_json(row["state"]) if row["state"] else IntakeCase(),
        )
        for row in rows
    ]  # fmt: skip
