"""Queries of hotline calls, with or without a report.

Of the caller, only a keyed hash of the phone number is stored, for a limited time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.common import Actor
from services.chassis.database import Connection, Pool

_BEGIN = """
    INSERT INTO call (id, call_ref, channel_number, phone_hash, keep_until, begun_at, taken_by, taken_name)
    VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8)
"""

_END = """
    UPDATE call SET result = $2, note = $3, knowledge_id = $4, about_case = $5, ended_at = $6
    WHERE id = $1 AND result IS NULL
"""

_ONE = """
    SELECT id, call_ref, channel_number, begun_at, taken_by::text AS taken_by, result, note, knowledge_id, about_case, ended_at
    FROM call WHERE id = $1
"""

_REPORTS = "SELECT case_id, case_number, status FROM report WHERE call_id = $1 ORDER BY registered_at, case_id"

_FIGURES = """
    SELECT coalesce(result, CASE WHEN EXISTS (SELECT FROM report WHERE call_id = call.id) THEN 'reported' ELSE 'open' END)
           AS result, count(*) AS calls
    FROM call WHERE begun_at >= $1 AND begun_at < $2 GROUP BY 1 ORDER BY 1
"""

_BY_DAY = """
    SELECT to_char(begun_at AT TIME ZONE $3, 'YYYY-MM-DD') AS day, channel_number, taken_by->>'id' AS desk,
           coalesce(result, CASE WHEN reports > 0 THEN 'reported' ELSE 'open' END) AS result,
           max(taken_name) AS name, count(*)::int AS calls, (count(*) FILTER (WHERE reports > 0))::int AS reporting,
           sum(reports)::int AS reports
    FROM call, LATERAL (SELECT count(*) AS reports FROM report WHERE call_id = call.id) AS made
    WHERE begun_at >= $1 AND begun_at < $2 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3
"""

_SIBLINGS = """
    SELECT mine.case_id, other.case_id AS sibling FROM report AS mine JOIN report AS other USING (call_id)
    WHERE mine.case_id = ANY ($1::uuid[]) AND (other.registered_at, other.case_id) < (mine.registered_at, mine.case_id)
      AND other.mode = mine.mode
    ORDER BY other.registered_at, other.case_id
"""


_FORGET = """
    UPDATE call SET note = '', about_case = NULL
    WHERE about_case = ANY ($1::uuid[])
       OR id IN (SELECT call_id FROM report WHERE case_id = ANY ($1::uuid[]) AND call_id IS NOT NULL)
"""


async def forget_confidential(connection: Connection, case_ids: Sequence[UUID]) -> None:
    """Remove notes and case references of calls about these cases, which have become confidential.

    This includes the calls in which the cases were reported.
    """
    await connection.execute(_FORGET, case_ids)


async def begin(
    connection: Connection,
    call_id: UUID,
    call_ref: str | None,
    channel_number: str,
    caller: tuple[bytes, datetime] | None,
    taken_by: Actor,
    taken_name: str,
    at: datetime,
) -> None:
    """Insert a call. `caller` is the keyed hash of the caller's number and the time when the hash expires."""
    phone_hash, keep_until = caller or (None, None)
    await connection.execute(
        _BEGIN, call_id, call_ref, channel_number, phone_hash, keep_until, at, taken_by.model_dump_json(), taken_name
    )


async def end(
    connection: Connection,
    call_id: UUID,
    result: str,
    note: str,
    knowledge_id: str | None,
    about: UUID | None,
    at: datetime,
) -> None:
    """Store the result of a call. A second result for the same call changes nothing."""
    await connection.execute(_END, call_id, result, note, knowledge_id, about, at)


async def find_call(pool: Pool, call_id: UUID) -> dict[str, Any] | None:
    """Return a call with the reports made in it, or `None`."""
    row = await pool.fetchrow(_ONE, call_id)
    if row is None:
        return None
    return {**dict(row), "reports": [dict(each) for each in await pool.fetch(_REPORTS, call_id)]}


async def figures(pool: Pool, since: datetime, until: datetime) -> dict[str, int]:
    """Return result → number of calls, for the calls that began in the period."""
    return {row["result"]: row["calls"] for row in await pool.fetch(_FIGURES, since, until)}


@dataclass(slots=True)
class DeskDay:
    """The numbers of calls that one desk took on one day for one hotline number."""

    day: str
    """The day as `yyyy-mm-dd`, in local time."""
    channel_number: str
    desk: str
    """Id of the account, or of the API key of the hotline's own system."""
    name: str = ""
    """Name of the account at that time."""
    calls: int = 0
    reporting: int = 0
    """Number of calls with at least one report."""
    reports: int = 0
    results: dict[str, int] = field(default_factory=dict[str, int])
    """Result → number of calls without a report."""


async def by_day(pool: Pool, since: datetime, until: datetime, zone: str) -> list[DeskDay]:
    """Return the numbers of calls in a period by day, hotline number and desk."""
    found: dict[tuple[str, str, str], DeskDay] = {}
    for row in await pool.fetch(_BY_DAY, since, until, zone):
        key = row["day"], row["channel_number"], row["desk"]
        day = found.setdefault(key, DeskDay(*key))
        day.name = max(day.name, row["name"])
        day.calls += row["calls"]
        day.reporting += row["reporting"]
        day.reports += row["reports"]
        if quiet := row["calls"] - row["reporting"]:
            day.results[row["result"]] = quiet
    return list(found.values())


async def earlier_in_same_call(connection: Connection, case_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Return for each report the reports that were made earlier in the same call and in the same mode."""
    found: dict[UUID, list[UUID]] = {}
    for row in await connection.fetch(_SIBLINGS, list(case_ids)):
        found.setdefault(row["case_id"], []).append(row["sibling"])
    return found
