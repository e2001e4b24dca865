"""Applies events once, in the order of their source, and never before their dependencies (rules 4 and 6).

Every incoming event takes this path, whether it comes from the broker, from repair or from the deferred events.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Generic
from uuid import UUID

from contracts.base import CASE_SOURCES, Event
from contracts.catalogue import EVENTS
from contracts.envelope import Envelope
from contracts.events.acceptance import CaseFiled
from services.chassis import (
    dead_letters,
    deferred_store,
    loops,
    quarantine,
    redaction,
    release_store,
    repair_cursor,
    telemetry,
)
from services.chassis.build_id import build_id
from services.chassis.cases import SOURCES, Case, Handler, IncomingEvent, MoreCasesNeeded, S
from services.chassis.database import TRANSIENT, Connection
from services.chassis.deferred_store import Key
from services.chassis.event_parsing import parse_bodies
from services.chassis.leases import LeaseLost
from services.chassis.problems import EarlierEventsMissing
from services.chassis.unit_of_work import Step, UnitOfWork

log = logging.getLogger(__name__)

_APPLIED = {source: telemetry.APPLIED.labels(source) for source in SOURCES}

_STATES = "SELECT case_id, coalesce(state::text, '{}') AS state FROM aggregate WHERE case_id = ANY($1::uuid[])"

RETRY_SECONDS = 20.0
"""Seconds between two attempts to read halted cases."""


class Poison(Exception):
    """Raised if events of a batch are invalid or their handlers failed. The batch is repeated without these events."""

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
        self._any_event = any_event
        self._handlers: dict[str, Callable[[Case[Any], Any, Envelope], None]] = {
            event.TYPE: handler for event, handler in handlers.items()
        }
        for name, model in EVENTS.items():
            if model.SOURCE == "registry":
                self._handlers[name] = release_store.apply
            elif any_event is not None:
                self._handlers[name] = any_event

    def handles(self, incoming: IncomingEvent) -> bool:
        """Return whether this service handles the event's type. Other events only advance the applied position."""
        return incoming.envelope.type in self._handlers

    async def process(self, batch: Iterable[IncomingEvent], at_start: Step | None = None) -> None:
        """Apply a batch. `at_start` runs at the start of the transaction; the consumer advances its offsets there.

        Raises database outages and `LeaseLost`. An event that cannot be applied becomes a dead letter. Then the applied
        position of its source does not change, and the events that depend on the dead letter are deferred.
        """
        own = self._unit.service
        batch = [each for each in batch if each.envelope.source != own]  # our own events are in the event store
        try:
            await self._process_readable(batch, at_start)
        except (LeaseLost, *TRANSIENT):
            raise
        except Exception as error:
            if not batch:
                raise
            log.warning("a batch cannot be written; its events are applied one by one: %r", error)
            for incoming in batch:
                await self._process_alone(incoming)
            for case_id in {incoming.envelope.case_id for incoming in batch}:
                await self._process_deferred(case_id)
            if at_start is not None:
                await self._process_readable([], at_start)

    async def _process_readable(
        self,
        batch: list[IncomingEvent],
        at_start: Step | None,
        failures: Mapping[Key, BaseException] | None = None,
        *,
        alone: bool = False,
    ) -> None:
        """Apply a batch whose events can be written.

        Events that are invalid or whose handler fails become dead letters.
        """
        failures = dict(failures or {})
        while True:
            try:
                return await self._process(batch, failures, at_start, alone=alone)
            except Poison as poison:
                failures |= poison.found
                log.warning("%d events became dead letters: %s", len(poison.found), poison)

    async def _process_alone(self, incoming: IncomingEvent) -> None:
        """Apply one event without the deferred events of its case.

        A failure may come from another event of the batch or from a passing fault of a client library, so the event is
        tried twice alone. If it fails both times, it becomes a dead letter.
        """
        failures: dict[Key, BaseException] = {}
        for _ in range(2):
            try:
                await self._process_readable([incoming], None, alone=True)
            except (LeaseLost, *TRANSIENT):
                raise
            except Exception as error:
                log.exception("%s %s cannot be written", incoming.envelope.type, incoming.envelope.id)
                failures = {deferred_store.key_of(incoming): error}
            else:
                return
        await self._process_readable([incoming], None, failures, alone=True)

    async def _process_deferred(self, case_id: UUID) -> None:
        """Apply the deferred events of a case one by one, as long as any of them can be applied."""
        left, before = await self._deferred_events_of(case_id), 0
        while left and len(left) != before:
            before = len(left)
            for incoming in left:
                await self._process_alone(incoming)
            left = await self._deferred_events_of(case_id)

    async def skip(self, incoming: IncomingEvent, resolve: Step) -> None:
        """Advance the applied position past an event without applying it, then apply the events that waited for it.

        An operator decides this. `resolve` runs in the same transaction. Raises `EarlierEventsMissing` if earlier
        events of the source are missing, because the position would pass over the missing events as well.
        """
        case_id, source, sequence = deferred_store.key_of(incoming)

        def decide(cases: dict[UUID, Case[S]]) -> None:
            aggregate = cases[case_id].aggregate
            if sequence > aggregate.applied[source] + 1:
                raise EarlierEventsMissing(sequence=sequence, applied=aggregate.applied[source])
            if sequence > aggregate.applied[source]:
                aggregate.record_applied(incoming.envelope)

        await self._unit.run([case_id], decide, cause="", at_start=resolve)
        await self._retry_deferred_of([case_id])

    async def run(self) -> None:
        """Retry the dead letters that another build could not apply, and resume halted cases.

        Dead letters are retried once at start. Halted cases are resumed at start and every 20 seconds.
        """
        await self.retry_dead("upgrade", "another build of this service", other_builds=True)
        while True:
            await self.retry_halted()
            loops.progress()
            await asyncio.sleep(RETRY_SECONDS)

    async def retry_dead(self, by: str, reason: str, *, other_builds: bool = False) -> int:
        """Apply dead letters again and return how many. With `other_builds`, only those of another build.

        An event that fails again becomes a dead letter again. Dead letters are marked as retried before their events
        are applied. If the process ends before it has applied them, repair fetches the events.
        """
        pool, tried, after = self._unit.pool, 0, 0
        last = await dead_letters.last_id(pool)
        while found := await dead_letters.events_after(pool, after, last, build_id() if other_builds else ""):
            after, events = found[-1][0], [incoming for _, incoming in found]
            async with pool.acquire() as connection, connection.transaction():
                await dead_letters.resolve(connection, [each for each, _ in found], "retried", by, reason)
                for source in {incoming.envelope.source for incoming in events}:
                    await repair_cursor.reset(connection, source)
            await self.process(events)
            tried += len(events)
        return tried

    async def retry_halted(self) -> int:
        """Resume every halted case whose state this version can read. Return the number of resumed cases."""
        pool = self._unit.pool
        rows = await pool.fetch(_STATES, await quarantine.halted_cases(pool))
        ids = [row["case_id"] for row in rows if self._unit.can_read(row["case_id"], row["state"])]
        await quarantine.remove(pool, quarantine.STATE, ids)
        await self._retry_deferred_of(ids)
        return len(ids)

    async def retry_deferred(self) -> None:
        """Process again the deferred events that do not wait for a later release.

        They are processed like new events, so that an event that cannot be applied becomes a dead letter.
        """
        ids = await deferred_store.cases_to_retry(self._unit.pool, self._unit.release)
        for start in range(0, len(ids), 200):
            await self._retry_deferred_of(ids[start : start + 200])

    async def _retry_deferred_of(self, case_ids: list[UUID]) -> None:
        await self.process(await self._deferred_events_of(*case_ids))

    async def _deferred_events_of(self, *case_ids: UUID) -> list[IncomingEvent]:
        async with self._unit.pool.acquire() as connection:
            return await deferred_store.load(connection, list(case_ids))

    async def _process(
        self, batch: list[IncomingEvent], failures: Mapping[Key, BaseException], at_start: Step | None, *, alone: bool
    ) -> None:
        """Apply the batch and the deferred events of its cases in one transaction.

        With `alone`, only the batch is applied, and the other events stay deferred.
        """
        pending: dict[UUID, list[IncomingEvent]] = {}
        deferred_before: dict[UUID, set[Key]] = {}
        failed_events: dict[Key, IncomingEvent] = {}
        releases: set[int] = set()

        async def after_load(connection: Connection, cases: dict[UUID, Case[S]]) -> None:
            pending.clear()
            deferred_before.clear()
            failed_events.clear()
            for incoming in batch:
                pending.setdefault(incoming.envelope.case_id, []).append(incoming)
            for row in await deferred_store.load_for_batch(
                connection, cases.values(), {deferred_store.key_of(each) for each in batch} if alone else None
            ):
                deferred_before.setdefault(row.envelope.case_id, set()).add(deferred_store.key_of(row))
                pending.setdefault(row.envelope.case_id, []).append(row)
            for case in cases.values():
                wanted = [] if case.halted else pending.get(case.id, ())
                case.incoming = [each for each in wanted if self.handles(each)]
            if poison := parse_bodies((case.incoming for case in cases.values()), failures):
                raise Poison(poison)

        def decide(cases: dict[UUID, Case[S]]) -> dict[UUID, int]:
            poison: dict[Key, BaseException] = {}
            releases.update(case.release for case in cases.values())
            before = {case.id: case.aggregate.deferred for case in cases.values()}
            for case_id, events in pending.items():
                pending[case_id] = self._apply(cases[case_id], events, failures, failed_events, poison)
                left_out = before[case_id] - len(deferred_before.get(case_id, ()))
                cases[case_id].aggregate.deferred = left_out + len(
                    {deferred_store.key_of(each) for each in pending[case_id]}
                )
            if poison:  # all together, so that the batch is repeated once and not once per failed event
                raise Poison(poison)
            own = self._unit.service == CaseFiled.SOURCE
            return {
                case.id: case.aggregate.version if own else case.aggregate.applied[CaseFiled.SOURCE]
                for case in cases.values()
                if case.in_confidence
            }

        async def before_commit(connection: Connection, secret: dict[UUID, int]) -> None:
            await deferred_store.save(connection, pending, deferred_before)
            await dead_letters.insert(connection, failed_events, failures)
            await redaction.redact_pending(connection, secret)

        ids = {incoming.envelope.case_id for incoming in batch}
        await self._unit.run(
            ids,
            decide,
            cause="",
            at_start=at_start,
            after_load=after_load,
            before_commit=before_commit,
            save_all=False,
            include_halted=True,
        )
        await self._retry_after_release(pending, releases)

    async def _retry_after_release(
        self, pending: Mapping[UUID, list[IncomingEvent]], releases: Collection[int]
    ) -> None:
        """Apply deferred events whose release came into force during the transaction that deferred them.

        The transaction used an earlier release. `retry_deferred` ran before these events were stored, so it did not
        find them.
        """
        before, now = min(releases, default=0), self._unit.release
        late = [
            case_id
            for case_id, left in pending.items()
            if any(before < deferred_store.identity_and_release(each)[3] <= now for each in left)
        ]
        if late:
            await self._retry_deferred_of(late)

    def _apply(
        self,
        case: Case[S],
        events: list[IncomingEvent],
        failures: Mapping[Key, BaseException],
        failed_events: dict[Key, IncomingEvent],
        poison: dict[Key, BaseException],
    ) -> list[IncomingEvent]:
        """Apply to one case every event whose earlier events and dependencies are applied. Return the other events.

        Stops at an event that cannot be applied and records it in `poison`; the half-changed case is discarded.
        """
        waiting = events
        progressed = True
        while progressed and waiting:
            progressed, still_waiting = False, []
            for each in waiting:
                applied = case.aggregate.applied[each.envelope.source]
                if each.envelope.sequence <= applied:
                    telemetry.DUPLICATES.inc()
                    case.dirty = case.dirty or case.aggregate.deferred > 0
                    continue
                key = deferred_store.key_of(each)
                if key in failures:
                    failed_events[key] = each
                elif each.newer or not self._ready(case, each.envelope, applied):
                    still_waiting.append(each)
                else:
                    with telemetry.case_context(case.id, each.envelope.id, each.envelope.traceparent):
                        try:
                            self._apply_one(case, each)
                        except MoreCasesNeeded:
                            raise
                        except Exception as error:
                            poison[key] = error
                            log.exception("%s %s cannot be applied", each.envelope.type, each.envelope.id)
                            return waiting
                    progressed = True
            waiting = still_waiting
        case.dirty = case.dirty or bool(waiting) or bool(case.aggregate.deferred)
        return waiting

    def _ready(self, case: Case[S], envelope: Envelope, applied: int) -> bool:
        if case.halted or case.aggregate.diverged or envelope.sequence != applied + 1 or envelope.type not in EVENTS:
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

    def _apply_one(self, case: Case[S], incoming: IncomingEvent) -> None:
        envelope = incoming.envelope
        case.aggregate.record_applied(envelope)
        case.dirty = True
        _APPLIED[envelope.source].inc()
        handler = self._handlers.get(envelope.type)
        if handler is None:
            return
        case.cause, case.traceparent = envelope.id, envelope.traceparent
        assert incoming.event is not None  # `parse_bodies` has set it
        handler(case, self._redact_if_confidential(case, incoming.event), envelope)

    def _redact_if_confidential(self, case: Case[S], event: Event) -> Event:
        """Redact an event about a confidential case.

        `CaseFiled` is not redacted: intake's events are applied in order, so the last `CaseFiled` decides whether the
        case is confidential. The handler `Service.any_event` receives unredacted events and must redact them itself.
        """
        if self._any_event is not None or isinstance(event, CaseFiled) or not case.in_confidence:
            return event
        return event.redacted()
