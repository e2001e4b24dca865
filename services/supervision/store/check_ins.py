"""Due patrol visits and check-ins, and the figures derived from them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.chassis import retention
from services.chassis.database import Connection, Pool
from services.chassis.months import month_of
from services.supervision.domain.roster.outages import Outage
from services.supervision.domain.roster.patrol import DuePoint, Duty, Position, Visit
from services.supervision.store import turns
from services.supervision.store.paging import Page

_WRITE_DUTIES = """
    INSERT INTO patrol_duty (shift_id, starts_at, point_id, ends_at, officer_id, grid_code, due, month)
    SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::timestamptz[], $5::text[], $6::text[],
                         $7::int[], $8::text[])
    ON CONFLICT DO NOTHING
"""

_SAVE_VISITS = """
    INSERT INTO check_in (id, shift_id, starts_at, point_id, number, officer_id, at, distance_m, longitude, latitude,
                          accuracy_m, received_at, account)
    SELECT new.*, $12, $13
    FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::int[], $6::text[], $7::timestamptz[],
                $8::float8[], $9::float8[], $10::float8[], $11::float8[]) AS new
    ON CONFLICT (id) DO NOTHING
"""

_VISITS = """
    SELECT id, shift_id, starts_at, point_id, officer_id, number, at, distance_m
    FROM check_in WHERE officer_id = $1 AND starts_at >= $2 AND starts_at <= $3 ORDER BY at, id
"""

_COUNTED_VISITS = """
    SELECT check_in.id, shift_id, starts_at, point_id, check_in.officer_id, number, at, distance_m
    FROM check_in JOIN patrol_duty USING (shift_id, starts_at, point_id)
    WHERE patrol_duty.officer_id = $1 AND patrol_duty.month = ANY ($2::text[])
      AND ($3::timestamptz IS NULL OR (at, check_in.id) > ($3, $4::uuid))
    ORDER BY at, check_in.id LIMIT $5
"""

_DUE_POINTS = """
    SELECT shift_id, starts_at, ends_at, point_id, grid_code, due, visited FROM patrol_figure
    WHERE officer_id = $1 AND month = ANY ($2::text[])
      AND ($3::timestamptz IS NULL OR (starts_at, shift_id, point_id) > ($3, $4::text, $5::text))
    ORDER BY starts_at, shift_id, point_id LIMIT $6
"""

_ERASE_POSITIONS = """
    UPDATE check_in SET longitude = NULL, latitude = NULL, accuracy_m = NULL WHERE id IN (
        SELECT id FROM check_in WHERE at < $1 AND longitude IS NOT NULL LIMIT $2)
"""
_PATROL_TURNS = f"""
    SELECT turn.*, seen.at AS seen_at, seen.what AS attended_by FROM (
        SELECT officer_id, shift_id, starts_at, ends_at, count(*)::int AS points,
               (count(*) FILTER (WHERE visited > 0))::int AS points_visited, sum(due)::int AS due, sum(visited)::int AS visited,
               coalesce(array_agg(point_id ORDER BY point_id) FILTER (WHERE visited < due), '{{}}') AS not_done,
               array(SELECT at FROM check_in
                     WHERE check_in.shift_id = patrol_figure.shift_id AND check_in.starts_at = patrol_figure.starts_at
                       AND check_in.point_id = ANY (array_agg(patrol_figure.point_id)) ORDER BY at) AS times
        FROM patrol_figure
        WHERE month = ANY ($1::text[]) AND ($2::text IS NULL OR officer_id = $2)
          AND (cardinality($3::text[]) = 0 OR EXISTS (SELECT FROM unnest($3) AS area WHERE starts_with(grid_code, area)))
          AND ($4::timestamptz IS NULL OR (starts_at, officer_id, shift_id) > ($4, $5::text, $6::text))
        GROUP BY officer_id, shift_id, starts_at, ends_at ORDER BY starts_at, officer_id, shift_id LIMIT 500
    ) AS turn {turns.FIRST_ACTIVITY} ORDER BY starts_at, officer_id, shift_id
"""

_COMPLETION = """
    SELECT officer_id, sum(due) AS due, sum(visited) AS visited FROM patrol_figure
    WHERE starts_at >= $1 AND starts_at < $2
      AND (cardinality($3::text[]) = 0 OR EXISTS (SELECT FROM unnest($3) AS area WHERE starts_with(grid_code, area)))
    GROUP BY officer_id ORDER BY officer_id
"""

_SCORES = """
    SELECT officer_id, sum(due) AS due, sum(visited) AS visited, count(DISTINCT (month, point_id)) AS points,
           count(DISTINCT (month, point_id)) FILTER (WHERE visited > 0) AS points_visited
    FROM patrol_figure
    WHERE month = ANY ($1::text[]) AND ($2::text IS NULL OR officer_id = $2) GROUP BY officer_id
"""


@dataclass(frozen=True, slots=True)
class Completion:
    """Number of patrol visits of an officer, due and made."""

    due: int
    visited: int


@dataclass(frozen=True, slots=True)
class TurnReport:
    """A turn of an officer with its visits due and made."""

    officer_id: str
    shift_id: str
    starts_at: datetime
    ends_at: datetime
    points: int
    points_visited: int
    due: int
    """Number of visits due in the turn."""
    visited: int
    """Number of visits made, counted at each point up to the number due."""
    not_done: Sequence[str]
    """Ids of the points with fewer visits than due."""
    times: Sequence[datetime]
    """Times of all visits, in order."""
    seen_at: datetime | None
    """Time of the officer's first activity during the turn; `None` if there was none."""
    attended_by: turns.Activity | None
    """Kind of the activity at `seen_at`; `None` if there was none."""


async def write_duties(connection: Connection, rounds: Sequence[Duty], zone: ZoneInfo) -> None:
    """Save the visits due in turns that have begun. A saved row is never changed."""
    rows = [
        (
            each.shift_id,
            each.starts_at,
            point.id,
            each.ends_at,
            each.officer_id,
            point.grid,
            point.visits_per_shift,
            month,
        )
        for each in rounds
        for month in (month_of(each.starts_at, zone),)
        for point in each.points
    ]
    if rows:
        await connection.execute(_WRITE_DUTIES, *map(list, zip(*rows, strict=True)))


async def load_progress(pool: Pool, what: str) -> datetime | None:
    """Return up to which instant the worker has written turns, sheets or digests (`what`).

    Return `None` before the first time.
    """
    found: datetime | None = await pool.fetchval("SELECT until FROM roster_progress WHERE what = $1", what)
    return found


async def save_progress(connection: Connection, what: str, until: datetime) -> None:
    """Save up to which instant the worker has written turns, sheets or digests (`what`)."""
    await connection.execute(
        "INSERT INTO roster_progress (what, until) VALUES ($1, $2)"
        " ON CONFLICT (what) DO UPDATE SET until = greatest(roster_progress.until, excluded.until)",
        what,
        until,
    )


async def save_outage(connection: Connection, outage: Outage) -> None:
    """Save an outage of the system."""
    await connection.execute(
        "INSERT INTO outage (since, until) VALUES ($1, $2) ON CONFLICT DO NOTHING", outage.since, outage.until
    )


async def outages_since(pool: Pool, since: datetime) -> list[Outage]:
    """Return outages that ended after `since`."""
    rows = await pool.fetch("SELECT since, until FROM outage WHERE until > $1 ORDER BY since", since)
    return [Outage(since=row["since"], until=row["until"]) for row in rows]


async def save_visits(
    connection: Connection, visits: Sequence[tuple[Visit, Position]], account: str, received_at: datetime
) -> None:
    """Save visits. A visit that is already stored stays as it is.

    Raises `asyncpg.UniqueViolationError` if the number of a new visit is taken.
    """
    rows = [
        (
            visit.id,
            visit.shift_id,
            visit.starts_at,
            visit.point_id,
            visit.number,
            visit.officer_id,
            visit.at,
            visit.distance_m,
            position.point[0],
            position.point[1],
            position.accuracy_m,
        )
        for visit, position in visits
    ]
    if rows:
        await connection.execute(_SAVE_VISITS, *map(list, zip(*rows, strict=True)), received_at, account)


async def list_visits(pool: Pool, officer_id: str, since: datetime, until: datetime) -> list[Visit]:
    """Return an officer's visits in turns that began in `[since, until]`, in order."""
    return [Visit(**dict(row)) for row in await pool.fetch(_VISITS, officer_id, since, until)]


async def list_visits_of_months(pool: Pool, officer_id: str, months: Sequence[str], page: Page) -> list[Visit]:
    """Return the visits of an officer that count in these months, oldest first."""
    after: tuple[datetime, UUID] | tuple[None, None] = page.after or (None, None)
    return [
        Visit(**dict(row)) for row in await pool.fetch(_COUNTED_VISITS, officer_id, list(months), *after, page.limit)
    ]


async def list_due_points(
    pool: Pool, officer_id: str, months: Sequence[str], after: tuple[datetime, Sequence[str]] | None, limit: int
) -> list[DuePoint]:
    """Return the duty points that were due for an officer in these months, by turn and point.

    `after` is the sort key of the last point of the page before.
    """
    since, key = after or (None, (None, None))
    rows = await pool.fetch(_DUE_POINTS, officer_id, list(months), since, *key, limit)
    return [DuePoint(**dict(row)) for row in rows]


async def turn_reports(
    pool: Pool, months: Sequence[str], officer_id: str | None, areas: Sequence[str]
) -> AsyncIterator[TurnReport]:
    """Yield the turns of these months, of one officer or of all, with duty points in these areas (none: all)."""
    after: tuple[datetime | None, str | None, str | None] = (None, None, None)
    while rows := await pool.fetch(_PATROL_TURNS, list(months), officer_id, list(areas), *after):
        for row in rows:
            yield TurnReport(**row)
        after = rows[-1]["starts_at"], rows[-1]["officer_id"], rows[-1]["shift_id"]


async def count_completion(pool: Pool, since: datetime, until: datetime, areas: Sequence[str]) -> dict[str, Completion]:
    """Return officer → visits due and made in turns that began in `[since, until)`, in these areas (none: all)."""
    rows = await pool.fetch(_COMPLETION, since, until, list(areas))
    return {row["officer_id"]: Completion(row["due"], row["visited"]) for row in rows}


async def count_patrol(pool: Pool, months: Sequence[str], officer_id: str | None = None) -> dict[str, dict[str, int]]:
    """Return officer → patrol figures of these months.

    `points_due` and `points_visited` count a point once per month.
    """
    rows = await pool.fetch(_SCORES, list(months), officer_id)
    attended = await turns.count_attendance(pool, months, officer_id)
    return {
        row["officer_id"]: {
            "patrol_due": row["due"],
            "patrol_visited": row["visited"],
            "points_due": row["points"],
            "points_visited": row["points_visited"],
            **attended[row["officer_id"]],
        }
        for row in rows
    }


async def erase_positions(pool: Pool, before: datetime, batch: int = retention.BATCH) -> int:
    """Erase officers' positions of check-ins made before this instant. Return how many positions were erased."""
    return await retention.run_in_batches(pool, _ERASE_POSITIONS, before, batch=batch)
