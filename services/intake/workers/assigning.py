"""Worker that assigns verification tasks on site that have no officer to officers who have come on duty."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

from contracts.common import Mode
from services.chassis.context import Context
from services.chassis.quarantine import run_in_batches
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain import verification, verifiers
from services.intake.domain.case import IntakeCases
from services.intake.store import searches

log = logging.getLogger(__name__)

_ASSIGN_EVERY = timedelta(seconds=5)
"""Time between two rounds."""
_ASSIGN_BATCH = 100
"""Number of cases per transaction."""

Load = Counter[tuple[Mode, str]]
"""Mode and officer id → number of open verification tasks."""


async def assign_worker(context: Context) -> None:
    """Assign verification tasks on site that have no officer, every few seconds."""
    while True:
        begun = context.clock.now()
        if context.district_or_none is not None:
            await assign_once(context, context.district)
        await context.clock.until(begun + _ASSIGN_EVERY)


async def assign_once(context: Context, district: RegistrySnapshot) -> int:
    """Run one round over all verification tasks on site that have no officer. Return how many were assigned.

    A task without a suitable officer does not delay other tasks.
    """
    now = context.clock.now()
    waiting = await searches.without_officer(context.database)
    manned = {
        grid_code
        for grid_code in {grid_code for _, grid_code in waiting}
        if verifiers.nearest_free(grid_code, now, district, lambda _: 0, ())
    }
    ids = [case_id for case_id, grid_code in waiting if grid_code in manned]
    if not ids:
        return 0
    load, found = Counter(await searches.open_task_counts(context.database)), 0

    async def give(batch: list[UUID]) -> Load:
        return await _assign_batch(context, batch, load)

    async for given in run_in_batches(context.database, "assign_verifications", ids, give, _ASSIGN_BATCH):
        load += given
        found += given.total()
    return found


async def _assign_batch(context: Context, ids: list[UUID], load: Load) -> Load:
    """Assign a batch of tasks, most urgent first. Return the number of assigned tasks per mode and officer.

    Each assigned task counts for its officer when the next task is assigned.
    """

    def decide(cases: IntakeCases) -> Load:
        given: Load = Counter()
        for case_id in ids:
            officer_id = verification.assign_waiting(cases[case_id], load + given)
            if officer_id is not None:
                cases[case_id].dirty = True
                given[cases[case_id].state.received_report.mode, officer_id] += 1
        return given

    return await context.cases.run(ids, decide, cause=f"assign:{uuid4()}", save_all=False)
