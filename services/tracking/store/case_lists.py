"""Lists of cases, newest first, page by page.

Each filter is a condition of an SQL statement. Each way in which the caller may see a case is a branch of a UNION.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from contracts.case_state import ENDED, STAGE_OF
from contracts.common import Mode
from services.chassis import state_documents
from services.chassis.database import Pool
from services.tracking.domain.scope import Scope
from services.tracking.domain.summary import Summary
from services.tracking.domain.terms import Query
from services.tracking.store.queries import StoredCase

SortKey = tuple[datetime, UUID]
"""Sort key of a row: report time and id."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Filters of a list. A case must match each one that is set."""

    stage: str | None = None
    status: str | None = None
    light: str | None = None
    grid: str | None = None
    community: str | None = None
    unit: str | None = None
    category: str | None = None
    channel: str | None = None
    mode: Mode | None = "actual"
    since: datetime | None = None
    until: datetime | None = None
    query: Query | None = None
    open: bool = False


class _Statement:
    """Collects the conditions of an SQL statement and their parameters."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.conditions: list[str] = []

    def add(self, condition: str, *values: Any) -> None:
        """Add a condition. Each `{}` in the condition is replaced by the placeholder of one of the values."""
        self.conditions.append(condition.format(*(self.parameter(value) for value in values)))

    def parameter(self, value: Any) -> str:
        """Add a value to the parameters, and return its placeholder, such as `$3`."""
        self.values.append(value)
        return f"${len(self.values)}"


async def list_cases(pool: Pool, scope: Scope, filters: Filter, after: SortKey | None, limit: int) -> list[StoredCase]:
    """Return the next page of a list, with at most three statements.

    A search for frequent words is fastest among the newest cases, a search for rare words through the index of terms.
    The planner estimates badly which way is faster, because the pairs of a word occur together. So the newest cases are
    searched first, and all cases by the index if too few were found.
    """
    if filters.query is None:
        return await _fetch_page(pool, scope, filters, after, limit)
    found = await _fetch_page(pool, scope, filters, after, limit, among=_newest(_WINDOW))
    if limit > len(found) >= limit * _MIN_SHARE:
        found = await _fetch_page(pool, scope, filters, after, limit, among=_newest(2 * _WINDOW * limit // len(found)))
    return found if len(found) == limit else await _fetch_page(pool, scope, filters, after, limit, among=_ALL_MATCHES)


_WINDOW = 5_000
"""Number of newest cases that are searched first."""

_MIN_SHARE = 0.25
"""Part of the page that decides how the search continues after the first search has not filled the page.

If the first search filled at least this part, more of the newest cases are searched. Otherwise the index is used.
"""

_ALL_MATCHES = "(SELECT * FROM search WHERE {finds} OFFSET 0) AS search"
"""Finds all matches by the index. `OFFSET 0` keeps the planner from reading cases in order until the page is full."""


def _newest(count: int) -> str:
    return f"""(
        SELECT * FROM (
            SELECT * FROM search WHERE {{cursor}} ORDER BY reported_at DESC, case_id DESC LIMIT {count}
        ) AS search WHERE {{finds}}
    ) AS search"""


async def _fetch_page(
    pool: Pool, scope: Scope, filters: Filter, after: SortKey | None, limit: int, *, among: str = ""
) -> list[StoredCase]:
    async def fetch(place: SortKey | None, count: int) -> list[Any]:
        return await _fetch_rows(pool, scope, filters, place, count, among)

    rows = await state_documents.load_page(
        Summary, limit, after, fetch, lambda row: (row["reported_at"], row["case_id"])
    )
    return [StoredCase(row["case_id"], state) for row, state in rows]


async def _fetch_rows(
    pool: Pool, scope: Scope, filters: Filter, after: SortKey | None, limit: int, among: str
) -> list[Any]:
    statement = _Statement()
    _add_filters(statement, filters)
    tables: list[str] = []
    cursor = "true"
    if after is not None:
        cursor = (
            f"(search.reported_at, search.case_id) < ({statement.parameter(after[0])}, {statement.parameter(after[1])})"
        )
    if filters.query is not None:
        tables.append(among.format(cursor=cursor, finds=_search_condition(statement, filters.query)))
    if filters.unit is not None:
        tables.append("involved AS unit")
        statement.add("unit.who = {}", f"unit:{filters.unit}")
    size = statement.parameter(limit)
    ways = _visibilities(statement, scope)
    if not ways:
        return []
    branches = [_branch(way, tables, statement.conditions, cursor, size) for way in ways]
    sql = f"""
        SELECT found.case_id, found.reported_at, aggregate.state::text AS state
        FROM ({" UNION ".join(branches)}) AS found JOIN aggregate USING (case_id)
        ORDER BY found.reported_at DESC, found.case_id DESC LIMIT {size}
    """
    return await pool.fetch(sql, *statement.values)


class _Visibility(NamedTuple):
    """One way in which the caller may see cases: an SQL condition on the case or on a participant."""

    condition: str
    tables: tuple[str, ...] = ()


def _visibilities(statement: _Statement, scope: Scope) -> list[_Visibility]:
    if scope.everywhere:
        return [_Visibility("true")]
    ways = [_Visibility(f"part.who = {statement.parameter(who)}", ("involved AS part",)) for who in scope.participants]
    if scope.areas:
        ways.append(_Visibility("(" + " OR ".join(_area_condition(statement, area) for area in scope.areas) + ")"))
    return ways


def _branch(way: _Visibility, narrowing: list[str], common: list[str], cursor: str, size: str) -> str:
    """Return the SQL that selects one page of the cases that fulfil the condition of `way`.

    The most selective table comes first: search texts, participants or cases.
    """
    tables = [*narrowing, *way.tables, "record"]
    first, *others = [table.rpartition(" ")[2] for table in tables]
    conditions = [way.condition, *common, cursor.replace("search.", f"{first}.")]
    conditions += [f"{other}.case_id = {first}.case_id" for other in others]
    conditions += [f"{other}.reported_at = {first}.reported_at" for other in others if other != "record"]
    return f"""(
        SELECT {first}.case_id, {first}.reported_at FROM {", ".join(tables)} WHERE {" AND ".join(conditions)}
        ORDER BY {first}.reported_at DESC, {first}.case_id DESC LIMIT {size})"""


def _search_condition(statement: _Statement, query: Query) -> str:
    """Return the condition that a search text contains all terms and all phrases of the query."""
    phrases = [f"strpos(search.text, {statement.parameter(phrase)}) > 0" for phrase in query.phrases]
    return " AND ".join([f"search.terms @> {statement.parameter(query.terms)}::text[]", *phrases])


def _area_condition(statement: _Statement, area: str) -> str:
    """Return the condition that a case is in this area.

    The condition is a range, because not every plan uses the index for LIKE.
    """
    low, high = statement.parameter(area), statement.parameter(area + "\x7f")
    return f"(record.area >= {low} AND record.area < {high})"


def _add_filters(statement: _Statement, filters: Filter) -> None:
    _add_status_filter(statement, filters)
    equal = {
        "light": filters.light,
        "community": filters.community,
        "category_id": filters.category,
        "channel": filters.channel,
        "mode": filters.mode,
    }
    for column, value in equal.items():
        if value is not None:
            statement.add(f"record.{column} = {{}}", value)
    if filters.grid is not None:
        statement.conditions.append(_area_condition(statement, filters.grid))
    if filters.since is not None:
        statement.add("record.reported_at >= {}", filters.since)
    if filters.until is not None:
        statement.add("record.reported_at < {}", filters.until)


def _add_status_filter(statement: _Statement, filters: Filter) -> None:
    """Add conditions on the column `status`, and on the column `open` if it follows from the filters.

    Each of the two columns has its own index.
    """
    statuses = _statuses(filters)
    if statuses is not None and len(statuses) == 1:
        statement.add("record.status = {}", *statuses)
    elif statuses is not None:
        statement.add("record.status = ANY({}::text[])", sorted(statuses))
    if filters.open or filters.light not in (None, "none") or (statuses is not None and statuses.isdisjoint(ENDED)):
        statement.add("record.open")
    elif statuses is not None and statuses <= ENDED:
        statement.add("NOT record.open")


def _statuses(filters: Filter) -> frozenset[str] | None:
    """Return the statuses that match stage and status; `None` if neither is given."""
    if filters.stage is None:
        return frozenset({filters.status}) if filters.status is not None else None
    of_stage = frozenset(status for status, stage in STAGE_OF.items() if stage == filters.stage)
    return of_stage if filters.status is None else of_stage & {filters.status}
