"""The unit of work: one transaction that locks, loads, decides in memory, writes and commits (rule 2)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable
from uuid import UUID
from weakref import WeakMethod

from contracts.base import drop_unknown_fields
from services.chassis import case_creation, event_store, loops, quarantine, release_store, state_documents
from services.chassis.case_creation import Insert
from services.chassis.cases import REGISTRY_STREAM, SOURCES, Aggregate, Case, MoreCasesNeeded, S
from services.chassis.category_pseudonyms import CategoryPseudonyms
from services.chassis.clock import Clock
from services.chassis.database import CONFLICT, Connection, Pool
from services.chassis.problems import CaseHalted
from services.chassis.registry_snapshot import RegistrySnapshot

log = logging.getLogger(__name__)

T = TypeVar("T")

Step = Callable[[Connection], Awaitable[None]]
"""A further step of the transaction that has this connection."""

_ATTEMPTS = 12

_POSITIONS = ", ".join((*(f"{source}_applied" for source in SOURCES), *(f"{source}_digest" for source in SOURCES)))

_LOCK = f"""
    SELECT case_id, version, digest, {_POSITIONS}, deferred, diverged, state::text AS state
    FROM aggregate WHERE case_id = ANY($1::uuid[]) ORDER BY case_id FOR UPDATE
"""

_SAVE = f"""
    UPDATE aggregate SET
        version = new.version, digest = new.digest,
        {", ".join(f"{s}_applied = new.{s}_applied, {s}_digest = new.{s}_digest" for s in SOURCES)},
        deferred = new.deferred, state = coalesce(new.state::jsonb, aggregate.state)
    FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[],
                $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::int[], $15::text[])
         AS new (case_id, version, digest, {_POSITIONS}, deferred, state)
    WHERE aggregate.case_id = new.case_id AND aggregate.case_id = ANY($1::uuid[])
"""
"""Updates aggregates. A null state leaves the stored state unchanged.

`= ANY` repeats the join condition. Without this repetition the planner expects a hundred rows from `unnest`, and scans
the whole table.
"""


class Store(Protocol[S]):
    """A service's own tables.

    Its methods see all cases of a transaction at once, so that each table is written once.
    """

    async def save(self, connection: Connection, cases: list[Case[S]]) -> None:
        """Write the rows that follow from the changed cases."""
        ...


@runtime_checkable
class CaseFactory(Protocol):
    """A store with the inserts for new cases. Every service that creates cases has one."""

    def new_case_inserts(self, case: Case[Any]) -> Sequence[Insert]:
        """Return the inserts for a new case into the service's own tables."""
        ...


class NoStore(Generic[S]):
    """The store of a service without tables of its own."""

    async def save(self, connection: Connection, cases: list[Case[S]]) -> None:
        """Do nothing."""


class UnitOfWork(Generic[S]):
    """Runs decisions on locked cases. Only this class commits changes of cases."""

    def __init__(
        self,
        pool: Pool,
        service: str,
        state: type[S],
        store: Store[S],
        clock: Clock,
        district: Callable[[], RegistrySnapshot | None],
        pseudonyms: CategoryPseudonyms = CategoryPseudonyms(),
    ) -> None:
        self.pool = pool
        self.service = service
        self.store = store
        self._case_factory = store if isinstance(store, CaseFactory) else None
        self._state = state
        self._clock = clock
        self._district = district
        self._pseudonyms = pseudonyms
        self._listeners: list[WeakMethod[Callable[[], None]]] = []
        self._release_listeners: list[WeakMethod[Callable[[], None]]] = []

    @property
    def release(self) -> int:
        """The registry release in force in this process; 0 before the first."""
        district = self._district()
        return district.release if district is not None else 0

    def can_read(self, case_id: UUID, document: str) -> bool:
        """Return whether this version can read a stored state."""
        try:
            state_documents.parse_state(self._model(case_id), case_id, document)
        except CaseHalted:
            return False
        return True

    def _model(self, case_id: UUID) -> type[Any]:
        return release_store.StagedRelease if case_id == REGISTRY_STREAM else self._state

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Register a bound method to call after every commit that changed a case. It wakes up workers of this process.

        Only a weak reference to the method's object is kept, so that an ended loop leaves no listener behind.
        """
        live = [reference for reference in self._listeners if reference() is not None]
        self._listeners = [*live, WeakMethod(listener)]

    def on_release(self, listener: Callable[[], None]) -> None:
        """Register a bound method to call after commits that may have put a new release in force (see `on_commit`)."""
        live = [reference for reference in self._release_listeners if reference() is not None]
        self._release_listeners = [*live, WeakMethod(listener)]

    async def run(
        self,
        ids: Iterable[UUID],
        decide: Callable[[dict[UUID, Case[S]]], T],
        *,
        cause: str,
        traceparent: str = "",
        at_start: Step | None = None,
        after_load: Callable[[Connection, dict[UUID, Case[S]]], Awaitable[None]] | None = None,
        before_commit: Callable[[Connection, T], Awaitable[None]] | None = None,
        save_all: bool = True,
        include_halted: bool = False,
    ) -> T:
        """Run one transaction: `at_start`, lock and load the cases, `after_load`, `decide`, save, `before_commit`.

        `decide` is pure and may be called again: with more cases after `MoreCasesNeeded`, or after a conflict with
        another transaction. With `save_all` every case is saved; without it, only cases that `decide` marked `dirty`.
        With `include_halted`, `decide` also gets cases whose state cannot be read, and must not change their state.
        Without `include_halted`, a case whose state cannot be read raises `CaseHalted`.
        """
        wanted = set(ids)
        for attempt in range(_ATTEMPTS):
            try:
                async with self.pool.acquire() as connection, connection.transaction():
                    if at_start is not None:
                        await at_start(connection)
                    cases = await self._lock_and_load(
                        connection, wanted, cause, traceparent, include_halted=include_halted
                    )
                    if after_load is not None:
                        await after_load(connection, cases)
                    result = decide(cases)
                    changed = [case for case in cases.values() if save_all or case.dirty]
                    await self._save(connection, changed)
                    if before_commit is not None:
                        await before_commit(connection, result)
            except CaseHalted as unreadable:
                await quarantine.add(self.pool, quarantine.STATE, unreadable.errors)
                raise
            except MoreCasesNeeded as need:
                if need.ids <= wanted:
                    raise RuntimeError(f"cases {need.ids} requested again") from need
                wanted |= need.ids
            except CONFLICT as race:
                if attempt == _ATTEMPTS - 1:
                    raise
                log.info("conflict with another transaction, tried again: %s", race)
                await asyncio.sleep(0.005 * 2**attempt)
            else:
                loops.progress()
                self._call_listeners(bool(changed), REGISTRY_STREAM in cases)
                return result
        raise RuntimeError("a decision kept requesting further cases")

    async def create_case(
        self,
        case_id: UUID,
        decide: Callable[[dict[UUID, Case[S]]], T],
        more: Callable[[T], Sequence[Insert]],
        *,
        cause: str,
        traceparent: str = "",
    ) -> T:
        """Create a case under a new id, in one statement.

        `decide` sees only this case and sets no timer. The case, its events, the rows of the store and the rows of
        `more` are written together. The store must be a `CaseFactory`.
        """
        if self._case_factory is None:
            raise TypeError(f"the store of {self.service} cannot begin a case")
        case = Case(
            case_id,
            Aggregate(),
            self._state(),
            service=self.service,
            now=self._clock.now(),
            district=self._district(),
            cause=cause,
            traceparent=traceparent,
            pseudonyms=self._pseudonyms,
        )
        result = decide({case_id: case})
        insert = case_creation.aggregate_insert(case_id, case.aggregate, case.state.to_document(exclude_defaults=True))
        text, values = case_creation.creation_statement(
            [insert, *self._case_factory.new_case_inserts(case), *more(result)], case.emitted
        )
        await self.pool.execute(text, *values)
        self._call_listeners(changed=True, release=False)
        return result

    def _call_listeners(self, changed: bool, release: bool) -> None:
        for reference in (*(self._listeners if changed else ()), *(self._release_listeners if release else ())):
            if (listener := reference()) is not None:
                listener()

    async def _lock_and_load(
        self, connection: Connection, wanted: set[UUID], cause: str, traceparent: str, *, include_halted: bool
    ) -> dict[UUID, Case[S]]:
        """Create missing aggregates, lock all aggregates in the order of case ids, and return their cases.

        Raises `CaseHalted` if a state cannot be read, unless `include_halted` is true.
        """
        ids = sorted(wanted)
        await connection.execute(
            "INSERT INTO aggregate (case_id) SELECT unnest($1::uuid[]) ORDER BY 1 ON CONFLICT DO NOTHING", ids
        )
        rows = await connection.fetch(_LOCK, ids)
        now, district = self._clock.now(), self._district()
        cases: dict[UUID, Case[S]] = {}
        unreadable: dict[UUID, str] = {}
        for row in rows:
            case_id = row["case_id"]
            model = self._model(case_id)
            try:
                state = state_documents.parse_state(model, case_id, row["state"]) if row["state"] else model()
            except CaseHalted as error:
                unreadable |= error.errors
                state = model()
            cases[case_id] = case = Case(
                case_id,
                _aggregate_of(row),
                state,
                service=self.service,
                now=now,
                district=district,
                cause=cause,
                traceparent=traceparent,
                pseudonyms=self._pseudonyms,
            )  # type: ignore[arg-type]
            case.halted = case_id in unreadable
        if unreadable and not include_halted:
            raise CaseHalted(unreadable)
        if unreadable:
            await quarantine.add(connection, quarantine.STATE, unreadable)
        return cases

    async def _save(self, connection: Connection, cases: list[Case[S]]) -> None:
        """Write states, events, aggregates and timers, each table once."""
        if not cases:
            return
        own = [case for case in cases if case.id != REGISTRY_STREAM and not case.halted]
        if own:
            await self.store.save(connection, own)
        for case in cases:
            if case.id == REGISTRY_STREAM:
                await release_store.save(connection, case)
            if case.turns_confidential:
                drop_unknown_fields(case.state)
        await event_store.append(connection, [emitted for case in cases for emitted in case.emitted])
        if confidential := [case.id for case in cases if case.turns_confidential]:
            await event_store.redact_events(connection, confidential)
        await connection.execute(
            _SAVE,
            [case.id for case in cases],
            [case.aggregate.version for case in cases],
            [case.aggregate.digest for case in cases],
            *([case.aggregate.applied[source] for case in cases] for source in SOURCES),
            *([case.aggregate.applied_digests[source] for case in cases] for source in SOURCES),
            [case.aggregate.deferred for case in cases],
            [None if case.halted else case.state.to_document(exclude_defaults=True) for case in cases],
        )
        await _save_timers(connection, cases)


def _aggregate_of(row: Mapping[str, Any]) -> Aggregate:
    applied = {source: row[f"{source}_applied"] for source in SOURCES}
    digests = {source: row[f"{source}_digest"] for source in SOURCES}
    return Aggregate(row["version"], row["digest"], applied, digests, row["deferred"], row["diverged"])


async def _save_timers(connection: Connection, cases: list[Case[S]]) -> None:
    changes = [(case.id, name, due_at) for case in cases for name, due_at in case.timers.items()]
    cleared = [(case_id, name) for case_id, name, due_at in changes if due_at is None]
    due = [(case_id, name, due_at) for case_id, name, due_at in changes if due_at is not None]
    if cleared:
        await connection.execute(
            "DELETE FROM timer USING unnest($1::uuid[], $2::text[]) AS gone (case_id, name)"
            " WHERE timer.case_id = gone.case_id AND timer.name = gone.name AND timer.case_id = ANY($1::uuid[])",
            [each[0] for each in cleared],
            [each[1] for each in cleared],
        )
    if due:
        await connection.execute(
            "INSERT INTO timer (case_id, name, due_at, fire_at)"
            " SELECT case_id, name, due_at, due_at FROM unnest($1::uuid[], $2::text[], $3::timestamptz[])"
            " AS new (case_id, name, due_at)"
            " ON CONFLICT (case_id, name) DO UPDATE SET due_at = excluded.due_at, fire_at = excluded.due_at",
            [each[0] for each in due],
            [each[1] for each in due],
            [each[2] for each in due],
        )
