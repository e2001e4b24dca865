"""Rows derived from cases, and queries of cases and tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.common import Mode
from services.chassis import state_documents
from services.chassis.calendars import save_provisional
from services.chassis.database import Connection, Pool
from services.supervision.domain.evaluation.scored_case import ScoredCase, with_scores
from services.supervision.domain.primitives.case import SupervisedCase, SupervisionCase
from services.supervision.store import call_backs, case_index, documents
from services.supervision.store.paging import Page

_SAVE_TASKS = """
    INSERT INTO task (id, case_id, queue, kind, open, grid_code, officer_id, lead_id, claimed_by, excluded, due_at, created_at,
                      case_mode)
    SELECT id, case_id, queue, kind, open, grid_code, officer_id, lead_id, claimed_by, string_to_array(excluded, ','),
           due_at, created_at, case_mode
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::text[])
         AS new (id, case_id, queue, kind, open, grid_code, officer_id, lead_id, claimed_by, excluded, due_at,
                 created_at, case_mode)
    ON CONFLICT (id) DO UPDATE SET open = excluded.open, officer_id = excluded.officer_id,
        lead_id = excluded.lead_id, claimed_by = excluded.claimed_by, excluded = excluded.excluded, due_at = excluded.due_at,
        grid_code = excluded.grid_code
"""

_SAVE_SCORE_ENTRIES = """
    INSERT INTO score_entry (fact_id, number, case_id, kind, subject_id, figure, at, month, value, reason, late, done_at)
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
                         $8::text[], $9::int[], $10::text[], $11::boolean[], $12::timestamptz[])
"""

_LIST_TASKS = """
    SELECT task.id, task.case_id, task.due_at, aggregate.state::text AS state
    FROM task JOIN aggregate USING (case_id)
    WHERE task.open AND task.queue = ANY ($1::text[])
      AND ($2::text IS NULL OR task.officer_id = $2 OR task.lead_id = $2 OR task.claimed_by = $3)
      AND ($4::text[] IS NULL OR task.grid_code = '' OR EXISTS (
            SELECT FROM unnest($4) AS area WHERE starts_with(task.grid_code, area)) OR task.officer_id = $5)
      AND ($6::text IS NULL OR task.kind = $6)
      AND ($7::text IS NULL OR task.case_mode = $7)
      AND ($8::timestamptz IS NULL OR (task.due_at, task.id) > ($8, $9::uuid))
    ORDER BY task.due_at, task.id LIMIT $10
"""


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks a list contains."""

    queues: Sequence[str]
    mine: bool
    account: str
    officer_id: str | None
    areas: Sequence[str]
    mode: Mode | None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task in a list and the state of its case."""

    id: UUID
    case_id: UUID
    due_at: datetime
    state: SupervisedCase


class SupervisionStore:
    """Writes the rows that supervision derives from the cases of a transaction."""

    async def save(self, connection: Connection, cases: list[SupervisionCase]) -> None:
        """Save the rows that changed: tasks, call-backs, score entries, provisional deadlines and the case index.

        Redact the documents that name a case which became confidential.
        """
        await _save_tasks(connection, cases)
        await call_backs.save(connection, cases)
        await _save_score_entries(connection, cases)
        await _save_provisional(connection, cases)
        await case_index.save_cases(connection, cases)
        for case in cases:
            if case.turns_confidential and case.state.registered_at is not None:
                await documents.redact(connection, case.id, case.state.case_number, case.state.registered_at)


async def _save_tasks(connection: Connection, cases: list[SupervisionCase]) -> None:
    rows = [
        (
            task_id,
            case.id,
            task.queue,
            task.kind,
            task.waiting,
            task.grid_code,
            task.officer_id,
            task.lead_id,
            task.claimed_by,
            ",".join(dict.fromkeys((*task.excluded, *task.declined))),
            task.due_at,
            task.created_at,
            case.state.mode,
        )
        for case in cases
        for task_id in case.state.changes.tasks
        if (task := case.state.tasks.get(task_id)) is not None
    ]
    if rows:
        await connection.execute(_SAVE_TASKS, *map(list, zip(*rows, strict=True)))


async def _save_score_entries(connection: Connection, cases: list[SupervisionCase]) -> None:
    rows = [
        (
            each.fact_id,
            each.number,
            case.id,
            each.key.kind,
            each.key.subject_id,
            each.key.figure,
            each.at,
            each.month,
            each.value,
            each.reason,
            each.late,
            each.done_at,
        )
        for case in cases
        for each in with_scores(case.state).scores.entries
    ]
    if rows:
        await connection.execute(_SAVE_SCORE_ENTRIES, *map(list, zip(*rows, strict=True)))


async def _save_provisional(connection: Connection, cases: list[SupervisionCase]) -> None:
    await save_provisional(connection, {case.id: case.state.provisional for case in cases if case.state.changes.clocks})


async def load_state(pool: Pool, case_id: UUID) -> tuple[int, SupervisedCase] | None:
    """Return version and state of one case; `None` if supervision does not know the case."""
    row = await pool.fetchrow("SELECT version, state::text AS state FROM aggregate WHERE case_id = $1", case_id)
    if row is None or row["state"] is None:
        return None
    return row["version"], state_documents.parse_state(ScoredCase, case_id, row["state"])


async def case_of_task(pool: Pool, task_id: UUID) -> UUID | None:
    """Return the id of the case to which a task belongs; `None` if the task is unknown."""
    found: UUID | None = await pool.fetchval("SELECT case_id FROM task WHERE id = $1", task_id)
    return found


async def list_tasks(pool: Pool, which: TaskFilter, page: Page) -> list[OpenTask]:
    """Return open tasks, ordered by deadline."""
    mine = (which.officer_id or "") if which.mine else None

    async def fetch(place: tuple[datetime, UUID] | None, count: int) -> list[Any]:
        return await pool.fetch(
            _LIST_TASKS,
            list(which.queues),
            mine,
            which.account,
            list(which.areas) or None,
            which.officer_id,
            which.kind,
            which.mode,
            *(place or (None, None)),
            count,
        )

    rows = await state_documents.load_page(
        ScoredCase, page.limit, page.after, fetch, lambda row: (row["due_at"], row["id"])
    )
    return [OpenTask(row["id"], row["case_id"], row["due_at"], state) for row, state in rows]
