"""Background worker that assigns open field rechecks to officers."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from contracts.common import Mode
from services.chassis import duty
from services.chassis.context import Context
from services.chassis.quarantine import run_in_batches
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.policies import recheck
from services.supervision.domain.primitives import officers
from services.supervision.domain.primitives.case import SupervisionCase

log = logging.getLogger(__name__)

SHORTEST_INTERVAL = 0.5
"""Minimum time between two rounds, in seconds."""

LONGEST_INTERVAL = timedelta(seconds=5)
"""Time after which a round starts even if nothing changed, because a shift may have begun."""

BATCH = 100
"""Maximum number of cases whose tasks one transaction assigns."""

_UNASSIGNED = """
    SELECT id, case_id, case_mode, grid_code, excluded FROM task
    WHERE open AND queue = 'officer' AND officer_id IS NULL ORDER BY due_at, id
"""
_LOAD = """
    SELECT case_mode, officer_id, count(*) AS tasks FROM task
    WHERE open AND officer_id IS NOT NULL GROUP BY case_mode, officer_id
"""


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A field task without an officer."""

    task_id: UUID
    case_id: UUID
    grid_code: str
    excluded: tuple[str, ...]
    mode: Mode = "actual"
    """Mode of the case: `actual`, `exercise` or `test`."""


async def assign_rechecks(context: Context) -> None:
    """Assign each open field task to the nearest free officer on duty, until the service stops."""
    changed = asyncio.Event()
    context.cases.on_commit(changed.set)
    while True:
        begun = context.clock.now()
        if context.district_or_none is not None:
            await assign_once(context, context.district)
        changed.clear()
        await asyncio.sleep(SHORTEST_INTERVAL)
        await context.clock.until(begun + LONGEST_INTERVAL, changed)


async def assign_once(context: Context, district: RegistrySnapshot) -> int:
    """Assign the open field tasks once. Return the number of tasks for which an officer was found."""
    waiting = [
        Unassigned(row["id"], row["case_id"], row["grid_code"], tuple(row["excluded"]), row["case_mode"])
        for row in await context.database.fetch(_UNASSIGNED)
    ]
    if not waiting:
        return 0
    load = {(row["case_mode"], row["officer_id"]): row["tasks"] for row in await context.database.fetch(_LOAD)}
    plan = plan_assignments(district, waiting, load, context.clock.now())
    by_case = {task.case_id: (task.task_id, plan[task.task_id]) for task in waiting if task.task_id in plan}

    def decide(cases: dict[UUID, SupervisionCase]) -> int:
        for case_id, case in cases.items():
            task_id, officer_id = by_case[case_id]
            task = case.state.tasks.get(task_id)
            unassigned = task is not None and task.status == "open" and task.officer_id is None
            if unassigned:  # otherwise somebody claimed it meanwhile
                recheck.assign(case, task_id, officer_id)
        return len(cases)

    async def assign_batch(ids: list[UUID]) -> int:
        return await context.cases.run(ids, decide, cause=f"assign:{uuid4()}")

    assigned = run_in_batches(context.database, "assign_rechecks", list(by_case), assign_batch, BATCH)
    return sum([count async for count in assigned])


def plan_assignments(
    district: RegistrySnapshot, waiting: list[Unassigned], load: Mapping[tuple[Mode, str], int], at: datetime
) -> dict[UUID, str]:
    """Return task → nearest free officer.

    An assignment counts as work of the officer for the next tasks, so that many tasks at once are spread over several
    officers. Tasks of exercises are counted apart from real tasks.
    """
    tasks = Counter(load)
    chosen: dict[UUID, str] = {}
    near = {grid: officers.candidates(district, grid, at, ()) for grid in {task.grid_code for task in waiting}}
    for task in waiting:
        ranked = (each for each in near[task.grid_code] if each not in task.excluded)
        officer_id = duty.choose_officer(ranked, lambda each, mode=task.mode: tasks[mode, each])
        if officer_id is not None:
            chosen[task.task_id] = officer_id
            tasks[task.mode, officer_id] += 1
    return chosen
