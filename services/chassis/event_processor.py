"""Applies events once, in the order of their source, and never before their dependencies (rules 4 and 6).

Every incoming event takes this path, whether it comes from the broker, from repair or from the deferred events.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import chain
from typing import Any, Generic
from uuid import UUID

import orjson
from pydantic import ValidationError

from contracts.base import CASE_SOURCES, Event
from contracts.catalogue import EVENTS
from contracts.envelope import Envelope
from contracts.events.acceptance import CaseFiled
from contracts.events.registry import REGISTRY_STREAM
from services.chassis import loops, quarantine, redaction, release_store, repair_cursor, telemetry
from services.chassis.build_id import build_id
from services.chassis.cases import SOURCES, Case, Handler, IncomingEvent, MoreCasesNeeded, S, parse_stored_event
from services.chassis.database import TRANSIENT, Connection
from services.chassis.leases import LeaseLost
from services.chassis.problems import EarlierEventsMissing
from services.chassis.unit_of_work import Step, UnitOfWork

log = logging.getLogger(__name__)

_APPLIED = {source: telemetry.APPLIED.labels(source) for source in SOURCES}

Key = tuple[UUID, str, int]
"""Case, source and sequence: the identity of an event."""

_PARK = """
    INSERT INTO deferred_event (case_id, source, sequence, needs_release, headers, body)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::jsonb[], $6::bytea[])
    ON CONFLICT DO NOTHING
"""

_WAITING = """
    SELECT DISTINCT case_id FROM deferred_event JOIN aggregate USING (case_id) WHERE deferred_event.needs_release <= $1 AND NOT aggregate.diverged
"""

_BURY = """
    INSERT INTO dead_letter (case_id, source, sequence, type, headers, body, error, build)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (case_id, source, sequence) WHERE resolution IS NULL
    DO UPDATE SET error = excluded.error, attempts = dead_letter.attempts + 1, build = excluded.build, failed_at = now()
"""

_DEAD = """
    SELECT id, source, headers::text AS headers, body FROM dead_letter
    WHERE resolution IS NULL AND case_id IS NOT NULL AND id > $1 AND id <= $2 AND build <> $3 ORDER BY id LIMIT 200
"""

_RETRIED = """
    UPDATE dead_letter SET resolution = 'retried', resolved_by = $2, reason = $3, resolved_at = now()
    WHERE id = ANY($1::bigint[]) AND resolution IS NULL
"""

_STATES = "SELECT case_id, coalesce(state::text, '{}') AS state FROM aggregate WHERE case_id = ANY($1::uuid[])"

_EVERY = 20.0
"""Seconds between two attempts to read halted cases."""

_UNKNOWN_WORD = frozenset({"literal_error", "enum", "union_tag_invalid"})
"""Pydantic's error types for a value outside a closed list."""


class Poison(Exception):
    """Raised if handlers could not apply these events, and neither their order nor the database is the cause."""

    def __init__(self, found: Mapping[Key, BaseException]) -> None:
        super().__init__(
            "; ".join(f"{case}/{source}/{number}: {why!r}" for (case, source, number), why in found.items())
        )
        self.found = found


class EventProcessor(Generic[S]):
    """Applies incoming events, one transaction per batch."""

    def __init__(
        self,
        unit: UnitOfWork[S],
        handlers: Mapping[type[Event], Handler[S]],
        any_event: Callable[[Case[S], Event, Envelope], None] | None = None,
    ) -> None:
        self._unit = unit
        self._any = any_event
        self._handlers: dict[str, Callable[[Case[Any], Any, Envelope], None]] = {
            event.TYPE: handler for event, handler in handlers.items()
        }
        for name, model in EVENTS.items():
            if model.SOURCE == "registry":
                self._handlers[name] = release_store.apply
            elif any_event is not None:
                self._handlers[name] = any_event

    def handles(self, arrived: IncomingEvent) -> bool:
        """Return whether this service handles the event's type. Other events only advance the applied position."""
        return arrived.envelope.type in self._handlers

    async def process(self, batch: Iterable[IncomingEvent], first: Step | None = None) -> None:
        """Apply a batch. `first` runs at the start of the transaction; the consumer commits its offsets there.

        Raises database outages and `LeaseLost`. An event that cannot be applied becomes a dead letter, its applied
        position stays, and the events that depend on it are deferred.
        """
        own = self._unit.service
        batch = [each for each in batch if each.envelope.source != own]  # our own events are in the event store
        try:
            await self._process_readable(batch, first)
        except (LeaseLost, *TRANSIENT):
            raise
        except Exception as error:
            if not batch:
                raise
            log.warning("batch cannot be written, applied event by event: %r", error)
            for arrived in batch:
                await self._process_alone(arrived)
            for case_id in {arrived.envelope.case_id for arrived in batch}:
                await self._process_deferred(case_id)
            if first is not None:
                await self._process_readable([], first)

    async def _process_readable(
        self, batch: list[IncomingEvent], first: Step | None, buried: Mapping[Key, BaseException] | None = None, *,
        alone: bool = False,
    ) -> None:  # fmt: skip
        """Apply a batch. Events that cannot be applied become dead letters."""
        buried = dict(buried or {})
        while True:
            try:
                return await self._process(batch, buried, first, alone=alone)
            except Poison as poison:
                buried |= poison.found
                log.warning("%d events became dead letters: %s", len(poison.found), poison)

    async def _process_alone(self, arrived: IncomingEvent) -> None:
        """Apply one event without the deferred events of its case.

        A failure may come from another event of the batch or from a passing fault of a client library, so the event is
        tried twice alone. If it fails again, it becomes a dead letter.
        """
        buried: dict[Key, BaseException] = {}
        for _ in range(2):
            try:
                await self._process_readable([arrived], None, alone=True)
            except (LeaseLost, *TRANSIENT):
                raise
            except Exception as error:
                log.exception("%s %s cannot be written", arrived.envelope.type, arrived.envelope.id)
                buried = {_key(arrived): error}
            else:
                return
        await self._process_readable([arrived], None, buried, alone=True)

    async def _process_deferred(self, case_id: UUID) -> None:
        """Apply the deferred events of a case one by one, as long as any of them can be applied."""
        left, before = await self._parked(case_id), 0
        while left and len(left) != before:
            before = len(left)
            for arrived in left:
                await self._process_alone(arrived)
            left = await self._parked(case_id)

    async def skip(self, arrived: IncomingEvent, resolve: Step) -> None:
        """Advance the applied position past an event without applying it, then apply the events that waited for it.

        An operator decides this. `resolve` runs in the same transaction. Raises `EarlierEventsMissing` if earlier
        events of the source are missing, because the position would pass over them as well.
        """
        case_id, source, sequence = _key(arrived)

        def decide(cases: dict[UUID, Case[S]]) -> None:
            aggregate = cases[case_id].aggregate
            if sequence > aggregate.applied[source] + 1:
                raise EarlierEventsMissing(sequence=sequence, applied=aggregate.applied[source])
            if sequence > aggregate.applied[source]:
                aggregate.record_applied(arrived.envelope)

        await self._unit.run([case_id], decide, cause="", first=resolve)
        await self._again([case_id])

    async def run(self) -> None:
        """Retry what another build failed to do.

        Dead letters are retried once at start, halted cases at start and every `_EVERY` seconds.
        """
        started = False
        while True:
            if not started:
                await self.retry_dead("upgrade", "another build of this service", other_builds=True)
                started = True
            await self.retry_halted()
            loops.progress()
            await asyncio.sleep(_EVERY)

    async def retry_dead(self, by: str, reason: str, *, other_builds: bool = False) -> int:
        """Apply dead letters again, or only those of other builds. Return how many were tried.

        An event that fails again becomes a dead letter again. If the process ends in between, repair fetches the
        events.
        """
        pool, tried, after = self._unit.pool, 0, 0
        last = await pool.fetchval("SELECT coalesce(max(id), 0) FROM dead_letter")
        while rows := await pool.fetch(_DEAD, after, last, build_id() if other_builds else ""):
            after = rows[-1]["id"]
            async with pool.acquire() as connection, connection.transaction():
                await connection.execute(_RETRIED, [row["id"] for row in rows], by, reason)
                for source in {row["source"] for row in rows}:
                    await repair_cursor.reset(connection, source)
            await self.process([parse_stored_event(row["headers"], row["body"]) for row in rows])
            tried += len(rows)
        return tried

    async def retry_halted(self) -> int:
        """Resume every halted case whose state this version can read. Return how many there were."""
        pool = self._unit.pool
        rows = await pool.fetch(_STATES, await quarantine.halted_cases(pool))
        ids = [row["case_id"] for row in rows if self._unit.can_read(row["case_id"], row["state"])]
        await quarantine.remove(pool, quarantine.STATE, ids)
        await self._again(ids)
        return len(ids)

    async def retry_parked(self) -> None:
        """Apply the deferred events that no longer wait for a release.

        They take the path of new events, so that an event that cannot be applied becomes a dead letter.
        """
        ids = [row["case_id"] for row in await self._unit.pool.fetch(_WAITING, self._unit.release)]
        for start in range(0, len(ids), 200):
            await self._again(ids[start : start + 200])

    async def _again(self, case_ids: list[UUID]) -> None:
        await self.process(await self._parked(*case_ids))

    async def _parked(self, *case_ids: UUID) -> list[IncomingEvent]:
        async with self._unit.pool.acquire() as connection:
            return await _parked(connection, list(case_ids))

    async def _process(
        self, batch: list[IncomingEvent], buried: Mapping[Key, BaseException], first: Step | None, *, alone: bool
    ) -> None:
        """Run one transaction for the batch and for the deferred events of its cases; `alone` leaves these deferred."""
        waiting: dict[UUID, list[IncomingEvent]] = {}
        parked_before: dict[UUID, set[Key]] = {}
        graves: dict[Key, IncomingEvent] = {}
        releases: set[int] = set()

        async def loaded(connection: Connection, cases: dict[UUID, Case[S]]) -> None:
            waiting.clear()
            parked_before.clear()
            graves.clear()
            for arrived in batch:
                waiting.setdefault(arrived.envelope.case_id, []).append(arrived)
            for row in await _waiting(connection, cases.values(), {_key(each) for each in batch} if alone else None):
                parked_before.setdefault(row.envelope.case_id, set()).add(_key(row))
                waiting.setdefault(row.envelope.case_id, []).append(row)
            for case in cases.values():
                wanted = [] if case.halted else waiting.get(case.id, ())
                case.incoming = [each for each in wanted if self.handles(each)]
            if poison := _parse((case.incoming for case in cases.values()), buried):
                raise Poison(poison)
            load = getattr(self._unit.store, "load", None)
            if load is not None:
                known = [case for case in cases.values() if case.id != REGISTRY_STREAM and not case.halted]
                await load(connection, known)

        def decide(cases: dict[UUID, Case[S]]) -> dict[UUID, int]:
            poison: dict[Key, BaseException] = {}
            releases.update(case.release for case in cases.values())
            before = {case.id: case.aggregate.deferred for case in cases.values()}
            for case_id, arrived in waiting.items():
                waiting[case_id] = self._apply(cases[case_id], arrived, buried, graves, poison)
                left_out = before[case_id] - len(parked_before.get(case_id, ()))
                cases[case_id].aggregate.deferred = left_out + len({_key(each) for each in waiting[case_id]})
            if poison:  # all together, so that the batch is repeated once and not once per failed event
                raise Poison(poison)
            own = self._unit.service == CaseFiled.SOURCE
            return {
                case.id: case.aggregate.version if own else case.aggregate.applied[CaseFiled.SOURCE]
                for case in cases.values()
                if case.in_confidence
            }

        async def last(connection: Connection, secret: dict[UUID, int]) -> None:
            await _save_parked(connection, waiting, parked_before)
            for key, arrived in graves.items():
                await connection.execute(
                    _BURY, *_row(arrived)[:3], arrived.envelope.type, *_bytes(arrived), repr(buried[key]), build_id()
                )
            await redaction.redact_pending(connection, secret)

        ids = {arrived.envelope.case_id for arrived in batch}
        await self._unit.run(ids, decide, cause="", first=first, loaded=loaded, last=last, touch=False, halted=True)
        await self._look_again(waiting, releases)

    async def _look_again(self, waiting: Mapping[UUID, list[IncomingEvent]], releases: Collection[int]) -> None:
        """Apply the events that wait for a release which came into force while the transaction ran with an earlier one.

        `retry_parked` ran before these events were stored as deferred, so it did not find them.
        """
        before, now = min(releases, default=0), self._unit.release
        late = [case_id for case_id, left in waiting.items() if any(before < _row(each)[3] <= now for each in left)]
        if late:
            await self._again(late)

    def _apply(
        self, case: Case[S], arrived: list[IncomingEvent], buried: Mapping[Key, BaseException], graves: dict[Key, IncomingEvent],
        poison: dict[Key, BaseException],
    ) -> list[IncomingEvent]:  # fmt: skip
        """Apply to one case every event that is next in its source's order and has its dependencies. Return the others.

        Stops at an event that cannot be applied and records it in `poison`; the half-changed case is discarded.
        """
        rest = arrived
        moved = True
        while moved and rest:
            moved, again = False, []
            for each in rest:
                mark = case.aggregate.applied[each.envelope.source]
                if each.envelope.sequence <= mark:
                    telemetry.DUPLICATES.inc()
                    case.dirty = case.dirty or case.aggregate.deferred > 0
                    continue
                key = _key(each)
                if key in buried:
                    graves[key] = each
                elif each.newer or not self._ready(case, each.envelope, mark):
                    again.append(each)
                else:
                    with telemetry.case_context(case.id, each.envelope.id, each.envelope.traceparent):
                        try:
                            self._apply_one(case, each)
                        except MoreCasesNeeded:
                            raise
                        except Exception as error:
                            poison[key] = error
                            log.exception("%s %s cannot be applied", each.envelope.type, each.envelope.id)
                            return rest
                    moved = True
            rest = again
        case.dirty = case.dirty or bool(rest) or bool(case.aggregate.deferred)
        return rest

    def _ready(self, case: Case[S], envelope: Envelope, mark: int) -> bool:
        if case.halted or case.aggregate.diverged or envelope.sequence != mark + 1 or envelope.type not in EVENTS:
            return False
        for source, needed in envelope.dependencies.items():
            if source == "registry":
                if needed > case.release:
                    return False
            elif source == self._unit.service:
                if needed > case.aggregate.version:
                    return False
            elif source in CASE_SOURCES and needed > case.aggregate.applied[source]:
                return False
        return True

    def _apply_one(self, case: Case[S], arrived: IncomingEvent) -> None:
        envelope = arrived.envelope
        case.aggregate.record_applied(envelope)
        case.dirty = True
        _APPLIED[envelope.source].inc()
        handler = self._handlers.get(envelope.type)
        if handler is None:
            return
        case.cause, case.traceparent = envelope.id, envelope.traceparent
        assert arrived.event is not None  # `_parse` has set it
        handler(case, self._as_kept(case, arrived.event), envelope)

    def _as_kept(self, case: Case[S], event: Event) -> Event:
        """Redact an event about a confidential case.

        `CaseFiled` is exempt: it comes from intake in order, so the last one decides whether the case is confidential.
        A handler of every event redacts by itself.
        """
        if self._any is not None or isinstance(event, CaseFiled) or not case.in_confidence:
            return event
        return event.redacted()


def _parse(incoming: Iterable[list[IncomingEvent]], buried: Mapping[Key, BaseException]) -> dict[Key, BaseException]:
    """Parse the bodies that will be applied. Return the events whose body does not match its type.

    If the only fault is an unknown value of a closed list, the event comes from a newer version and is deferred.
    """
    poison: dict[Key, BaseException] = {}
    for arrived in chain.from_iterable(incoming):
        if arrived.event is None and _key(arrived) not in buried:
            try:
                arrived.event = EVENTS[arrived.envelope.type].parse(arrived.body)
            except ValidationError as error:
                arrived.newer = all(each["type"] in _UNKNOWN_WORD for each in error.errors(include_url=False))
                if not arrived.newer:
                    poison[_key(arrived)] = error
    return poison


def _key(arrived: IncomingEvent) -> Key:
    return arrived.envelope.case_id, arrived.envelope.source, arrived.envelope.sequence


def _row(arrived: IncomingEvent) -> tuple[UUID, str, int, int]:
    envelope = arrived.envelope
    return envelope.case_id, envelope.source, envelope.sequence, envelope.dependencies.get("registry", 0)


def _bytes(arrived: IncomingEvent) -> tuple[str, bytes]:
    headers = [[name, value.decode("utf-8", "replace")] for name, value in arrived.headers]
    return orjson.dumps(headers).decode(), arrived.body


async def _parked(connection: Connection, case_ids: list[UUID]) -> list[IncomingEvent]:
    if not case_ids:
        return []
    rows = await connection.fetch(
        "SELECT headers::text AS headers, body FROM deferred_event WHERE case_id = ANY($1::uuid[]) ORDER BY source, sequence",
        case_ids,
    )
    return [parse_stored_event(row["headers"], row["body"]) for row in rows]


async def _waiting(connection: Connection, cases: Iterable[Case[Any]], only: set[Key] | None) -> list[IncomingEvent]:
    """Return the deferred events of these cases; with `only`, just those events."""
    rows = await _parked(connection, [case.id for case in cases if case.aggregate.deferred])
    return [row for row in rows if only is None or _key(row) in only]


async def _save_parked(
    connection: Connection, waiting: Mapping[UUID, list[IncomingEvent]], before: Mapping[UUID, set[Key]]
) -> None:
    now_waiting: dict[UUID, dict[Key, IncomingEvent]] = defaultdict(dict)
    for case_id, arrived in waiting.items():
        for each in arrived:
            now_waiting[case_id][_key(each)] = each
    gone = [key for case_id, keys in before.items() for key in keys - now_waiting[case_id].keys()]
    new = [
        each
        for case_id, arrived in now_waiting.items()
        for key, each in arrived.items()
        if key not in before.get(case_id, ())
    ]
    if gone:
        await connection.execute(
            "DELETE FROM deferred_event USING unnest($1::uuid[], $2::text[], $3::int[]) AS gone (case_id, source, sequence)"
            " WHERE deferred_event.case_id = gone.case_id AND deferred_event.source = gone.source"
            " AND deferred_event.sequence = gone.sequence",
            *map(list, zip(*gone, strict=True)),
        )
    if new:
        rows = [(*_row(each), *_bytes(each)) for each in new]
        await connection.execute(_PARK, *map(list, zip(*rows, strict=True)))


__all__ = ["SOURCES", "EventProcessor", "Poison"]
