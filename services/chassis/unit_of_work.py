"""The unit of work: lock the heads, load, decide in memory, write everything once, commit (rule 2)."""

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
"""Something more to do in the same transaction."""

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
"""A state that is null stays as it is stored. `= ANY` beside the join: else the planner, who takes `unnest` for a hundred rows, reads the whole table for one."""


class Store(Protocol[S]):
    """What a service adds to the transaction: its derived rows. Both are set-based and see all cases at once."""

    async def save(self, connection: Connection, cases: list[Case[S]]) -> None:
        """Write the rows that follow from the changed cases."""
        ...


@runtime_checkable
class CaseFactory(Protocol):
    """A store whose service begins cases of its own."""

    def new_case_inserts(self, case: Case[Any]) -> Sequence[Insert]:
        """The derived rows of a case that begins here, as plain inserts."""
        ...


class NoStore(Generic[S]):
    """A service without derived rows."""

    async def save(self, connection: Connection, cases: list[Case[S]]) -> None:
        """Nothing to write."""


class UnitOfWork(Generic[S]):
    """Runs decisions on locked cases. The only place that commits."""

    def __init__(
        self, pool: Pool, service: str, state: type[S], store: Store[S], clock: Clock,
        district: Callable[[], RegistrySnapshot | None], pseudonyms: CategoryPseudonyms = CategoryPseudonyms(),
    ) -> None:  # fmt: skip
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
        """The registry release in force in this process, 0 before the first."""
        district = self._district()
        return district.release if district is not None else 0

    def can_read(self, case_id: UUID, document: str) -> bool:
        """Whether this version can read a stored state."""
        try:
            state_documents.parse_state(self._model(case_id), case_id, document)
        except CaseHalted:
            return False
        return True

    def _model(self, case_id: UUID) -> type[Any]:
        return release_store.StagedRelease if case_id == REGISTRY_STREAM else self._state

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call this bound method after every commit that changed something: how workers of this process wake up.

        It is not kept alive: a loop that is started again leaves nothing behind.
        """
        alive = [kept for kept in self._listeners if kept() is not None]
        self._listeners = [*alive, WeakMethod(listener)]

    def on_release(self, listener: Callable[[], None]) -> None:
        """Call this bound method after a commit that may have put another release in force; see `on_commit`."""
        alive = [kept for kept in self._release_listeners if kept() is not None]
        self._release_listeners = [*alive, WeakMethod(listener)]

    async def run(
        self,
        ids: Iterable[UUID],
        decide: Callable[[dict[UUID, Case[S]]], T],
        *,
        cause: str,
        traceparent: str = "",
        first: Step | None = None,
        loaded: Callable[[Connection, dict[UUID, Case[S]]], Awaitable[None]] | None = None,
        last: Callable[[Connection, T], Awaitable[None]] | None = None,
        touch: bool = True,
        halted: bool = False,
    ) -> T:
        """One transaction: `first`, lock and load the cases, `loaded`, `decide`, save, `last`.

        `decide` is pure and may be called again: with more cases after `MoreCasesNeeded`, or after two transactions met.
        With `touch` every case counts as changed; without, only those that `decide` marked `dirty`. With `halted`, `decide`
        gets cases whose state cannot be read, too, and must leave them alone. Raises `CaseHalted` otherwise.
        """
        wanted = set(ids)
        for attempt in range(_ATTEMPTS):
            try:
                async with self.pool.acquire() as connection, connection.transaction():
                    if first is not None:
                        await first(connection)
                    cases = await self._open(connection, wanted, cause, traceparent, halted=halted)
                    if loaded is not None:
                        await loaded(connection, cases)
                    result = decide(cases)
                    changed = [case for case in cases.values() if touch or case.dirty]
                    await self._close(connection, changed)
                    if last is not None:
                        await last(connection, result)
            except CaseHalted as unreadable:
                await quarantine.add(self.pool, quarantine.STATE, unreadable.errors)
                raise
            except MoreCasesNeeded as need:
                if need.ids <= wanted:
                    raise RuntimeError(f"{need.ids} asked for again") from need
                wanted |= need.ids
            except CONFLICT as race:
                if attempt == _ATTEMPTS - 1:
                    raise
                log.info("transaction met another, again: %s", race)
                await asyncio.sleep(0.005 * 2**attempt)
            else:
                loops.progress()
                self._tell(bool(changed), REGISTRY_STREAM in cases)
                return result
        raise RuntimeError("the set of cases a decision concerns did not settle")

    async def create_case(
        self,
        case_id: UUID,
        decide: Callable[[dict[UUID, Case[S]]], T],
        more: Callable[[T], Sequence[Insert]],
        *,
        cause: str,
        traceparent: str = "",
    ) -> T:
        """A case that begins here: nobody else knows its id yet, so there is nothing to lock or to read.

        `decide` sees this case only and sets no timer; its effects, the store's own rows and those of `more` are written
        in one statement, which is one transaction. Needs a store that is a `CaseFactory`.
        """
        if self._case_factory is None:
            raise TypeError(f"the store of {self.service} cannot begin a case")
        case = Case(
            case_id, Aggregate(), self._state(), service=self.service, now=self._clock.now(), district=self._district(),
            cause=cause, traceparent=traceparent, pseudonyms=self._pseudonyms,
        )  # fmt: skip
        result = decide({case_id: case})
        insert = case_creation.aggregate_insert(case_id, case.aggregate, case.state.to_document(exclude_defaults=True))
        text, values = case_creation.creation_statement(
            [insert, *self._case_factory.new_case_inserts(case), *more(result)], case.emitted
        )
        await self.pool.execute(text, *values)
        self._tell(changed=True, release=False)
        return result

    def _tell(self, changed: bool, release: bool) -> None:
        for kept in (*(self._listeners if changed else ()), *(self._release_listeners if release else ())):
            if (listener := kept()) is not None:
                listener()

    async def _open(
        self, connection: Connection, wanted: set[UUID], cause: str, traceparent: str, *, halted: bool
    ) -> dict[UUID, Case[S]]:
        """Create missing heads, lock all in case-id order, only then read. Raises `CaseHalted`, unless `halted` are wanted."""
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
                case_id, _aggregate_of(row), state, service=self.service, now=now, district=district, cause=cause,
                traceparent=traceparent, pseudonyms=self._pseudonyms,
            )  # fmt: skip # type: ignore[arg-type]
            case.halted = case_id in unreadable
        if unreadable and not halted:
            raise CaseHalted(unreadable)
        if unreadable:
            await quarantine.add(connection, quarantine.STATE, unreadable)
        return cases

    async def _close(self, connection: Connection, cases: list[Case[S]]) -> None:
        """Write states, ledger, heads and timers: each table once."""
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
