"""Two small services on the real chassis and the real contracts: `intake` that tells, `routing` that listens.

They exist so that the chassis' rules are tested without the domain on top of them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
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

ACTOR = Actor(kind="system", id="test")


class SampleState(StoredDocument):
    """What either sample knows of a case."""

    heard: list[str] = Field(default_factory=list[str])
    fired: list[str] = Field(default_factory=list[str])


def withdrawn(note: str = "") -> CaseWithdrawn:
    return CaseWithdrawn(note=note, withdrawn_by=ACTOR)


def needed(case: Case[Any], round_: int = 1) -> DecisionNeeded:
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
    note: str = ""


router = APIRouter()

_REFUSED: dict[str, Callable[[int], bool]] = {
    "refuse": lambda _: True,
    "not first": lambda sequence: sequence == 0,
    "only first": lambda sequence: sequence > 0,
}
"""By note: whether it is refused for a case of which so much was told."""


@router.post("/api/intake/tell/{case_id}")
async def tell(case_id: UUID, body: Note, cmd: Command = Depends(command)) -> Response:
    def decide(cases: dict[UUID, Case[SampleState]]) -> dict[str, Any]:
        if _REFUSED.get(body.note, lambda _: False)(cases[case_id].version):
            raise NotFound(what="refused")
        cases[case_id].emit(withdrawn(body.note))
        return {"sequence": cases[case_id].version, "answer": str(uuid4())}

    return await cmd.run([case_id], decide, status=202)


class Rows:
    """A derived row per case, to see what committed."""

    async def save(self, connection: Connection, cases: list[Case[SampleState]]) -> None:
        await connection.executemany(
            "INSERT INTO heard (case_id, count) VALUES ($1, $2)"
            " ON CONFLICT (case_id) DO UPDATE SET count = excluded.count",
            [(case.id, len(case.state.heard)) for case in cases],
        )


def on_withdrawn(case: Case[SampleState], event: CaseWithdrawn, meta: Envelope) -> None:
    if event.note == "poison":
        raise ValueError("cannot stomach this")
    case.state.heard.append(f"{meta.sequence}:{event.note}")
    if event.note.startswith("answer"):
        case.emit(needed(case, meta.sequence))
    if event.note.startswith("timer"):
        case.set_timer("ring:1", meta.time)


def on_ring(case: Case[SampleState], due_at: datetime) -> None:
    case.state.fired.append(due_at.isoformat())


def on_needed(case: Case[SampleState], event: DecisionNeeded, meta: Envelope) -> None:
    case.state.heard.append(f"routing {event.round}")


def publisher(**changes: Any) -> Service:
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
    return Service(
        **{
            "name": "routing",
            "state": SampleState,
            "events": {CaseWithdrawn: on_withdrawn},
            "timers": {"ring": on_ring},
            **changes,
        }
    )
