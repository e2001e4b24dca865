"""`python -m services.supervision recount`: compute all score entries again and compare them with the stored ones.

The command reads the events of all services (`/internal/events`), recounts case by case and changes nothing. It may run
while the service runs, because it compares each case as of one instant.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import orjson

from contracts.base import CASE_SOURCES
from contracts.catalogue import EVENTS
from contracts.envelope import Envelope
from contracts.events.registry import REGISTRY_STREAM
from contracts.redaction import makes_confidential
from services.chassis import database, event_store, http_client, release_store
from services.chassis.database import Pool
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.settings import Settings, load_or_exit
from services.supervision.domain.evaluation.score_entries.facts import ScoreEntry
from services.supervision.domain.evaluation.score_entries.replay import ReceivedEvent, replay

NAME = "supervision"
OTHER_SOURCES = tuple(source for source in CASE_SOURCES if source != NAME)
_PAGE = 100
_EVENTS = 5000

_CASES = f"""
    SELECT aggregate.case_id, aggregate.version, {", ".join(f"aggregate.{source}_applied" for source in OTHER_SOURCES)},
           coalesce((SELECT json_agg(json_build_array(fact_id, number, kind, subject_id, figure, month, value, reason, late,
                                                      extract(epoch FROM at), extract(epoch FROM done_at)))
                     FROM score_entry WHERE score_entry.case_id = aggregate.case_id), '[]')::text AS stored
    FROM aggregate WHERE aggregate.case_id > $1 AND aggregate.case_id <> $2 ORDER BY aggregate.case_id LIMIT $3
"""  # one statement, so that positions and entries are of one instant

PLACE_FIGURES = frozenset({"discovered", "grid_filed", "settleable"})
"""Figures that depend on the grid and the filing condition, which events of a confidential case no longer contain."""

_MISSING_EVENTS = "events are missing in an event store; run repair first"

Line = tuple[Any, ...]
"""Fields of a score entry that a recount compares."""

FetchEvents = Callable[[Mapping[UUID, int]], Awaitable[list[tuple[Envelope, bytes]]]]
"""Function that takes case → position and returns the events after these positions."""


class LoadedEvents(NamedTuple):
    """The events of one source by case, and the cases for which the source lacks events."""

    events: dict[UUID, list[ReceivedEvent]]
    incomplete: frozenset[UUID]


@dataclass(slots=True)
class Result:
    """The result of a recount."""

    cases: int = 0
    entries: int = 0
    differences: list[str] = field(default_factory=list[str])
    failed: list[str] = field(default_factory=list[str])
    """Cases that could not be recounted, each with its error."""

    def add(self, other: Result) -> None:
        """Add the result of a recount of other cases to this result."""
        self.cases += other.cases
        self.entries += other.entries
        self.differences += other.differences
        self.failed += other.failed


@dataclass(frozen=True, slots=True)
class Recount:
    """A recount of all cases, with the database and the services that the recount reads."""

    pool: Pool
    client: httpx.AsyncClient
    urls: Mapping[str, str]
    districts: dict[int, RegistrySnapshot] = field(default_factory=dict[int, RegistrySnapshot])

    async def run(self) -> Result:
        """Recount every case."""
        result, last = Result(), UUID(int=0)
        while rows := await self.pool.fetch(_CASES, last, REGISTRY_STREAM, _PAGE):
            result.add(await self._compare_page(rows))
            last = rows[-1]["case_id"]
        return result

    async def _compare_page(self, rows: list[Any]) -> Result:
        """Compare the cases of a page.

        If this fails, compare them one by one, so that a broken case does not stop the others.
        """
        try:
            return await self._compare(rows)
        except (*database.TRANSIENT, httpx.HTTPError):
            raise
        except Exception as error:  # noqa: BLE001 - the result names it
            if len(rows) == 1:
                return Result(failed=[_failure(rows[0]["case_id"], repr(error))])
        result = Result()
        for row in rows:
            result.add(await self._compare_page([row]))
        return result

    async def _compare(self, rows: list[Any]) -> Result:
        result = Result()
        ids = [row["case_id"] for row in rows]
        events_by_source: dict[str, dict[UUID, list[ReceivedEvent]]] = {}
        incomplete: set[UUID] = set()
        for source in CASE_SOURCES:
            column = "version" if source == NAME else f"{source}_applied"
            loaded = await self._load_events(source, {row["case_id"]: row[column] for row in rows})
            events_by_source[source] = loaded.events
            incomplete |= loaded.incomplete
        for each in {
            envelope.dependencies.get("registry", 0)
            for found in events_by_source.values()
            for case_id in ids
            for envelope, _ in found.get(case_id, ())
        }:
            await self._load_release(each)
        for row in rows:
            case_id = row["case_id"]
            if case_id in incomplete:
                result.failed.append(_failure(case_id, _MISSING_EVENTS))
                continue
            scores = replay(
                case_id,
                events_by_source[NAME].get(case_id, ()),
                {source: events_by_source[source].get(case_id, ()) for source in OTHER_SOURCES},
                self._district,
            )
            counted = {_line_of_entry(each) for each in scores.entries}
            stored = {_line_of_row(each) for each in orjson.loads(row["stored"])}
            if any(makes_confidential(event) for _, event in events_by_source["intake"].get(case_id, ())):
                counted, stored = _without_place(counted), _without_place(stored)
            result.cases += 1
            result.entries += len(stored)
            result.differences += [f"{case_id} only recounted: {each}" for each in _sorted(counted - stored)]
            result.differences += [f"{case_id} only stored: {each}" for each in _sorted(stored - counted)]
        return result

    async def _load_events(self, source: str, positions: Mapping[UUID, int]) -> LoadedEvents:
        return await _collect(self._fetch_own if source == NAME else partial(self._fetch_other, source), positions)

    async def _fetch_own(self, applied: Mapping[UUID, int]) -> list[tuple[Envelope, bytes]]:
        rows = await event_store.load_events_after(self.pool, applied, _EVENTS)
        return [(event_store.envelope_of(NAME, row), row["body"]) for row in rows]

    async def _fetch_other(self, source: str, applied: Mapping[UUID, int]) -> list[tuple[Envelope, bytes]]:
        body = orjson.dumps({"applied": {str(key): position for key, position in applied.items()}, "limit": _EVENTS})
        answer = await self.client.post(f"{self.urls[source]}/internal/events", content=body)
        answer.raise_for_status()
        return [
            (
                Envelope.from_headers((name, value.encode()) for name, value in each["headers"]),
                base64.b64decode(each["body"]),
            )
            for each in answer.json()["events"]
        ]

    async def _load_release(self, release: int) -> None:
        if release and release not in self.districts:
            self.districts[release] = await release_store.load_snapshot(self.pool, release)

    def _district(self, release: int) -> RegistrySnapshot:
        """Return the registry snapshot of this release; without a release, that of the earliest loaded release."""
        return self.districts[release] if release in self.districts else self.districts[min(self.districts)]


async def _collect(fetch: FetchEvents, positions: Mapping[UUID, int]) -> LoadedEvents:
    """Return all events up to these positions, by case and in order, and the cases for which events are missing."""
    found: dict[UUID, list[ReceivedEvent]] = {}
    reached = {case_id: 0 for case_id, position in positions.items() if position}
    while reached:
        events = await fetch(reached)
        before = dict(reached)
        for envelope, body in events:
            case_id = envelope.case_id
            if envelope.sequence <= positions[case_id]:
                found.setdefault(case_id, []).append((envelope, EVENTS[envelope.type].parse(body)))
            reached[case_id] = max(reached[case_id], envelope.sequence)
        reached = {case_id: position for case_id, position in reached.items() if position < positions[case_id]}
        if all(before[case_id] == position for case_id, position in reached.items()):
            break
    return LoadedEvents(found, frozenset(reached))


def _failure(case_id: UUID, reason: str) -> str:
    return f"{case_id} could not be recounted: {reason}"


def _without_place(lines: set[Line]) -> set[Line]:
    """Return the score entries without figures that depend on the place.

    The events of a confidential case no longer contain category and grid, so these figures cannot be recounted.
    """
    return {line for line in lines if line[4] not in PLACE_FIGURES}


def _line_of_entry(each: ScoreEntry) -> Line:
    return (
        str(each.fact_id),
        each.number,
        each.key.kind,
        each.key.subject_id,
        each.key.figure,
        each.month,
        each.value,
        each.reason,
        each.late,
        round(each.at.timestamp(), 3),
        round(each.done_at.timestamp(), 3) if each.done_at is not None else None,
    )


def _line_of_row(values: list[Any]) -> Line:
    *line, at, done_at = values
    return (*line, round(float(at), 3), round(float(done_at), 3) if done_at is not None else None)


def _sorted(lines: set[Line]) -> list[Line]:
    return sorted(lines, key=str)


async def recount(settings: Settings) -> Result:
    """Recount all cases with the database and the services that the settings name."""
    pool = await database.connect(settings.database_url, size=2)
    headers = {"authorization": f"Bearer {settings.gridloop_service_key}", "content-type": "application/json"}
    try:
        async with http_client.create_client(headers=headers, timeout=60) as client:
            return await Recount(pool, client, settings.gridloop_urls).run()
    finally:
        await pool.close()


async def main() -> int:
    """Print the differences and the cases that could not be recounted. Return 1 if there are any, otherwise 0."""
    result = await recount(load_or_exit(NAME))
    for line in (*result.differences, *result.failed):
        sys.stdout.write(line + "\n")
    sys.stdout.write(
        f"{result.cases} 案 {result.entries} 笔，{len(result.differences)} 处不符，{len(result.failed)} 案未能重算"
        f" · {result.cases} cases, {result.entries} entries, {len(result.differences)} differences,"
        f" {len(result.failed)} not recounted\n"
    )
    return 1 if result.differences or result.failed else 0
