"""Repair: compares every case with its source and fetches the missing events (rule 5).

Repair fetches the events after a loss of the broker's data, at a new service and after a rebuild. It calls three routes
of the source. `/internal/aggregates?since=` lists the cases with events since a transaction. `/internal/aggregates/all`
lists every case; repair calls it if the identity of the source's database has changed, because the database may have
been restored. `/internal/events` returns the events after a position. Fetched events go through the event processor
like all others.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Collection, Mapping, Sequence
from time import monotonic
from typing import Any
from uuid import UUID

import httpx
import orjson

from contracts.envelope import Envelope
from services.chassis import divergence, http_client, loops, repair_cursor, telemetry
from services.chassis.cases import IncomingEvent
from services.chassis.database import TRANSIENT, Pool
from services.chassis.divergence import SourcePosition
from services.chassis.event_processor import EventProcessor
from services.chassis.repair_cursor import RepairCursor

log = logging.getLogger(__name__)

_PASS_SECONDS = 60.0
"""Seconds between two regular passes."""
_LONG_DEFERRED_SECONDS = 2.0
_PAGE = 2000
_ARRIVAL_CHECKS = 5
_ARRIVAL_CHECK_SECONDS = 1.0
"""Seconds between two checks whether missing events are arriving from the broker.

There are at most `_ARRIVAL_CHECKS` checks. Arriving events are not fetched from their source.
"""
_EVENTS_PER_REQUEST = 2000
_CASES_PER_REQUEST = 200
"""Cases in the URL of one request. httpx accepts URLs of up to 64 KiB."""

_DIFFERING = """
    SELECT case_id, coalesce(ours.applied, 0) AS applied
    FROM (SELECT case_id, {source}_applied AS applied, {source}_digest AS digest FROM aggregate
          WHERE {which} AND {source}_applied > 0) AS ours
    FULL JOIN unnest($1::uuid[], $2::int[], $3::bigint[]) AS theirs (case_id, version, digest) USING (case_id)
    WHERE (ours.applied, ours.digest) IS DISTINCT FROM (theirs.version, theirs.digest)
      AND NOT EXISTS (SELECT FROM dead_letter WHERE dead_letter.case_id = coalesce(ours.case_id, theirs.case_id) AND source = '{source}'
                      AND sequence = coalesce(ours.applied, 0) + 1 AND resolution IS NULL)
"""
"""Selects cases for which our position differs from the source's.

Cases whose next event is a dead letter are left out, because an operator decides about that event.
"""

_HAS_DEFERRED = """
    SELECT EXISTS (SELECT FROM deferred_event WHERE deferred_at < now() - make_interval(secs => $1)
                                        AND deferred_at > now() - make_interval(secs => $2))
"""

_OUR_POSITIONS = """
    SELECT case_id, {source}_applied AS applied, {source}_digest AS digest FROM aggregate
    WHERE case_id = ANY($1::uuid[]) AND {source}_applied > 0
"""


class Repair:
    """Background loop that fetches missing events. Every service that consumes events runs it."""

    def __init__(
        self,
        pool: Pool,
        event_processor: EventProcessor[Any],
        sources: Mapping[str, str],
        service_key: str,
        repaired_once: set[str],
    ) -> None:
        self._pool = pool
        self._event_processor = event_processor
        self._sources = sources
        """Source → base URL of the service."""
        self._headers = {"authorization": f"Bearer {service_key}", "content-type": "application/json"}
        self._requested = asyncio.Event()
        self._failed: set[str] = set(sources)
        self._unreachable: set[str] = set()
        """Sources whose outage has been logged."""
        self._repaired_once = repaired_once
        """Sources of which a pass has succeeded since the service started; kept by the service."""
        self._missing_reports: dict[str, int] = {}
        """Sources whose events may be missing, with the number of reports since the last pass."""
        self._pass_started = monotonic()
        self.passing = asyncio.Lock()
        """Held while repair compares with a source and applies the events that it fetched."""

    @property
    def succeeded(self) -> bool:
        """True if the last pass over every source succeeded."""
        return not self._failed

    @property
    def up_to_date(self) -> bool:
        """True if `succeeded`, and no event was reported missing since the last pass over its source."""
        return self.succeeded and not self._missing_reports

    @property
    def sources(self) -> dict[str, bool]:
        """Per source, whether the last pass succeeded."""
        return {source: source not in self._failed for source in self._sources}

    def request(self, *sources: str) -> None:
        """Start a pass now instead of within a minute, because events of these sources may be missing."""
        for source in sources:
            self._missing_reports[source] = self._missing_reports.get(source, 0) + 1
        self._requested.set()

    async def run(self) -> None:
        """Run a pass at start, every minute, on request, and when an event has been deferred for two seconds."""
        async with http_client.create_client(headers=self._headers, timeout=20) as client:
            pause = 0.3
            while True:
                self._requested.clear()
                self._pass_started = monotonic()
                for source, url in self._sources.items():
                    reported = self._missing_reports.get(source)
                    try:
                        async with self.passing:
                            await self._pass(client, source, url)
                        self._succeeded(source)
                        if self._missing_reports.get(source) == reported:
                            self._missing_reports.pop(source, None)
                    except (httpx.HTTPError, *TRANSIENT) as error:
                        self._failed.add(source)
                        log.log(
                            logging.DEBUG if source in self._unreachable else logging.WARNING,
                            "repair cannot reach %s and tries again: %r",
                            source,
                            error,
                        )
                        self._unreachable.add(source)
                    except Exception:  # a faulty source must not stop the others
                        self._failed.add(source)
                        log.exception("repair from %s failed", source)
                    loops.progress()
                if self._failed:
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, 5)
                else:
                    pause = 0.3
                    await self._wait_for_request()

    def _succeeded(self, source: str) -> None:
        self._failed.discard(source)
        self._repaired_once.add(source)
        if source in self._unreachable:
            self._unreachable.discard(source)
            log.info("repair reaches %s again", source)

    async def _wait_for_request(self) -> None:
        until = monotonic() + _PASS_SECONDS
        while monotonic() < until and not self._requested.is_set():
            loops.progress()
            if not await loops.wait_for_event(self._requested, 1) and await self.has_deferred_event():
                return

    async def has_deferred_event(self) -> bool:
        """Return whether an event has been deferred for two seconds and no pass has started since it was deferred.

        An event that a pass did not resolve waits for its source, a release, an upgrade or an operator. The next
        regular pass checks it again.
        """
        try:
            return await self._pool.fetchval(_HAS_DEFERRED, _LONG_DEFERRED_SECONDS, monotonic() - self._pass_started)
        except TRANSIENT:
            return False

    async def _pass(self, client: httpx.AsyncClient, source: str, url: str) -> None:
        cursor = await repair_cursor.load(self._pool, source)
        answer = await _get(client, f"{url}/internal/aggregates", since=cursor.since)
        reached = RepairCursor(answer["identity"], answer["since"], cursor.resets)
        if reached.identity != cursor.identity or int(reached.since) < int(cursor.since):
            if cursor.identity:
                log.warning("the database of %s was restarted or restored: every case is compared", source)
            await self._compare_all(client, source, url)
        else:
            await self._compare(client, source, url, _parse_positions(answer["aggregates"]))
            while following := answer["next"]:
                answer = await _get(client, f"{url}/internal/aggregates", since=cursor.since, cursor=following)
                await self._compare(client, source, url, _parse_positions(answer["aggregates"]))
        await repair_cursor.save(self._pool, source, reached)

    async def _compare_all(self, client: httpx.AsyncClient, source: str, url: str) -> None:
        """Compare every case that the source or this service knows, because the source cannot list cases that it lost.

        The first id is 0, the id of the registry's event stream.
        """
        first = UUID(int=0)
        while True:
            answer = await _get(client, f"{url}/internal/aggregates/all", first=str(first), limit=str(_PAGE))
            theirs = _parse_positions(answer["aggregates"])
            upto = max(theirs) if len(theirs) == _PAGE else UUID(int=2**128 - 1)
            await self._compare(client, source, url, theirs, (first, upto))
            loops.progress()
            if len(theirs) < _PAGE:
                return
            first = UUID(int=upto.int + 1)

    async def _compare(
        self,
        client: httpx.AsyncClient,
        source: str,
        url: str,
        theirs: Mapping[UUID, SourcePosition],
        between: tuple[UUID, UUID] | None = None,
    ) -> None:
        """Compare the cases that the source listed, or all cases between two ids, and fetch the missing events."""
        differing = await self._differing(source, theirs, between)
        missing = {
            case_id: applied
            for case_id, applied in differing.items()
            if case_id in theirs and applied < theirs[case_id].version
        }
        suspect = differing.keys() - missing.keys()
        if between is None and source in self._repaired_once and source not in self._missing_reports:
            missing, caught_up = await self._still_missing(source, theirs, missing)
            suspect |= caught_up
        fetched = {case_id: theirs[case_id] for case_id in missing}
        while missing:
            loops.progress()
            events = await self._fetch(client, url, missing)
            await self._event_processor.process(events)
            telemetry.REPAIRED.labels(source).inc(len(events))
            for incoming in events:
                case_id, sequence = incoming.envelope.case_id, incoming.envelope.sequence
                missing[case_id] = max(missing.get(case_id, 0), sequence)
            missing = (
                {case_id: applied for case_id, applied in missing.items() if applied < theirs[case_id].version}
                if events
                else {}
            )
        if fetched:  # events on top of a different history keep a different digest
            suspect |= {
                case
                for case, applied in (await self._differing(source, fetched)).items()
                if applied >= fetched[case].version
            }
        if suspect:
            await self._mark_lost(client, source, url, suspect)

    async def _still_missing(
        self, source: str, theirs: Mapping[UUID, SourcePosition], missing: dict[UUID, int]
    ) -> tuple[dict[UUID, int], set[UUID]]:
        """Wait while missing events arrive from the broker.

        Return the cases that still lack events when no more arrive, and the cases that have all events but a digest
        that differs from the source's. Under load the newest events of a source are usually still on their way through
        the broker. Fetching them would only produce duplicates.
        """
        caught_up = set[UUID]()
        for _ in range(_ARRIVAL_CHECKS):
            if not missing:
                break
            log.debug("%d cases lack events of %s that may be arriving", len(missing), source)
            before = missing
            await asyncio.sleep(_ARRIVAL_CHECK_SECONDS)
            loops.progress()
            differing = await self._differing(source, {case_id: theirs[case_id] for case_id in before})
            missing = {case_id: applied for case_id, applied in differing.items() if applied < theirs[case_id].version}
            caught_up |= differing.keys() - missing.keys()
            if missing == before:
                break
        return missing, caught_up

    async def _differing(
        self, source: str, theirs: Mapping[UUID, SourcePosition], between: tuple[UUID, UUID] | None = None
    ) -> dict[UUID, int]:
        which = "case_id = ANY($1::uuid[])" if between is None else "case_id BETWEEN $4 AND $5"
        versions, digests = (
            [position.version for position in theirs.values()],
            [position.digest for position in theirs.values()],
        )
        text = _DIFFERING.format(source=source, which=which)
        rows = await self._pool.fetch(text, list(theirs), versions, digests, *(between or ()))
        return {row["case_id"]: row["applied"] for row in rows}

    async def _mark_lost(self, client: httpx.AsyncClient, source: str, url: str, suspect: Collection[UUID]) -> None:
        """Mark those suspect cases as diverged for which the source has lost events.

        We may have applied more events since the source answered. So our positions are read first, and then the source
        is asked again. If the source is still behind us, or has a different digest at the same sequence, it lost
        events.
        """
        rows = await self._pool.fetch(_OUR_POSITIONS.format(source=source), list(suspect))
        ours = {row["case_id"]: SourcePosition(row["applied"], row["digest"]) for row in rows}
        theirs = await _positions_of(client, url, list(ours))
        found = {case_id: (our, theirs.get(case_id, SourcePosition(0, 0))) for case_id, our in ours.items()}
        lost = {
            case_id: (our, position)
            for case_id, (our, position) in found.items()
            if not position.is_consistent_with(our)
        }
        if lost:
            log.error(
                "%s lost events of %d cases: the cases are stopped until an operator resumes them: %s …",
                source,
                len(lost),
                list(lost)[:20],
            )
            await divergence.mark_diverged(self._pool, source, lost)

    async def _fetch(self, client: httpx.AsyncClient, url: str, missing: Mapping[UUID, int]) -> list[IncomingEvent]:
        some = dict(list(missing.items())[:500])
        content = orjson.dumps(
            {"applied": {str(case_id): applied for case_id, applied in some.items()}, "limit": _EVENTS_PER_REQUEST}
        )
        answer = await client.post(f"{url}/internal/events", content=content)
        answer.raise_for_status()
        return [_incoming_event(each) for each in orjson.loads(answer.content)["events"]]


async def _positions_of(client: httpx.AsyncClient, url: str, case_ids: Sequence[UUID]) -> dict[UUID, SourcePosition]:
    """Return the source's position about each of these cases. Cases that the source does not know are left out."""
    found: dict[UUID, SourcePosition] = {}
    for start in range(0, len(case_ids), _CASES_PER_REQUEST):
        names = ",".join(map(str, case_ids[start : start + _CASES_PER_REQUEST]))
        found |= _parse_positions((await _get(client, f"{url}/internal/aggregates/of", cases=names))["aggregates"])
    return found


async def _get(client: httpx.AsyncClient, url: str, **query: str) -> dict[str, Any]:
    answer = await client.get(url, params={name: value for name, value in query.items() if value})
    answer.raise_for_status()
    found: dict[str, Any] = orjson.loads(answer.content)
    return found


def _parse_positions(rows: list[tuple[str, int, int]]) -> dict[UUID, SourcePosition]:
    return {UUID(case_id): SourcePosition(version, digest) for case_id, version, digest in rows}


def _incoming_event(event: dict[str, Any]) -> IncomingEvent:
    headers = [(name, value.encode()) for name, value in event["headers"]]
    return IncomingEvent(Envelope.from_headers(headers), headers, base64.b64decode(event["body"]))
