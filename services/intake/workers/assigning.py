"""The loop that gives site tasks nobody has to whoever has come on duty."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta
from uuid import uuid4

from services.chassis.context import Context
from services.chassis.database import TRANSIENT
from services.chassis.district import District
from services.intake.domain import verifiers, verifying
from services.intake.domain.case import IntakeCases
from services.intake.store import searches

log = logging.getLogger(__name__)

_ASSIGN_EVERY = timedelta(seconds=5)
"""Between two looks for somebody who has come on duty."""
_ASSIGN_BATCH = 100


async def assign_worker(context: Context) -> None:
    """Every few seconds: site tasks that nobody has go to whoever has come on duty."""
    while True:
        begun = context.clock.now()
        if context.district_or_none is not None:
            try:
                await assign_once(context, context.district)
            except TRANSIENT as error:
                log.warning("verifications wait for the database: %r", error)
        await context.clock.until(begun + _ASSIGN_EVERY)


async def assign_once(context: Context, district: District) -> int:
    """One round. Returns how many tasks found an officer."""
    now = context.clock.now()
    waiting = await searches.without_officer(context.database, _ASSIGN_BATCH)
    ids = [
        case_id for case_id, grid_code in waiting if verifiers.nearest_free(grid_code, now, district, lambda _: 0, ())
    ]
    if not ids:
        return 0
    open_tasks = await searches.open_tasks(context.database)

    def decide(cases: IntakeCases) -> int:
        tasks = Counter(open_tasks)
        for case_id in ids:
            officer_id = verifying.assign_waiting(cases[case_id], tasks)
            if officer_id is not None:
                cases[case_id].dirty = True
                tasks[cases[case_id].state.known.mode, officer_id] += 1
        return sum(case.dirty for case in cases.values())

    return await context.cases.run(ids, decide, cause=f"assign:{uuid4()}", touch=False)
