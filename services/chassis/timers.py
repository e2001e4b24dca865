"""Durable timers of cases (rule 7).

A timer fires inside the transaction that locks its aggregate, so it fires once. Timers fire only while this service is
up to date: every partition was read to its end in the last two seconds and the last repair succeeded. After an outage
the events that stopped a clock are applied first, then the timers fire.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Generic
from uuid import UUID

from services.chassis import loops, telemetry
from services.chassis.cases import Case, S, TimerHandler
from services.chassis.clock import Clock
from services.chassis.database import TRANSIENT, Connection
from services.chassis.problems import CaseHalted
from services.chassis.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

_CHECK_SECONDS = 0.2
_BATCH = 200
_RETRY_SECONDS = 30

_LOAD_DUE = "SELECT case_id, name, due_at FROM timer WHERE fire_at <= $1 ORDER BY fire_at LIMIT $2"
_FIRE = """
    DELETE FROM timer USING unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS due (case_id, name, due_at)
    WHERE timer.case_id = due.case_id AND timer.name = due.name AND timer.due_at = due.due_at
      AND timer.case_id = ANY($1::uuid[])
    RETURNING timer.case_id, timer.name, timer.due_at
"""

_POSTPONE = "UPDATE timer SET fire_at = $4 WHERE case_id = $1 AND name = $2 AND due_at = $3"
"""Postpones a failed timer, unless another transaction has moved the timer in the meantime."""

Due = tuple[UUID, str, datetime]


class Timers(Generic[S]):
    """Background loop that fires due timers. Every service that sets timers runs it."""

    def __init__(
        self, unit: UnitOfWork[S], handlers: Mapping[str, TimerHandler[S]], clock: Clock, up_to_date: Callable[[], bool]
    ) -> None:
        self._unit = unit
        self._handlers = handlers
        self._clock = clock
        self._up_to_date = up_to_date

    async def run(self) -> None:
        """Fire due timers for ever."""
        while True:
            while await self.fire_due():
                loops.progress()
            loops.progress()
            await asyncio.sleep(_CHECK_SECONDS)

    async def fire_due(self) -> bool:
        """Fire one batch of due timers if this service is up to date. Return whether more may be due."""
        if not self._up_to_date():
            return False
        rows = await self._unit.pool.fetch(_LOAD_DUE, self._clock.now(), _BATCH)
        due = [(row["case_id"], row["name"], row["due_at"]) for row in rows]
        if due:
            try:
                await self._fire(due)
            except TRANSIENT:
                raise
            except Exception:
                log.exception("a batch of timers failed; fired one by one")
                for each in due:
                    await self.fire_alone(each)
        return len(due) == _BATCH

    async def fire_alone(self, due: Due) -> None:
        """Fire one timer; postpone it by half a minute if it fails."""
        try:
            await self._fire([due])
        except TRANSIENT:
            raise
        except Exception as error:
            telemetry.TIMERS_FAILED.labels(due[1].partition(":")[0]).inc()
            log.exception(
                "timer %s of case %s failed; tried again in %s s",
                due[1],
                due[0],
                _RETRY_SECONDS,
                exc_info=not isinstance(error, CaseHalted),
            )
            await self._unit.pool.execute(_POSTPONE, *due, self._clock.now() + timedelta(seconds=_RETRY_SECONDS))

    async def _fire(self, due: list[Due]) -> None:
        fired: list[Due] = []

        async def take_due(connection: Connection, _: dict[UUID, Case[S]]) -> None:
            rows = await connection.fetch(_FIRE, *map(list, zip(*due, strict=True)))
            fired[:] = sorted(((row["case_id"], row["name"], row["due_at"]) for row in rows), key=lambda each: each[2])

        def decide(cases: dict[UUID, Case[S]]) -> None:
            for case_id, name, due_at in fired:
                self._handle(cases[case_id], name, due_at)

        await self._unit.run({case_id for case_id, _, _ in due}, decide, cause="", after_load=take_due, save_all=False)
        for _, name, _ in fired:
            telemetry.TIMERS.labels(name.partition(":")[0]).inc()

    def _handle(self, case: Case[Any], name: str, due_at: datetime) -> None:
        if name in case.timers:
            return  # cleared or moved by an earlier timer of this batch
        case.cause, case.timer_name, case.dirty = f"timer:{name}:{due_at.isoformat()}", name, True
        case.traceparent = telemetry.new_trace()
        with telemetry.case_context(case.id, case.cause, case.traceparent):
            self._handlers[name.partition(":")[0]](case, due_at)
