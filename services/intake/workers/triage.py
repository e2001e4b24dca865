"""The loop that takes what was just accepted into acceptance."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from hashlib import sha256
from time import monotonic
from typing import Any
from uuid import UUID

from contracts.common import Mode
from services.chassis import loops
from services.chassis.context import Context
from services.chassis.database import TRANSIENT, Connection
from services.chassis.problems import CaseHalted
from services.chassis.quarantine import in_batches
from services.chassis.registry_snapshot import District
from services.intake.domain import filing, similar
from services.intake.domain.areas import Area
from services.intake.domain.attaching import link
from services.intake.domain.case import IntakeCases
from services.intake.domain.grids import GRIDS
from services.intake.domain.similar import Known, judge
from services.intake.domain.triage import DIRECT, triage
from services.intake.store import IntakeStore, areas, calls, searches
from services.intake.store.searches import Around, Waiting

log = logging.getLogger(__name__)

TASK = "triage"
_BATCH = 40
_LOOK = 2.0
"""Seconds until triage looks by itself: for what another replica accepted and did not live to triage."""


def triage_worker(store: IntakeStore) -> Callable[[Context], Coroutine[Any, Any, None]]:
    """The worker that triages; `store` tells it what this process has just accepted."""

    async def run(context: Context) -> None:
        desk = Triage(context)
        wake = asyncio.Event()
        context.cases.on_commit(wake.set)
        by_itself = 0.0
        while True:
            wake.clear()
            if store.fresh or monotonic() >= by_itself:
                by_itself = monotonic() + _LOOK
                done = await desk.round()
                _forget(store.fresh, done)
                loops.progress()
                if len(done) == _BATCH:
                    continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await wake.wait()

    return run


def _forget(fresh: dict[UUID, float], done: Iterable[UUID]) -> None:
    """What was triaged, and what never came to be because its transaction was rolled back."""
    old = [case_id for case_id, since in fresh.items() if monotonic() - since > _LOOK]
    for case_id in [*done, *old]:
        fresh.pop(case_id, None)


class Triage:
    """Compares new reports with what is near by and takes them into acceptance, a batch in one transaction.

    The search runs under one lock for each category and grid (and each component), taken in order, so that of two
    reports of the same problem, on whatever replica, the second finds the first. A report not triaged, because the
    process died, is still `reported` in the books and is found again by any replica.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._related: dict[str, tuple[str, ...]] = {}
        self._release = 0

    async def round(self) -> list[UUID]:
        """Triage the oldest reports that wait. Returns which there were."""
        context = self._context
        if context.district_or_none is None:
            return []
        batch = {each.known.case_id: each for each in await searches.waiting(context.database, TASK, _BATCH)}

        async def attempt(ids: list[UUID]) -> None:
            await self._take([batch[case_id] for case_id in ids])

        async for _ in in_batches(context.database, TASK, list(batch), attempt, _BATCH):
            pass
        return list(batch)

    async def _take(self, batch: list[Waiting]) -> None:
        """Triage these; a single report that cannot be triaged is put before a person."""
        try:
            await self._run(batch)
        except (CaseHalted, *TRANSIENT):
            raise
        except Exception:
            if len(batch) > 1:
                raise
            case_id = batch[0].known.case_id
            log.exception("case %s could not be triaged: a person decides", case_id)
            await self._context.cases.run([case_id], _to_the_desk, cause=f"triage:{case_id}")

    async def _run(self, batch: list[Waiting]) -> None:
        context, district = self._context, self._context.district
        ids = [each.known.case_id for each in batch]
        wanted = [Around(each, self._comparable(each.known, district)) for each in batch]
        keys = [key for each in wanted for key in self._lock_keys(each, district)]
        found: dict[UUID, list[Known]] = {}
        open_tasks: dict[tuple[Mode, str], int] = {}
        running: list[Area] = []
        same_call: dict[UUID, list[UUID]] = {}
        rules = district.settings.duplicates

        async def search(connection: Connection) -> None:
            if keys:
                await searches.lock(connection, keys)
            running[:] = await areas.running(connection, context.clock.now())
            same_call.update(await calls.siblings(connection, ids))
            found.update(await searches.near(connection, wanted, rules, context.clock.now()))
            if any(each.channel not in DIRECT for each in batch):
                open_tasks.update(await searches.open_tasks(connection))

        def decide(cases: IntakeCases) -> None:
            tasks = Counter(open_tasks)
            for each in batch:
                case = cases[each.known.case_id]
                others = [near for near in found[case.id] if near.case_id != case.state.split_from]
                verdict = judge(each.known, others, rules, case.now)
                for sibling in same_call.get(case.id, ()):
                    link(cases, case, "related", sibling)
                triage(cases, case, verdict, tasks, running)
                if case.state.task is not None and (officer := case.state.task.officer_id) is not None:
                    tasks[case.state.known.mode, officer] += 1

        await context.cases.run(ids, decide, cause=f"triage:{ids[0]}", first=search)

    def _comparable(self, known: Known, district: District) -> tuple[str, ...]:
        """The categories to compare with, by release; none for advice and confidential matters."""
        if self._release != district.release:
            self._release, self._related = district.release, {}
        category = district.categories.get(known.category_id or "")
        if category is None or not similar.searchable(category, category.confidential):
            return ()
        if category.id not in self._related:
            self._related[category.id] = similar.related(category, district)
        return self._related[category.id]

    def _lock_keys(self, around: Around, district: District) -> list[int]:
        """One for each category and grid that the search reaches into, and one for the component."""
        if not around.categories:
            return []
        known = around.waiting.known
        keys: list[int] = []
        if known.component_id is not None:
            keys.append(_key("component", known.component_id))
        if known.point is not None:
            index = GRIDS.of(district)
            codes = index.codes_near(known.point, district.settings.duplicates.suggest_metres)
            keys.extend(_key(known.category_id or "", code) for code in codes)
        return keys


def _to_the_desk(cases: IntakeCases) -> None:
    for case in cases.values():
        if case.state.status == "reported":
            filing.await_filing(case, decision=True)


def _key(*words: str) -> int:
    return int.from_bytes(sha256("/".join(words).encode()).digest()[:8], "big", signed=True)
