"""Queries of storms and control areas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from contracts.common import Actor, Place
from services.chassis.case_creation import Insert
from services.chassis.database import Connection, Pool
from services.intake.domain.areas import Area

_COLUMNS = """id, kind, name, name_en, category_ids, polygon::text AS polygon, starts_at, ends_at, note, answer, answer_en,
    parent_case_id, declared_by::text AS declared_by, declared_at, ended_at"""

_INSERT_AREA = """
    INSERT INTO area (id, kind, name, name_en, category_ids, polygon, starts_at, ends_at, note, answer, answer_en,
                      parent_case_id, declared_by, declared_at)
    VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8, $9, $10, $11, $12, $13::text::jsonb, $14)
"""

_LOG = "INSERT INTO area_log (at, area_id, what, by, text) VALUES ($1, $2, $3, $4::text::jsonb, $5)"

_RUNNING = f"SELECT {_COLUMNS} FROM area WHERE ended_at IS NULL AND ends_at > $1 ORDER BY declared_at, id"

_LISTED = f"""
    SELECT {_COLUMNS},
           (SELECT count(*) FROM report WHERE area_id = area.id AND case_id IS DISTINCT FROM area.parent_case_id) AS reports,
           (SELECT case_number FROM report WHERE case_id = area.parent_case_id) AS parent_number
    FROM area WHERE kind = $1 AND ($2::uuid IS NULL OR id = $2)
      AND ($3::timestamptz IS NULL OR (declared_at, id) < ($3, $4)) ORDER BY declared_at DESC, id DESC LIMIT $5
"""

_CANDIDATES = """
    SELECT case_id, grid_code, longitude, latitude FROM report
    WHERE category_id = ANY ($1::text[]) AND findable_until = 'infinity' AND mode = 'actual'
      AND status IN ('verifying', 'awaiting_filing', 'filed') AND (channel <> 'camera' OR status = 'filed')
      AND reported_at >= $2 AND reported_at < $3 AND area_id IS DISTINCT FROM $4
    ORDER BY registered_at, case_id
"""

_LATE = timedelta(days=1)
"""How long after the end of a storm or control area reports can still be put into it.

A report may be triaged some time after it was made.
"""


@dataclass(frozen=True, slots=True)
class ListedArea:
    """A storm or control area with the number of its reports."""

    area: Area
    reports: int
    """Number of reports collected or answered so far."""
    parent_number: str | None


def insert_rows(area: Area) -> list[Insert]:
    """Return the insert statements for a new storm or control area, and for the first line of its log."""
    return [
        Insert(
            _INSERT_AREA,
            (
                area.id,
                area.kind,
                area.name,
                area.name_en,
                list(area.category_ids),
                orjson.dumps(area.polygon).decode(),
                area.starts_at,
                area.ends_at,
                area.note,
                area.answer,
                area.answer_en,
                area.parent_case_id,
                area.declared_by.model_dump_json(),
                area.declared_at,
            ),
        ),
        Insert(_LOG, (area.declared_at, area.id, "declared", area.declared_by.model_dump_json(), area.note)),
    ]


async def log_action(connection: Connection, area_id: UUID, what: str, by: Actor, text: str, at: datetime) -> None:
    """Log what a person did with a storm or control area. The action `ended` also ends the area."""
    if what == "ended":
        await connection.execute("UPDATE area SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL", area_id, at)
    await connection.execute(_LOG, at, area_id, what, by.model_dump_json(), text)


async def running_areas(pool: Pool | Connection, now: datetime) -> list[Area]:
    """Return the storms and control areas that may still take a report."""
    return [_area(row) for row in await pool.fetch(_RUNNING, now - _LATE)]


async def list_areas(pool: Pool, kind: str, after: tuple[datetime, UUID] | None, limit: int) -> list[ListedArea]:
    """Return storms or control areas, newest declaration first."""
    rows = await pool.fetch(_LISTED, kind, None, *(after or (None, None)), limit)
    return [ListedArea(_area(row), row["reports"], row["parent_number"]) for row in rows]


async def find_area(pool: Pool, kind: str, area_id: UUID) -> ListedArea | None:
    """Return a storm or control area, or `None` if there is none with this id."""
    rows = await pool.fetch(_LISTED, kind, area_id, None, None, 1)
    return ListedArea(_area(rows[0]), rows[0]["reports"], rows[0]["parent_number"]) if rows else None


async def candidates(pool: Pool, area: Area) -> list[tuple[UUID, Place | None]]:
    """Return open cases whose category and time match the storm, with their places.

    Cases that are or were attached to the storm are left out. The calling function must check the places.
    """
    rows = await pool.fetch(_CANDIDATES, list(area.category_ids), area.starts_at, area.ends_at, area.id)
    return [(row["case_id"], _place(row)) for row in rows if row["case_id"] != area.parent_case_id]


def _area(row: Any) -> Area:
    values = {name: row[name] for name in Area.model_fields}
    return Area.model_validate(
        {**values, "polygon": orjson.loads(row["polygon"]), "declared_by": orjson.loads(row["declared_by"])}
    )


def _place(row: Any) -> Place | None:
    if row["grid_code"] is None:
        return None
    return Place(grid_code=row["grid_code"], longitude=row["longitude"], latitude=row["latitude"])
