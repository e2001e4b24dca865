"""Attendance 到岗: turns of officers, and the activities that show attendance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.chassis.database import Pool

Activity = Literal["checked_in", "reported", "verified", "rechecked"]
"""Activity of an officer that shows attendance."""

FIRST_ACTIVITY = """
    LEFT JOIN LATERAL (
        SELECT 'checked_in' AS what, at, point_id, NULL::uuid AS case_id FROM check_in
        WHERE check_in.officer_id = turn.officer_id AND check_in.shift_id = turn.shift_id
          AND check_in.starts_at = turn.starts_at
        UNION ALL
        SELECT figure, coalesce(done_at, at), NULL, case_id FROM score_entry
        WHERE kind = 'officer' AND subject_id = turn.officer_id AND figure IN ('reported', 'verified', 'rechecked') AND value > 0
          AND coalesce(done_at, at) >= turn.starts_at AND coalesce(done_at, at) < turn.ends_at
        ORDER BY at LIMIT 1
    ) AS seen ON true
"""
"""SQL join that adds `seen`, the first known activity of the officer in a `turn`."""

_TURNS = f"""
    (
        SELECT officer_id, shift_id, starts_at, ends_at, count(*)::int AS points FROM patrol_duty
        WHERE month = ANY ($1::text[]) AND ($2::text IS NULL OR officer_id = $2)
        GROUP BY officer_id, shift_id, starts_at, ends_at
    ) AS turn {FIRST_ACTIVITY}
"""

_ATTENDANCE = f"SELECT officer_id, count(*) AS due, count(seen.at) AS attended FROM {_TURNS} GROUP BY officer_id"

_ATTENDED_TURNS = f"""
    SELECT turn.shift_id, turn.starts_at, turn.ends_at, turn.points, seen.what, seen.at, seen.point_id,
           CASE WHEN $3::text[] IS NULL OR EXISTS (
                SELECT FROM unnest($3) AS area
                WHERE starts_with(coalesce(aggregate.state->'filed_case'->>'grid_code', aggregate.state->'location'->>'grid_code'), area)
           ) THEN aggregate.state->>'case_number' END AS case_number
    FROM {_TURNS} LEFT JOIN aggregate ON aggregate.case_id = seen.case_id
    WHERE (seen.at IS NOT NULL OR NOT $4::boolean)
      AND ($5::timestamptz IS NULL OR (turn.starts_at, turn.shift_id) > ($5, $6::text))
    ORDER BY turn.starts_at, turn.shift_id LIMIT $7
"""


@dataclass(frozen=True, slots=True)
class AttendedTurn:
    """A turn with duty points and the first known activity of its officer."""

    shift_id: str
    starts_at: datetime
    ends_at: datetime
    points: int
    what: Activity | None
    """Kind of the activity; `None` if no activity is known."""
    at: datetime | None
    """When the activity was done, even if the terminal handed it in later; `None` without an activity."""
    point_id: str | None
    """Duty point of a check-in; `None` for other activities."""
    case_number: str | None
    """Number of the case of a report or task; `None` for a check-in, or if the reader may not see the case."""


async def count_attendance(pool: Pool, months: Sequence[str], officer_id: str | None) -> Mapping[str, dict[str, int]]:
    """Return officer → `shift_due` and `shift_attended` in these months.

    A turn belongs to the month of its start. A turn is attended if the officer checked in, reported or did a task
    during the turn.
    """
    rows = await pool.fetch(_ATTENDANCE, list(months), officer_id)
    return {row["officer_id"]: {"shift_due": row["due"], "shift_attended": row["attended"]} for row in rows}


async def list_turns(
    pool: Pool,
    officer_id: str,
    months: Sequence[str],
    areas: Sequence[str],
    after: tuple[datetime, Sequence[str]] | None,
    limit: int,
    *,
    attended: bool,
) -> list[AttendedTurn]:
    """Return the turns that `shift_due` counts or, with `attended`, those that `shift_attended` counts, oldest first.

    `areas` limits the cases whose numbers are shown (none: all).
    """
    since, key = after or (None, (None,))
    rows = await pool.fetch(
        _ATTENDED_TURNS, list(months), officer_id, list(areas) or None, attended, since, *key, limit
    )
    return [AttendedTurn(**dict(row)) for row in rows]
