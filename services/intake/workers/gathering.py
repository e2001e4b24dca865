"""Worker that attaches reports to a storm after their triage.

These reports were made before the declaration of the storm, or matched the storm only after triage.
"""

from __future__ import annotations

import asyncio
from functools import partial
from uuid import UUID

from services.chassis import loops
from services.chassis.context import Context
from services.chassis.quarantine import run_in_batches
from services.intake.domain import storms
from services.intake.domain.areas import Area, matching_area, point_of
from services.intake.domain.case import IntakeCases
from services.intake.store import areas

_BATCH = 40
_ROUND_SECONDS = 2.0
"""Seconds between two rounds.

Each round also finds reports that the desk has given a category of the storm since the last round.
"""


async def gather_worker(context: Context) -> None:
    """While storms are running, look for open cases that match them, and attach these cases."""
    while True:
        await gather_once(context)
        loops.progress()
        await asyncio.sleep(_ROUND_SECONDS)


async def gather_once(context: Context) -> None:
    district = context.district_or_none
    if district is None:
        return
    for storm in await areas.running_areas(context.database, context.clock.now()):
        if storm.kind != "storm":
            continue
        found = [
            case_id
            for case_id, place in await areas.candidates(context.database, storm)
            if (here := point_of(place, district)) is not None and storm.covers(here)
        ]
        attach = partial(_attach_batch, context, storm)
        async for _ in run_in_batches(context.database, "gather", found, attach, _BATCH):
            pass


async def _attach_batch(context: Context, storm: Area, ids: list[UUID]) -> None:
    """Attach a batch of cases to the storm in one transaction."""

    def decide(cases: IntakeCases) -> None:
        for case_id in ids:
            case = cases[case_id]
            if case.state.open and matching_area(case.state, [storm], case.district) is not None:
                storms.apply_area(cases, case, storm)

    await context.cases.run(ids, decide, cause=f"storm:{storm.id}")
