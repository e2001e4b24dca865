"""Work over many cases, so that one bad case never stops the others.

A batch that fails is run again case by case. A case that fails alone is put in quarantine for the task: it is tried
again after a delay that doubles, and operators see it with its error.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from services.chassis import loops, telemetry
from services.chassis.database import TRANSIENT, Connection, Pool
from services.chassis.problems import CaseHalted

log = logging.getLogger(__name__)

T = TypeVar("T")

STATE = "state"
"""The task name for cases whose state cannot be read by this version."""

FIRST_DELAY = 30
"""Delay in seconds until the second attempt. Each further failure doubles the delay."""
LONGEST_DELAY = 3600
"""Longest delay in seconds until the next attempt."""

_ADD = """
    INSERT INTO quarantine AS known (task, case_id, error, next_try)
    SELECT $1, case_id, error, now() + make_interval(secs => $4)
    FROM unnest($2::uuid[], $3::text[]) AS failed (case_id, error) ORDER BY case_id
    ON CONFLICT (task, case_id) DO UPDATE SET
        error = excluded.error, attempts = known.attempts + 1,
        next_try = now() + make_interval(secs => least($4 * power(2, least(known.attempts, 20)), $5))
"""


async def run_in_batches(
    pool: Pool, task: str, ids: Sequence[UUID], attempt: Callable[[list[UUID]], Awaitable[T]], size: int = 100
) -> AsyncIterator[T]:
    """Yield the result of `attempt` for each batch, in the order of `ids`.

    `attempt` handles a list of cases in one transaction. A case in quarantine is left out until its next attempt is
    due, and is then attempted alone. Raises only outages of the database.
    """
    if not ids:
        return
    rows = await pool.fetch("SELECT case_id, next_try <= now() AS due FROM quarantine WHERE task = $1", task)
    known: dict[UUID, bool] = {row["case_id"]: row["due"] for row in rows}
    healthy = [each for each in ids if each not in known]
    alone = [each for each in ids if known.get(each)]
    for start in range(0, len(healthy), size):
        batch = healthy[start : start + size]
        try:
            result = await attempt(batch)
        except TRANSIENT:
            raise
        except Exception as error:
            known_cause = isinstance(error, CaseHalted)
            log.exception("%s: a batch of %d cases failed; run one by one", task, len(batch), exc_info=not known_cause)
            alone += batch
        else:
            yield result
    for case_id in alone:
        loops.progress()
        try:
            result = await attempt([case_id])
        except TRANSIENT:
            raise
        except Exception as error:
            telemetry.CASE_FAILURES.labels(task).inc()
            log.exception("%s: case %s failed", task, case_id, exc_info=not isinstance(error, CaseHalted))
            await add(pool, task, {case_id: repr(error)})
        else:
            if case_id in known:
                await remove(pool, task, [case_id])
            yield result


async def add(connection: Connection | Pool, task: str, errors: Mapping[UUID, str]) -> None:
    """Put these cases in quarantine for the task; double the delay of those that are in quarantine already."""
    await connection.execute(_ADD, task, list(errors), list(errors.values()), FIRST_DELAY, LONGEST_DELAY)


async def remove(connection: Connection | Pool, task: str, case_ids: Iterable[UUID]) -> None:
    """Take these cases out of quarantine for the task."""
    await connection.execute(
        "DELETE FROM quarantine WHERE task = $1 AND case_id = ANY($2::uuid[])", task, list(case_ids)
    )


async def remove_others(pool: Pool, task: str, ids: Sequence[UUID]) -> None:
    """Take all cases except `ids` out of quarantine for the task.

    `ids` are the cases for which the task still has work.
    """
    await pool.execute("DELETE FROM quarantine WHERE task = $1 AND NOT case_id = ANY($2::uuid[])", task, list(ids))


async def due_cases(pool: Pool, task: str) -> list[UUID]:
    """Return the cases whose next attempt for the task is due."""
    rows = await pool.fetch("SELECT case_id FROM quarantine WHERE task = $1 AND next_try <= now()", task)
    return [row["case_id"] for row in rows]


async def halted_cases(pool: Pool) -> list[UUID]:
    """Return the cases whose state could not be read."""
    rows = await pool.fetch("SELECT case_id FROM quarantine WHERE task = $1 ORDER BY since", STATE)
    return [row["case_id"] for row in rows]


async def retry_now(pool: Pool) -> None:
    """Make every case in quarantine due now."""
    await pool.execute("UPDATE quarantine SET next_try = now()")


async def list_entries(pool: Pool) -> list[dict[str, Any]]:
    """Return the entries of the quarantine, oldest first; at most 500."""
    rows = await pool.fetch(
        "SELECT task, case_id, error, attempts, since, next_try FROM quarantine ORDER BY since, case_id LIMIT 500"
    )
    return [{**row, "case_id": str(row["case_id"])} for row in map(dict, rows)]
