"""Two small services on the real chassis and contracts: `intake` publishes events, `routing` subscribes to them.

With them the rules of the chassis are tested without a domain.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from contracts.base import StoredDocument
from contracts.common import Actor
from contracts.envelope import Envelope
from contracts.events.acceptance import CaseWithdrawn
from contracts.events.command import DecisionNeeded
from services.chassis.cases import Case
from services.chassis.database import Connection
from services.chassis.problems import NotFound
from services.chassis.service import Service
from services.chassis.web import Command, command
from tests.support.installation import Installation, RunningService

ACTOR = Actor(kind="system", id="test")


class SampleState(StoredDocument):
    """State of a case in both services."""

    applied: list[str] = Field(default_factory=list[str])
    """Applied events, as `sequence:note`."""
    fired: list[str] = Field(default_factory=list[str])
    """Due times of the timers that fired."""


class SamplePair(NamedTuple):
    """Both services on one installation."""

    installation: Installation
    publisher: RunningService
    subscriber: RunningService


def withdrawn(note: str = "") -> CaseWithdrawn:
    """Return the event that the publisher states."""
    return CaseWithdrawn(note=note, withdrawn_by=ACTOR)


def needed(case: Case[Any], round_: int = 1) -> DecisionNeeded:
    """Return the event that the subscriber states."""
    return DecisionNeeded(
        round=round_,
        queue="centre",
        reason="no_match",
        due_at=case.now,
        list_version=1,
        explanation="x",
        explanation_en="x",
    )


class Note(BaseModel):
    """Body of a request to the publisher."""

    note: str = ""


router = APIRouter()

_REFUSED: dict[str, Callable[[int], bool]] = {
    "refuse": lambda _: True,
    "not first": lambda sequence: sequence == 0,
    "only first": lambda sequence: sequence > 0,
}
"""Note → whether it is refused for a case at this version."""


@router.post("/api/intake/notes/{case_id}")
async def add_note(case_id: UUID, body: Note, cmd: Command = Depends(command)) -> Response:
    """Publish an event with this note."""

    def decide(cases: dict[UUID, Case[SampleState]]) -> dict[str, Any]:
        if _REFUSED.get(body.note, lambda _: False)(cases[case_id].version):
            raise NotFound(what="refused")
        cases[case_id].emit(withdrawn(body.note))
        return {"sequence": cases[case_id].version, "answer": str(uuid4())}

    return await cmd.run([case_id], decide, status=202)


class DerivedRows:
    """Store with a derived row per case, to see what committed."""

    async def save(self, connection: Connection, cases: list[Case[SampleState]]) -> None:
        await connection.executemany(
            "INSERT INTO derived_row (case_id, count) VALUES ($1, $2)"
            " ON CONFLICT (case_id) DO UPDATE SET count = excluded.count",
            [(case.id, len(case.state.applied)) for case in cases],
        )


def on_withdrawn(case: Case[SampleState], event: CaseWithdrawn, meta: Envelope) -> None:
    """Apply the event. Some notes make the handler fail, state an event or set a timer."""
    if event.note == "poison":
        raise ValueError("a poisonous note")
    case.state.applied.append(f"{meta.sequence}:{event.note}")
    if event.note.startswith("answer"):
        case.emit(needed(case, meta.sequence))
    if event.note.startswith("timer"):
        case.set_timer("ring:1", meta.time)


def on_ring(case: Case[SampleState], due_at: datetime) -> None:
    """Record that the timer fired."""
    case.state.fired.append(due_at.isoformat())


def on_needed(case: Case[SampleState], event: DecisionNeeded, meta: Envelope) -> None:
    """Apply an event of the subscriber at the publisher."""
    case.state.applied.append(f"routing {event.round}")


def publisher(**changes: Any) -> Service:
    """Return the publishing service; `changes` replace its fields."""
    return Service(
        **{
            "name": "intake",
            "state": SampleState,
            "routers": [router],
            "events": {DecisionNeeded: on_needed},
            **changes,
        }
    )


def subscriber(**changes: Any) -> Service:
    """Return the subscribing service; `changes` replace its fields."""
    return Service(
        **{
            "name": "routing",
            "state": SampleState,
            "events": {CaseWithdrawn: on_withdrawn},
            "timers": {"ring": on_ring},
            **changes,
        }
    )
