"""Worker that triages accepted reports."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from time import monotonic
from uuid import UUID

from contracts.common import Mode
from services.chassis import loops
from services.chassis.context import Context
from services.chassis.database import TRANSIENT, Connection
from services.chassis.problems import CaseHalted
from services.chassis.quarantine import run_in_batches
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain import duplicates, filing
from services.intake.domain.areas import Area
from services.intake.domain.attachments import link
from services.intake.domain.case import IntakeCases
from services.intake.domain.duplicates import ComparableReport, find_duplicate
from services.intake.domain.grids import GRIDS
from services.intake.domain.triage import DIRECT_CHANNELS, triage
from services.intake.store import IntakeStore, areas, calls, searches
from services.intake.store.searches import Comparison, WaitingReport

log = logging.getLogger(__name__)

TASK = "triage"
_BATCH = 40
_ROUND_SECONDS = 2.0
"""Seconds between two rounds if nothing wakes the worker.

Such a round finds reports that another replica accepted but did not triage.
"""


async def triage_worker(context: Context) -> None:
    """Triage reports of this process without delay, and all other reports every two seconds."""
    store = context.cases.store
    assert isinstance(store, IntakeStore)
    triage_loop = TriageLoop(context)
    wake = asyncio.Event()
    context.cases.on_commit(wake.set)
    next_round = 0.0
    while True:
        wake.clear()
        if store.accepted_ids or monotonic() >= next_round:
            next_round = monotonic() + _ROUND_SECONDS
            done = await triage_loop.round()
            _forget(store.accepted_ids, done)
            loops.progress()
            if len(done) == _BATCH:
                continue
        await loops.wait_for_event(wake, _ROUND_SECONDS)


def _forget(accepted_ids: dict[UUID, float], done: Iterable[UUID]) -> None:
    """Remove triaged reports from `accepted_ids`, and old ids, whose transaction was rolled back."""
    old = [case_id for case_id, since in accepted_ids.items() if monotonic() - since > _ROUND_SECONDS]
    for case_id in [*done, *old]:
        accepted_ids.pop(case_id, None)


class TriageLoop:
    """Compares new reports with reports near by and triages them, one batch per transaction.

    Before its search, a batch locks one key per category and grid, and one per component, in a fixed order. So of two
    reports about the same problem, the report that is triaged later finds the other one, even if two replicas triage
    them. If the process dies before it triages a report, the report still has the status `reported`, and any replica
    triages it later.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._related: dict[str, tuple[str, ...]] = {}
        self._release = 0

    async def round(self) -> list[UUID]:
        """Triage the oldest waiting reports and return their ids."""
        context = self._context
        if context.district_or_none is None:
            return []
        batch = {each.known.case_id: each for each in await searches.waiting_reports(context.database, TASK, _BATCH)}

        async def attempt(ids: list[UUID]) -> None:
            await self._triage_or_send_to_desk([batch[case_id] for case_id in ids])

        async for _ in run_in_batches(context.database, TASK, list(batch), attempt, _BATCH):
            pass
        return list(batch)

    async def _triage_or_send_to_desk(self, batch: list[WaitingReport]) -> None:
        """Triage a batch. If a batch of one report cannot be triaged, send the report to the desk."""
        try:
            await self._triage(batch)
        except (CaseHalted, *TRANSIENT):
            raise
        except Exception:
            if len(batch) > 1:
                raise
            case_id = batch[0].known.case_id
            log.exception("case %s could not be triaged; it goes to the desk", case_id)
            await self._context.cases.run([case_id], _send_to_desk, cause=f"triage:{case_id}")

    async def _triage(self, batch: list[WaitingReport]) -> None:
        context, district = self._context, self._context.district
        ids = [each.known.case_id for each in batch]
        wanted = [Comparison(each, self._comparable(each.known, district)) for each in batch]
        keys = [key for each in wanted for key in self._lock_keys(each, district)]
        found: dict[UUID, list[ComparableReport]] = {}
        open_tasks: dict[tuple[Mode, str], int] = {}
        running: list[Area] = []
        same_call: dict[UUID, list[UUID]] = {}
        rules = district.settings.duplicates

        async def search(connection: Connection) -> None:
            if keys:
                await searches.lock_keys(connection, keys)
            running[:] = await areas.running_areas(connection, context.clock.now())
            same_call.update(await calls.earlier_in_same_call(connection, ids))
            found.update(await searches.comparable_reports(connection, wanted, rules, context.clock.now()))
            if any(each.channel not in DIRECT_CHANNELS for each in batch):
                open_tasks.update(await searches.open_task_counts(connection))

        def decide(cases: IntakeCases) -> None:
            tasks = Counter(open_tasks)
            for each in batch:
                case = cases[each.known.case_id]
                others = [near for near in found[case.id] if near.case_id != case.state.split_from]
                verdict = find_duplicate(each.known, others, rules, case.now)
                for sibling in same_call.get(case.id, ()):
                    link(cases, case, "related", sibling)
                triage(cases, case, verdict, tasks, running)
                if case.state.task is not None and (officer := case.state.task.officer_id) is not None:
                    tasks[case.state.received_report.mode, officer] += 1

        await context.cases.run(ids, decide, cause=f"triage:{ids[0]}", at_start=search)

    def _comparable(self, known: ComparableReport, district: RegistrySnapshot) -> tuple[str, ...]:
        """Return the categories to compare the report with; empty for advice and confidential categories."""
        if self._release != district.release:
            self._release, self._related = district.release, {}
        category = district.categories.get(known.category_id or "")
        if category is None or not duplicates.is_comparable(category, category.confidential):
            return ()
        if category.id not in self._related:
            self._related[category.id] = duplicates.related_categories(category, district)
        return self._related[category.id]

    def _lock_keys(self, around: Comparison, district: RegistrySnapshot) -> list[int]:
        """Return the keys to lock: one for each near grid with the category of the report, and one for the component.

        A grid is near if it lies within `suggest_metres` of the report's point.
        """
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


def _send_to_desk(cases: IntakeCases) -> None:
    for case in cases.values():
        if case.state.status == "reported":
            filing.await_filing(case, decision=True)


def _key(*words: str) -> int:
    return int.from_bytes(sha256("/".join(words).encode()).digest()[:8], "big", signed=True)
