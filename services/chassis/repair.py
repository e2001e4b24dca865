"""Repair: ask each source what it has said, and fetch what never came (rule 5).

A wiped broker, a lost tail, a cut log, a new service and a rebuild are all this one thing. `/internal/heads?since=`
names the cases a source spoke about since a transaction id, `/internal/events` gives what lies above a mark;
both feed the inbox like anything else.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any
from uuid import UUID

import httpx
import orjson

from contracts.envelope import Envelope
from services.chassis import ahead, outgoing, repair_cursor, telemetry
from services.chassis.cases import Arrived
from services.chassis.database import TRANSIENT, Pool
from services.chassis.inbox import Inbox

log = logging.getLogger(__name__)

_EVERY = 60.0
_PARKED_LONG = 2.0
_PAGE = 2000
_EVENTS = 2000
_NAMED = 200
"""Cases named in one address: httpx takes 64 KiB."""

_LACKING = """
    SELECT theirs.case_id, theirs.sent, coalesce(head.{source}, 0) AS mine
    FROM unnest($1::uuid[], $2::int[]) AS theirs (case_id, sent)
    LEFT JOIN head ON head.case_id = theirs.case_id AND head.case_id = ANY($1::uuid[])
    WHERE coalesce(head.{source}, 0) <> theirs.sent
      AND NOT EXISTS (SELECT FROM dead WHERE dead.case_id = theirs.case_id AND source = '{source}'
                      AND sequence = coalesce(head.{source}, 0) + 1 AND resolution IS NULL)
"""
"""What stands behind a dead event waits for an operator."""

_HELD = "SELECT case_id FROM head WHERE {source} > 0 AND case_id > $1 ORDER BY case_id LIMIT $2"


class Repair:
    """Background task of every service that listens."""

    def __init__(self, pool: Pool, inbox: Inbox[Any], sources: Mapping[str, str], service_key: str) -> None:
        self._pool = pool
        self._inbox = inbox
        self._sources = sources
        """Source → base URL of the service."""
        self._headers = {"authorization": f"Bearer {service_key}", "content-type": "application/json"}
        self._wanted = asyncio.Event()
        self._failed: set[str] = set(sources)
        self.passing = asyncio.Lock()
        """Held while a source is asked and its answer applied."""

    @property
    def succeeded(self) -> bool:
        """Whether the last pass over every source succeeded."""
        return not self._failed

    def want(self) -> None:
        """Something is missing: do not wait for the minute."""
        self._wanted.set()

    async def run(self) -> None:
        """A pass at start, every minute, when wanted, and when something has been parked for two seconds."""
        async with outgoing.client(headers=self._headers, timeout=20) as client:
            pause = 0.3
            while True:
                self._wanted.clear()
                for source, url in self._sources.items():
                    try:
                        async with self.passing:
                            await self._pass(client, source, url)
                        self._failed.discard(source)
                    except (httpx.HTTPError, *TRANSIENT) as error:
                        self._failed.add(source)
                        log.warning("repair from %s failed: %r", source, error)
                    except Exception:  # one source that answers nonsense keeps nobody from the others
                        self._failed.add(source)
                        log.exception("repair from %s failed", source)
                if self._failed:
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, 5)
                else:
                    pause = 0.3
                    await self._until_wanted()

    async def _until_wanted(self) -> None:
        until = monotonic() + _EVERY
        while monotonic() < until and not self._wanted.is_set():
            try:
                async with asyncio.timeout(1):
                    await self._wanted.wait()
            except TimeoutError:
                if await self._parked_age() > _PARKED_LONG:
                    await asyncio.sleep(1)
                    return

    async def _parked_age(self) -> float:
        """Seconds the oldest event that lacks a cause has waited; those of unknown types wait for an upgrade."""
        try:
            row = await self._pool.fetchrow(
                "SELECT count(*) AS parked, coalesce(extract(epoch FROM now() - min(parked_at)), 0) AS age FROM parked"
            )
        except TRANSIENT:
            return 0
        telemetry.PARKED.set(row["parked"])
        telemetry.PARKED_OLDEST.set(float(row["age"]))
        return float(row["age"])

    async def _pass(self, client: httpx.AsyncClient, source: str, url: str) -> None:
        since, again = await repair_cursor.begin(self._pool, source)
        answer = await _get(client, f"{url}/internal/heads", since=since, limit=str(_PAGE))
        reached = answer["since"]
        if int(reached) < int(since):
            log.error("%s counts its transactions anew (a restored database): compared from its beginning", source)
            await self._compare_held(client, source, url)
            since = "0"
            answer = await _get(client, f"{url}/internal/heads", since=since, limit=str(_PAGE))
        await self._compare(client, source, url, _by_case(answer["heads"]))
        while answer["after"]:
            answer = await _get(client, f"{url}/internal/heads", since=since, after=answer["after"], limit=str(_PAGE))
            await self._compare(client, source, url, _by_case(answer["heads"]))
        await repair_cursor.done(self._pool, source, reached, again)

    async def _compare_held(self, client: httpx.AsyncClient, source: str, url: str) -> None:
        """Compare every case of which this source has told us: what it lost whole it does not name."""
        last = UUID(int=0)
        while rows := await self._pool.fetch(_HELD.format(source=source), last, _NAMED):
            held = [row["case_id"] for row in rows]
            await self._compare(client, source, url, dict.fromkeys(held, 0) | await _sent(client, url, held))
            last = held[-1]

    async def _compare(self, client: httpx.AsyncClient, source: str, url: str, theirs: Mapping[UUID, int]) -> None:
        lacking, known_better = await self._differences(source, theirs)
        if known_better:
            await self._stop_ahead(client, source, url, known_better)
        while lacking:
            events = await self._fetch(client, url, lacking)
            await self._inbox.take(events)
            telemetry.REPAIRED.labels(source).inc(len(events))
            for arrived in events:
                case_id, sequence = arrived.envelope.case_id, arrived.envelope.sequence
                lacking[case_id] = max(lacking.get(case_id, 0), sequence)
            lacking = {case_id: mark for case_id, mark in lacking.items() if mark < theirs[case_id]} if events else {}

    async def _differences(self, source: str, theirs: Mapping[UUID, int]) -> tuple[dict[UUID, int], dict[UUID, int]]:
        rows = await self._pool.fetch(_LACKING.format(source=source), list(theirs), list(theirs.values()))
        lacking = {row["case_id"]: row["mine"] for row in rows if row["mine"] < row["sent"]}
        known_better = {row["case_id"]: row["mine"] for row in rows if row["mine"] > row["sent"]}
        return lacking, known_better

    async def _stop_ahead(
        self, client: httpx.AsyncClient, source: str, url: str, known_better: dict[UUID, int]
    ) -> None:
        """We may have heard more while we asked, so ask again about these; who is still behind us lost events."""
        sent = await _sent(client, url, list(known_better))
        lost = {case: (mine, sent.get(case, 0)) for case, mine in known_better.items() if mine > sent.get(case, 0)}
        if lost:
            log.error(
                "%s knows less than we do about %d cases: stopped until a person looks: %s …",
                source,
                len(lost),
                list(lost)[:20],
            )
            await ahead.stop(self._pool, source, lost)
            telemetry.AHEAD.inc(len(lost))

    async def _fetch(self, client: httpx.AsyncClient, url: str, lacking: Mapping[UUID, int]) -> list[Arrived]:
        some = dict(list(lacking.items())[:500])
        content = orjson.dumps({"marks": {str(case_id): mark for case_id, mark in some.items()}, "limit": _EVENTS})
        answer = await client.post(f"{url}/internal/events", content=content)
        answer.raise_for_status()
        return [_arrived(each) for each in orjson.loads(answer.content)["events"]]


async def _sent(client: httpx.AsyncClient, url: str, case_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How much the source has said about each of these cases; one that it does not know is not among them."""
    found: dict[UUID, int] = {}
    for start in range(0, len(case_ids), _NAMED):
        names = ",".join(map(str, case_ids[start : start + _NAMED]))
        found |= _by_case((await _get(client, f"{url}/internal/heads", cases=names))["heads"])
    return found


async def _get(client: httpx.AsyncClient, url: str, **query: str) -> dict[str, Any]:
    answer = await client.get(url, params={name: value for name, value in query.items() if value})
    answer.raise_for_status()
    found: dict[str, Any] = orjson.loads(answer.content)
    return found


def _by_case(heads: list[tuple[str, int]]) -> dict[UUID, int]:
    return {UUID(case_id): sent for case_id, sent in heads}


def _arrived(event: dict[str, Any]) -> Arrived:
    headers = [(name, value.encode()) for name, value in event["headers"]]
    return Arrived(Envelope.from_headers(headers), headers, base64.b64decode(event["body"]))
