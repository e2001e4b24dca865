"""Rows of the table `report`. Each is derived from one case and written in the transaction that changes the case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import floor
from time import monotonic
from typing import Any
from uuid import UUID

import orjson

from contracts.common import Place
from contracts.events.acceptance import VerificationRecorded
from contracts.events.acceptance.reporters import InformationAdded
from contracts.events.discovery import ReportReceived
from services.chassis.case_creation import Insert
from services.chassis.cases import Case
from services.chassis.coordinates import Point, degrees
from services.chassis.database import Connection
from services.intake.domain import upstream
from services.intake.domain.case import IntakeCase
from services.intake.domain.duplicates import is_comparable
from services.intake.domain.photos import uploader
from services.intake.store import calls, photos

_COLUMNS = (
    "case_number",
    "status",
    "channel",
    "mode",
    "category_id",
    "component_id",
    "grid_code",
    "longitude",
    "latitude",
    "accuracy_m",
    "cell",
    "reported_at",
    "registered_at",
    "findable_until",
    "ended_at",
    "desk",
    "desk_due_at",
    "task_id",
    "task_mode",
    "task_grid",
    "task_officer",
    "task_lead",
    "task_due_at",
    "area_id",
    "call_id",
    "order_channel",
    "order_number",
)

_INSERT = "INSERT INTO report SELECT * FROM jsonb_populate_recordset(NULL::report, $1::text::jsonb)"

_SAVE = f"""
    {_INSERT}
    ON CONFLICT (case_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)}
"""

_ERASE_CONFIDENTIAL = """
    UPDATE confidential_text SET erase_at = ended.at
    FROM unnest($1::uuid[], $2::timestamptz[]) AS ended (case_id, at)
    WHERE confidential_text.case_id = ended.case_id
"""

_DEGREE_CELLS = 1000
"""Number of cells per degree.

A cell is 111 m long from south to north, and about 88 m from west to east at 37.5° N.
"""


class IntakeStore:
    """Writes the rows that are derived from changed cases."""

    def __init__(self) -> None:
        self.accepted_ids: dict[UUID, float] = {}
        """Id of a report that this process stored and has not triaged → monotonic time when it was stored.

        The transaction of the report may not be committed yet.
        """

    async def save(self, connection: Connection, cases: list[Case[IntakeCase]]) -> None:
        """Write the row of each case that changed. An event that changes nothing writes no row."""
        decided = [case for case in cases if case.cause and case.state.report is not None]
        if not decided:
            return
        if turned := [case.id for case in decided if case.turns_confidential]:
            await calls.forget_confidential(connection, turned)
        await connection.execute(_SAVE, _json(decided))
        await photos.add_owners(connection, _named_photos(decided))
        await photos.add_evidence_owners(
            connection, ((name, case.id, by) for case in decided for name, by in case.state.evidence)
        )
        secret = [case for case in decided if case.state.received_report.confidential]
        if secret:
            days = timedelta(days=secret[0].district.settings.retention.confidential_text)
            ends = [case.state.ended_at + days if case.state.ended_at else None for case in secret]
            await connection.execute(_ERASE_CONFIDENTIAL, [case.id for case in secret], ends)
        self.accepted_ids.update((case.id, monotonic()) for case in decided if case.state.status == "reported")

    def new_case_inserts(self, case: Case[IntakeCase]) -> list[Insert]:
        """Return the insert statement for the row of a new report."""
        self.accepted_ids[case.id] = monotonic()
        return [Insert(_INSERT, (_json([case]),))]


def _named_photos(cases: list[Case[IntakeCase]]) -> Iterator[tuple[str, UUID, str]]:
    """Yield the photos that commands of intake named, each with its case and uploader."""
    for case in cases:
        for each in case.emitted:
            match each.event:
                case ReportReceived(photos=shown, reported_by=by):
                    pass
                case VerificationRecorded(photos=shown, recorded_by=by):
                    pass
                case InformationAdded(photos=shown, added_by=by):
                    pass
                case _:
                    continue
            yield from ((photo.sha256, case.id, uploader(by)) for photo in shown)


def _json(cases: list[Case[IntakeCase]]) -> str:
    return orjson.dumps([report_row(case) for case in cases]).decode()


def report_row(case: Case[IntakeCase]) -> dict[str, Any]:
    """Return the row of a case in the table `report`."""
    state, report = case.state, case.state.received_report
    place, task = state.place, state.task
    desk, desk_due_at = _desk_duty(state)
    order = upstream.order_of_case(state)
    return {
        "case_id": str(case.id),
        "case_number": report.case_number,
        "status": state.status,
        "channel": report.channel,
        "mode": report.mode,
        "category_id": state.category_id,
        "component_id": state.component_id,
        "grid_code": place.grid_code if place else None,
        "longitude": place.longitude if place else None,
        "latitude": place.latitude if place else None,
        "accuracy_m": place.accuracy_m if place else None,
        "cell": cell(place.longitude, place.latitude) if _has_point(place) else None,  # type: ignore[union-attr]
        "reported_at": report.reported_at,
        "registered_at": report.registered_at,
        "findable_until": _findable_until(case),
        "ended_at": state.ended_at,
        "desk": desk,
        "desk_due_at": desk_due_at,
        "task_id": str(state.last_task_id) if state.last_task_id else None,
        "task_mode": task.mode if task else None,
        "task_grid": task.grid_code if task else None,
        "task_officer": task.officer_id if task else None,
        "task_lead": task.lead_id if task else None,
        "task_due_at": task.due_at if task else None,
        "area_id": str(state.area_id) if state.area_id else None,
        "call_id": str(state.call_id) if state.call_id else None,
        "order_channel": order.channel_number if order else None,
        "order_number": order.number if order else None,
    }


def cell(longitude: float, latitude: float) -> int:
    """Return the number of the cell that contains the point."""
    return _cell_number(floor(longitude * _DEGREE_CELLS), floor(latitude * _DEGREE_CELLS))


def cells_around(point: Point, metres: float) -> list[int]:
    """Return the numbers of all cells that touch a square around the point. `metres` is half the side of the square."""
    east, north = degrees(metres, point[1])
    columns = range(floor((point[0] - east) * _DEGREE_CELLS), floor((point[0] + east) * _DEGREE_CELLS) + 1)
    rows = range(floor((point[1] - north) * _DEGREE_CELLS), floor((point[1] + north) * _DEGREE_CELLS) + 1)
    return [_cell_number(column, each) for column in columns for each in rows]


def _cell_number(column: int, line: int) -> int:
    return (line + 90 * _DEGREE_CELLS) * 1_000_000 + column + 180 * _DEGREE_CELLS


def _has_point(place: Place | None) -> bool:
    return place is not None and place.longitude is not None and place.latitude is not None


def _desk_duty(state: IntakeCase) -> tuple[str | None, datetime | None]:
    """Return the kind of work that waits for the desk, and its deadline; `None` for both if nothing waits."""
    if state.status == "awaiting_filing" and state.due_at is not None:
        return "filing", state.due_at
    if state.status == "settled" and state.settlement_approved is None:
        return "settlement", state.due_at
    if (task := state.task) is not None and (
        task.mode == "phone" or task.officer_id is None or task.escalated_to_centre
    ):
        return "verification", task.due_at
    if state.status == "filed" and state.possible_duplicate_of is not None and state.ended_at is None:
        return "compare", state.filed_at
    return None, None


def _findable_until(case: Case[IntakeCase]) -> datetime | str:
    state = case.state
    category = case.district.categories.get(state.category_id or "")
    if state.storm is not None or not is_comparable(category, state.received_report.confidential):
        return "-infinity"  # the place of a storm's parent is only the middle of its polygon
    if state.open:
        return "infinity"
    may_recur = state.status in ("filed", "settled") or state.not_filed == "not_found_on_site"
    return state.ended_at if may_recur and state.ended_at is not None else "-infinity"
