"""Lists: newest first, page by page, each filter a condition, each way to see a case a branch of one statement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.case_state import ENDED, STAGE_OF
from services.chassis.database import Pool
from services.tracking.domain.scope import Scope
from services.tracking.domain.summary import Summary
from services.tracking.domain.terms import Query
from services.tracking.store.reading import Found

Place = tuple[datetime, UUID]
"""Sort key of a row: when it was reported, and its id."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to. Each field that is set must hold."""

    stage: str | None = None
    status: str | None = None
    light: str | None = None
    grid: str | None = None
    community: str | None = None
    unit: str | None = None
    category: str | None = None
    channel: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    query: Query | None = None
    open: bool = False


class _Statement:
    """Collects conditions and their parameters."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.conditions: list[str] = []

    def add(self, condition: str, *values: Any) -> None:
        """A condition whose `{}` stand for the values."""
        self.conditions.append(condition.format(*(self.parameter(value) for value in values)))

    def parameter(self, value: Any) -> str:
        """The place of a value in the statement."""
        self.values.append(value)
        return f"${len(self.values)}"


async def page(pool: Pool, scope: Scope, wanted: Filter, after: Place | None, limit: int) -> list[Found]:
    """The next rows of a list, in one statement. Asks for one more than it needs so that the caller knows of a next page."""
    statement = _Statement()
    _filter(statement, wanted)
    if after is not None:
        statement.add("(record.reported_at, record.case_id) < ({}, {})", *after)
    size = statement.parameter(limit)
    source = "record JOIN search USING (case_id)" if wanted.query else "record"
    common = list(statement.conditions)
    branches = [
        _branch(source + joined, [*common, *conditions], size) for joined, conditions in _ways(statement, scope)
    ]
    if not branches:
        return []
    sql = f"""
        SELECT found.case_id, head.state::text AS state
        FROM ({" UNION ".join(branches)}) AS found JOIN head USING (case_id)
        ORDER BY found.reported_at DESC, found.case_id DESC LIMIT {size}
    """
    rows = await pool.fetch(sql, *statement.values)
    return [Found(row["case_id"], Summary.model_validate_json(row["state"])) for row in rows]


def _branch(source: str, conditions: Iterable[str], size: str) -> str:
    where = " AND ".join(conditions)
    return f"""(
        SELECT record.case_id, record.reported_at FROM {source} {"WHERE " + where if where else ""}
        ORDER BY record.reported_at DESC, record.case_id DESC LIMIT {size})"""


def _ways(statement: _Statement, scope: Scope) -> list[tuple[str, list[str]]]:
    """Each way in which the caller may see a case: a further join and its conditions."""
    if scope.everywhere:
        return [("", [])]
    if scope.case_id is not None:
        return [("", [f"record.case_id = {statement.parameter(scope.case_id)}"])]
    ways: list[tuple[str, list[str]]] = []
    if scope.areas:
        ways.append(("", ["(" + " OR ".join(_prefix(statement, area) for area in scope.areas) + ")"]))
    for who in scope.people:
        part = f"(SELECT case_id FROM involved WHERE who = {statement.parameter(who)})"
        ways.append(("", [f"record.case_id IN {part}"]))
    return ways


def _prefix(statement: _Statement, area: str) -> str:
    """A range instead of LIKE: it uses the index whatever plan is made."""
    low, high = statement.parameter(area), statement.parameter(area + "\x7f")
    return f"(record.area >= {low} AND record.area < {high})"


def _filter(statement: _Statement, wanted: Filter) -> None:
    _by_status(statement, wanted)
    equal = {
        "light": wanted.light, "community": wanted.community, "category_id": wanted.category,
        "channel": wanted.channel,
    }  # fmt: skip
    for column, value in equal.items():
        if value is not None:
            statement.add(f"record.{column} = {{}}", value)
    if wanted.grid is not None:
        statement.conditions.append(_prefix(statement, wanted.grid))
    if wanted.unit is not None:
        statement.add("record.case_id IN (SELECT case_id FROM involved WHERE who = {})", f"unit:{wanted.unit}")
    if wanted.since is not None:
        statement.add("record.reported_at >= {}", wanted.since)
    if wanted.until is not None:
        statement.add("record.reported_at < {}", wanted.until)
    if wanted.query is not None:
        statement.add("search.terms @> {}::text[]", wanted.query.terms)
        for phrase in wanted.query.phrases:
            statement.add("strpos(search.text, {}) > 0", phrase)


def _by_status(statement: _Statement, wanted: Filter) -> None:
    """By status, and by whether the case has ended: each half has an index of its own."""
    statuses = _statuses(wanted)
    if statuses is not None and len(statuses) == 1:
        statement.add("record.status = {}", *statuses)
    elif statuses is not None:
        statement.add("record.status = ANY({}::text[])", sorted(statuses))
    if wanted.open or wanted.light not in (None, "none") or (statuses is not None and statuses.isdisjoint(ENDED)):
        statement.add("record.open")
    elif statuses is not None and statuses <= ENDED:
        statement.add("NOT record.open")


def _statuses(wanted: Filter) -> frozenset[str] | None:
    """The statuses that stage and status leave; none when neither is asked for."""
    if wanted.stage is None:
        return frozenset({wanted.status}) if wanted.status is not None else None
    of_stage = frozenset(status for status, stage in STAGE_OF.items() if stage == wanted.stage)
    return of_stage if wanted.status is None else of_stage & {wanted.status}
