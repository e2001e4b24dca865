"""Lists: newest first, page by page, each filter a condition, each way to see a case a branch of one statement."""

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
    mode: Mode | None = "actual"
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
    """The next rows of a list. One statement; at most three for a search that the newest cases do not answer.

    Words that many cases have fill the page from the newest; words that few have are found fast by the index of terms.
    Which of the two a word is, the planner guesses badly, because the pairs of one word come together: so we try.
    """
    if wanted.query is None:
        return await _ask(pool, scope, wanted, after, limit)
    found = await _ask(pool, scope, wanted, after, limit, among=_newest(_WINDOW))
    if limit > len(found) >= limit * _WORTH_WALKING:
        found = await _ask(pool, scope, wanted, after, limit, among=_newest(2 * _WINDOW * limit // len(found)))
    return found if len(found) == limit else await _ask(pool, scope, wanted, after, limit, among=_AMONG_ALL)


_WINDOW = 5_000
"""Newest cases looked through first."""

_WORTH_WALKING = 0.25
"""Share of the page that they must fill for it to be worth looking further back: the index would have to visit more."""

_AMONG_ALL = "(SELECT * FROM search WHERE {finds} OFFSET 0) AS search"
"""OFFSET 0 keeps the planner from walking all cases in order, hoping to meet the word soon."""


def _newest(count: int) -> str:
    return f"""(
        SELECT * FROM (
            SELECT * FROM search WHERE {{cursor}} ORDER BY reported_at DESC, case_id DESC LIMIT {count}
        ) AS search WHERE {{finds}}
    ) AS search"""


async def _ask(
    pool: Pool, scope: Scope, wanted: Filter, after: Place | None, limit: int, *, among: str = ""
) -> list[Found]:
    async def fetch(place: Place | None, count: int) -> list[Any]:
        return await _rows(pool, scope, wanted, place, count, among)

    rows = await state_documents.load_page(
        Summary, limit, after, fetch, lambda row: (row["reported_at"], row["case_id"])
    )
    return [Found(row["case_id"], state) for row, state in rows]


async def _rows(pool: Pool, scope: Scope, wanted: Filter, after: Place | None, limit: int, among: str) -> list[Any]:
    statement = _Statement()
    _filter(statement, wanted)
    tables: list[str] = []
    cursor = "true"
    if after is not None:
        cursor = (
            f"(search.reported_at, search.case_id) < ({statement.parameter(after[0])}, {statement.parameter(after[1])})"
        )
    if wanted.query is not None:
        tables.append(among.format(cursor=cursor, finds=_finds(statement, wanted.query)))
    if wanted.unit is not None:
        tables.append("involved AS unit")
        statement.add("unit.who = {}", f"unit:{wanted.unit}")
    size = statement.parameter(limit)
    ways = _ways(statement, scope)
    if not ways:
        return []
    branches = [_branch(way, tables, statement.conditions, cursor, size) for way in ways]
    sql = f"""
        SELECT found.case_id, found.reported_at, aggregate.state::text AS state
        FROM ({" UNION ".join(branches)}) AS found JOIN aggregate USING (case_id)
        ORDER BY found.reported_at DESC, found.case_id DESC LIMIT {size}
    """
    return await pool.fetch(sql, *statement.values)


class _Way(NamedTuple):
    """One way in which the caller may see a case: a condition on it, or on a part that somebody had in it."""

    condition: str
    tables: tuple[str, ...] = ()


def _ways(statement: _Statement, scope: Scope) -> list[_Way]:
    if scope.everywhere:
        return [_Way("true")]
    if scope.case_id is not None:
        return [_Way(f"record.case_id = {statement.parameter(scope.case_id)}")]
    ways = [_Way(f"part.who = {statement.parameter(who)}", ("involved AS part",)) for who in scope.people]
    if scope.areas:
        ways.append(_Way("(" + " OR ".join(_prefix(statement, area) for area in scope.areas) + ")"))
    return ways


def _branch(way: _Way, narrowing: list[str], common: list[str], cursor: str, size: str) -> str:
    """The page for one way. It walks, newest first, the table that narrows most: texts, parts, or all cases."""
    tables = [*narrowing, *way.tables, "record"]
    first, *others = [table.rpartition(" ")[2] for table in tables]
    conditions = [way.condition, *common, cursor.replace("search.", f"{first}.")]
    conditions += [f"{other}.case_id = {first}.case_id" for other in others]
    conditions += [f"{other}.reported_at = {first}.reported_at" for other in others if other != "record"]
    return f"""(
        SELECT {first}.case_id, {first}.reported_at FROM {", ".join(tables)} WHERE {" AND ".join(conditions)}
        ORDER BY {first}.reported_at DESC, {first}.case_id DESC LIMIT {size})"""


def _finds(statement: _Statement, query: Query) -> str:
    """Every term, and then every phrase itself."""
    phrases = [f"strpos(search.text, {statement.parameter(phrase)}) > 0" for phrase in query.phrases]
    return " AND ".join([f"search.terms @> {statement.parameter(query.terms)}::text[]", *phrases])


def _prefix(statement: _Statement, area: str) -> str:
    """A range instead of LIKE: it uses the index whatever plan is made."""
    low, high = statement.parameter(area), statement.parameter(area + "\x7f")
    return f"(record.area >= {low} AND record.area < {high})"


def _filter(statement: _Statement, wanted: Filter) -> None:
    _by_status(statement, wanted)
    equal = {
        "light": wanted.light,
        "community": wanted.community,
        "category_id": wanted.category,
        "channel": wanted.channel,
        "mode": wanted.mode,
    }
    for column, value in equal.items():
        if value is not None:
            statement.add(f"record.{column} = {{}}", value)
    if wanted.grid is not None:
        statement.conditions.append(_prefix(statement, wanted.grid))
    if wanted.since is not None:
        statement.add("record.reported_at >= {}", wanted.since)
    if wanted.until is not None:
        statement.add("record.reported_at < {}", wanted.until)


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
