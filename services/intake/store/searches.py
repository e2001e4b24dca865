"""Searches: reports near another report, waiting reports and tasks, and cases by reference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.common import Mode
from contracts.registry.settings import DuplicateRules
from services.chassis.coordinates import Point, distance_m
from services.chassis.database import Connection, Pool
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain.duplicates import ComparableReport, related_categories
from services.intake.domain.problems import CaseUnknown
from services.intake.domain.upstream import UpstreamOrder
from services.intake.store.rows import cells_around

_COLUMNS = """
    report.case_id, report.case_number, report.category_id, report.component_id, report.longitude, report.latitude,
    report.accuracy_m, report.reported_at, report.registered_at, report.channel, report.mode, report.status <> 'reported' AS triaged,
    nullif(report.findable_until, 'infinity') AS ended_at
"""

_WAITING = f"""
    SELECT {_COLUMNS} FROM report
    WHERE status = 'reported' AND NOT EXISTS (SELECT FROM quarantine
                                              WHERE task = $2 AND quarantine.case_id = report.case_id AND next_try > now())
    ORDER BY registered_at LIMIT $1
"""

_NEAR = f"""
    SELECT near.place, found.* FROM unnest($1::int[], $2::text[], $3::bigint[], $4::text[])
        AS near (place, category_id, cell, mode)
    CROSS JOIN LATERAL (
        SELECT {_COLUMNS} FROM report
        WHERE report.category_id = near.category_id AND report.cell = near.cell AND report.mode = near.mode
          AND report.findable_until > $5 AND report.status <> 'not_filed'
        ORDER BY report.findable_until DESC LIMIT 50
    ) AS found
    UNION ALL
    SELECT same.place, found.* FROM unnest($6::int[], $7::text[], $8::text[]) AS same (place, component_id, mode)
    CROSS JOIN LATERAL (
        SELECT {_COLUMNS} FROM report
        WHERE report.component_id = same.component_id AND report.mode = same.mode
          AND report.findable_until > $5 AND report.status <> 'not_filed'
        ORDER BY report.findable_until DESC LIMIT 50
    ) AS found
"""

_NOT_FOUND = f"""
    SELECT {_COLUMNS} FROM report
    WHERE category_id = $1 AND cell = ANY($2::bigint[]) AND mode = $3 AND status = 'not_filed' AND findable_until > $4
    ORDER BY registered_at, case_id LIMIT 50
"""

_ORDER = "SELECT case_id FROM report WHERE mode = $1 AND order_channel = $2 AND order_number = $3"


@dataclass(frozen=True, slots=True)
class WaitingReport:
    """A report that waits for triage."""

    known: ComparableReport
    channel: str
    mode: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A waiting report, and the categories of the reports that it is compared with."""

    waiting: WaitingReport
    categories: Sequence[str]
    """Categories of the reports to compare with the waiting report; empty if it is never compared."""


async def waiting_reports(pool: Pool, task: str, limit: int) -> list[WaitingReport]:
    """Return reports that wait for triage, oldest first.

    Reports that failed in `task` and wait for their next attempt are left out.
    """
    rows = await pool.fetch(_WAITING, limit, task)
    return [WaitingReport(_comparable(row), row["channel"], row["mode"]) for row in rows]


async def comparable_reports(
    connection: Connection | Pool, wanted: Sequence[Comparison], rules: DuplicateRules, now: datetime
) -> dict[UUID, list[ComparableReport]]:
    """Return for each report the open and recently closed reports that may be about the same problem."""
    radius = max(rules.attach_metres, rules.suggest_metres, rules.recurrence_metres)
    cells: list[tuple[int, str, int, str]] = []
    components: list[tuple[int, str, str]] = []
    for place, each in enumerate(wanted):
        known, mode = each.waiting.known, each.waiting.mode
        if known.point is not None:
            around = cells_around(known.point, radius)
            cells += [(place, category, number, mode) for category in each.categories for number in around]
        if known.component_id is not None and each.categories:
            components.append((place, known.component_id, mode))
    found: dict[UUID, dict[UUID, ComparableReport]] = {each.waiting.known.case_id: {} for each in wanted}
    if cells or components:
        since = now - timedelta(days=rules.recurrence_days)
        rows = await connection.fetch(_NEAR, *_arrays(cells, 4), since, *_arrays(components, 3))
        for row in rows:
            found[wanted[row["place"]].waiting.known.case_id][row["case_id"]] = _comparable(row)
    return {case_id: list(others.values()) for case_id, others in found.items()}


async def reports_around(
    pool: Pool, category_id: str, point: Point, district: RegistrySnapshot, now: datetime
) -> list[tuple[float, ComparableReport]]:
    """Return cases of this and related categories near a point, nearest first, each with its distance in metres."""
    here = ComparableReport(UUID(int=0), "", category_id, None, point, None, now, now)
    around = Comparison(
        WaitingReport(here, "", "actual"), related_categories(district.categories[category_id], district)
    )
    rules = district.settings.duplicates
    found = (await comparable_reports(pool, [around], rules, now))[here.case_id]
    pairs = [(distance_m(point, known.point), known) for known in found if known.point is not None]
    pairs = [pair for pair in pairs if pair[0] <= max(rules.suggest_metres, rules.recurrence_metres)]
    return sorted(pairs, key=lambda pair: (pair[0], pair[1].case_id))


async def not_found_near(
    pool: Pool, category_id: str, point: Point, mode: str, metres: float, since: datetime
) -> list[ComparableReport]:
    """Return reports of this category near this point whose problem was not found on site, oldest first.

    The search uses whole cells, so the calling function must check the distance.
    """
    rows = await pool.fetch(_NOT_FOUND, category_id, cells_around(point, metres), mode, since)
    return [_comparable(row) for row in rows]


async def open_task_counts(connection: Connection | Pool) -> dict[tuple[Mode, str], int]:
    """Return mode and officer id → number of open verification tasks."""
    rows = await connection.fetch(
        "SELECT mode, task_officer, count(*) AS tasks FROM report"
        " WHERE task_mode IS NOT NULL AND task_officer IS NOT NULL GROUP BY mode, task_officer"
    )
    return {(row["mode"], row["task_officer"]): row["tasks"] for row in rows}


async def without_officer(pool: Pool) -> list[tuple[UUID, str]]:
    """Return case and grid of each open verification task on site without an officer, most urgent first."""
    rows = await pool.fetch(
        "SELECT case_id, task_grid FROM report WHERE task_mode = 'site' AND task_officer IS NULL"
        " AND task_grid IS NOT NULL ORDER BY task_due_at, case_id"
    )
    return [(row["case_id"], row["task_grid"]) for row in rows]


async def lock_keys(connection: Connection, keys: Iterable[int]) -> None:
    """Lock these keys until the transaction ends, so that searches with a common key run one after another."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted (key, place)"
        " ORDER BY place",
        sorted(set(keys)),
    )


async def case_of(pool: Pool, reference: str) -> UUID:
    """Return the id of the case with this id or case number. Raises `CaseUnknown` for an unknown number."""
    try:
        return UUID(reference)
    except ValueError:
        found: UUID | None = await pool.fetchval("SELECT case_id FROM report WHERE case_number = $1", reference)
        if found is None:
            raise CaseUnknown(case=reference) from None
        return found


async def case_of_order(pool: Pool, order: UpstreamOrder) -> UUID | None:
    """Return the id of the case of an upstream order or hand-over, or `None` if there is none."""
    found: UUID | None = await pool.fetchval(_ORDER, order.mode, order.channel_number, order.number)
    return found


async def case_of_task(pool: Pool, task_id: UUID) -> UUID | None:
    """Return the id of the case whose open or last verification task this is, or `None`."""
    found: UUID | None = await pool.fetchval("SELECT case_id FROM report WHERE task_id = $1", task_id)
    return found


def _comparable(row: Any) -> ComparableReport:
    return ComparableReport(
        case_id=row["case_id"],
        number=row["case_number"],
        category_id=row["category_id"],
        component_id=row["component_id"],
        point=(row["longitude"], row["latitude"]) if row["longitude"] is not None else None,
        accuracy_m=row["accuracy_m"],
        reported_at=row["reported_at"],
        registered_at=row["registered_at"],
        ended_at=row["ended_at"],
        triaged=row["triaged"],
    )


def _arrays(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
