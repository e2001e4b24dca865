"""The table `assist`: one row for each officer of a request for help 协助, derived from the state of the request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.chassis import state_documents
from services.chassis.database import Connection, Pool
from services.chassis.months import month_of
from services.supervision.domain.evaluation.scored_case import ScoredCase
from services.supervision.domain.primitives.assist import Assist, ShareStatus
from services.supervision.domain.primitives.case import SupervisionCase
from services.supervision.store.cases import SupervisionStore
from services.supervision.store.paging import Page

_SAVE = """
    INSERT INTO assist (
        request_id, officer_id, unit_id, admission_id, community, status, hours, asked_at, due_at, month
    )
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[],
                         $8::timestamptz[], $9::timestamptz[], $10::text[])
    ON CONFLICT (request_id, officer_id) DO UPDATE SET status = excluded.status, hours = excluded.hours
"""

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"

_HOURS = """
    SELECT officer_id, sum(hours) AS hours FROM assist
    WHERE admission_id = $1 AND month = $2 AND officer_id = ANY ($3::text[]) GROUP BY officer_id
"""

_LIST = """
    SELECT found.request_id, found.due_at, aggregate.version, aggregate.state::text AS state
    FROM (
        SELECT DISTINCT request_id, due_at FROM assist
        WHERE ($1::text IS NULL OR unit_id = $1) AND ($2::text IS NULL OR officer_id = $2)
          AND ($3::text[] IS NULL OR EXISTS (SELECT FROM unnest($3) AS area WHERE starts_with(community, area)))
          AND ($4::text[] IS NULL OR status = ANY ($4))
          AND ($8::text IS NULL OR month = $8)
          AND ($5::timestamptz IS NULL OR (due_at, request_id) > ($5, $6::uuid))
        ORDER BY due_at, request_id LIMIT $7
    ) AS found JOIN aggregate ON aggregate.case_id = found.request_id
    ORDER BY found.due_at, found.request_id
"""

_BURDEN = """
    SELECT unit_id, community, admission_id, count(DISTINCT request_id) AS requests, count(*) AS shares,
           count(*) FILTER (WHERE status = 'done') AS done, count(*) FILTER (WHERE status = 'refused') AS refused,
           count(*) FILTER (WHERE status = 'open') AS open, count(*) FILTER (WHERE status = 'accepted') AS accepted, count(*) FILTER (WHERE status = 'lapsed') AS lapsed, sum(hours) AS hours,
           coalesce(sum(hours) FILTER (WHERE status = 'done'), 0) AS hours_spent
    FROM assist
    WHERE month = $1 AND status <> 'withdrawn' AND ($2::text IS NULL OR unit_id = $2)
      AND ($3::text[] IS NULL OR EXISTS (SELECT FROM unnest($3) AS area WHERE starts_with(community, area)))
    GROUP BY unit_id, community, admission_id ORDER BY unit_id, community, admission_id
"""


@dataclass(frozen=True, slots=True)
class AssistFilter:
    """Which requests for help a list contains."""

    unit_id: str | None = None
    officer_id: str | None = None
    areas: Sequence[str] = ()
    statuses: tuple[ShareStatus, ...] = ()
    month: str | None = None
    """Month in which the help is due, `yyyy-mm`."""


@dataclass(frozen=True, slots=True)
class FoundAssist:
    """A request for help in a list."""

    request_id: UUID
    version: int
    assist: Assist


class SupervisionStoreWithAssists(SupervisionStore):
    """Writes the rows of cases and of requests for help."""

    async def save(self, connection: Connection, cases: list[SupervisionCase]) -> None:
        """Save the rows of cases, then the rows of requests for help."""
        await super().save(connection, cases)
        await _save_shares(connection, cases)


async def _save_shares(connection: Connection, cases: list[SupervisionCase]) -> None:
    rows = [
        (
            case.id,
            officer_id,
            assist.unit_id,
            assist.admission_id,
            assist.community,
            share.status,
            share.hours,
            assist.asked_at,
            assist.due_at,
            month_of(assist.due_at, case.district.zone),
        )
        for case in cases
        if (assist := case.state.assist) is not None
        for officer_id, share in assist.shares.items()
    ]
    if rows:
        await connection.execute(_SAVE, *map(list, zip(*rows, strict=True)))


async def hours_of_month(
    connection: Connection, admission_id: str, month: str, officers: Sequence[str]
) -> dict[str, float]:
    """Return officer → hours requested under this item in the month.

    Lock the item and the month until the transaction ends.
    """
    await connection.execute(_LOCK, f"assist/{admission_id}/{month}")
    rows = await connection.fetch(_HOURS, admission_id, month, list(officers))
    return {row["officer_id"]: row["hours"] for row in rows}


async def load_assist(pool: Pool, request_id: UUID) -> FoundAssist | None:
    """Return the request for help with this id; `None` if there is none."""
    row = await pool.fetchrow("SELECT version, state::text AS state FROM aggregate WHERE case_id = $1", request_id)
    if row is None or row["state"] is None:
        return None
    assist = state_documents.parse_state(ScoredCase, request_id, row["state"]).assist
    return FoundAssist(request_id, row["version"], assist) if assist is not None else None


async def list_assists(pool: Pool, filters: AssistFilter, page: Page) -> list[FoundAssist]:
    """Return requests for help, ordered by the date when the help is due."""

    async def fetch(place: tuple[datetime, UUID] | None, count: int) -> list[Any]:
        areas, statuses = list(filters.areas) or None, list(filters.statuses) or None
        after = place or (None, None)
        return await pool.fetch(
            _LIST, filters.unit_id, filters.officer_id, areas, statuses, *after, count, filters.month
        )

    rows = await state_documents.load_page(
        ScoredCase, page.limit, page.after, fetch, lambda row: (row["due_at"], row["request_id"]), "request_id"
    )
    found = [(row, state.assist) for row, state in rows]
    return [FoundAssist(row["request_id"], row["version"], assist) for row, assist in found if assist is not None]


async def burden(pool: Pool, month: str, unit_id: str | None, areas: Sequence[str]) -> list[dict[str, Any]]:
    """Return the help that each unit requested of each community in the month, by item.

    Withdrawn parts are left out.
    """
    return [dict(row) for row in await pool.fetch(_BURDEN, month, unit_id, list(areas) or None)]
