"""Queries for recorded decisions, for the dispatchers' queue, and for findings against the responsibility list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.common import Mode
from contracts.events.command import CaseRouted, DecisionNeeded
from services.chassis import state_documents
from services.chassis.database import Pool
from services.chassis.event_store import Row
from services.routing.domain.case import RoutingCase
from services.routing.domain.question import Outcome, Question

_QUEUE = """
    SELECT queue.case_id, queue.due_at, aggregate.version, aggregate.state::text AS state
    FROM queue JOIN aggregate USING (case_id)
    WHERE (queue.centre_id = ANY ($1::text[]) OR queue.team_id = ANY ($2::text[]))
      AND ($3::text IS NULL OR queue.mode = $3)
      AND ($4::timestamptz IS NULL OR (queue.due_at, queue.case_id) > ($4, $5::uuid))
    ORDER BY queue.due_at, queue.case_id LIMIT $6
"""

_FINDINGS = """
    SELECT decision.case_id, decision.sequence, decision.at, decision.finding, decision.question::text AS question,
           decision.by_list, decision.body::text AS body, decision.kind, aggregate.state::text AS state
    FROM decision JOIN aggregate USING (case_id)
    WHERE decision.finding IS NOT NULL
      AND (decision.finding <> 'unfilled' OR NOT EXISTS (
            SELECT FROM decision AS later WHERE later.case_id = decision.case_id
            AND later.sequence > decision.sequence AND later.finding IS NOT NULL))
      AND ($1::text[] IS NULL OR EXISTS (
            SELECT FROM unnest($1) AS area WHERE starts_with(decision.question->>'area', area)))
      AND ($2::timestamptz IS NULL OR (decision.at, decision.case_id, decision.sequence) < ($2, $3::uuid, $4::int))
    ORDER BY decision.at DESC, decision.case_id DESC, decision.sequence DESC LIMIT $5
"""

_FIRST = """
    SELECT decision.case_id, decision.at, decision.kind, decision.question::text AS question, decision.body::text AS body,
           decision.by_list, decision.sequence, aggregate.state->'filed'->>'case_number' AS case_number
    FROM decision JOIN aggregate USING (case_id)
    WHERE decision.sequence = 1 AND coalesce(aggregate.state->'filed'->>'mode', 'actual') = 'actual'
      AND NOT coalesce((decision.question->>'confidential')::boolean, false)
      AND decision.at >= $1 AND decision.at < $2
      AND ($3::text[] IS NULL OR EXISTS (
            SELECT FROM unnest($3) AS area WHERE starts_with(decision.question->>'area', area)))
    ORDER BY decision.at DESC, decision.case_id LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A recorded decision, or a recorded question to a person."""

    sequence: int
    at: datetime
    question: Question
    """The case as it was at that time, as a question to the responsibility list."""
    by_list: bool
    """True if the responsibility list alone answered the question."""
    event: CaseRouted | DecisionNeeded


@dataclass(frozen=True, slots=True)
class WaitingCase:
    """A case in the queue, which waits for the decision of a person."""

    case_id: UUID
    version: int
    due_at: datetime
    state: RoutingCase


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding against the responsibility list: a gap, or a lead that a joint survey chose."""

    case_id: UUID
    case_number: str
    recorded: RecordedDecision
    kind: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class PastCase:
    """A past case with its first question to the responsibility list and the decision on this question."""

    case_id: UUID
    case_number: str
    recorded: RecordedDecision


async def find_case(pool: Pool, case_id: UUID) -> tuple[int, RoutingCase] | None:
    """Return version and state of a case in the routing service; `None` if the case was never filed."""
    row = await pool.fetchrow("SELECT version, state::text AS state FROM aggregate WHERE case_id = $1", case_id)
    if row is None or row["state"] is None:
        return None
    state = state_documents.parse_state(RoutingCase, case_id, row["state"])
    return None if state.filed is None else (row["version"], state)


async def decisions(pool: Pool, case_id: UUID) -> list[RecordedDecision]:
    """Return all recorded decisions about a case, oldest first."""
    rows = await pool.fetch(
        "SELECT sequence, at, kind, question::text AS question, by_list, body::text AS body FROM decision"
        " WHERE case_id = $1 ORDER BY sequence",
        case_id,
    )
    return [recorded_decision(row) for row in rows]


async def queue(
    pool: Pool,
    centres: Sequence[str],
    teams: Sequence[str],
    mode: Mode | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[WaitingCase]:
    """Return cases that wait for dispatchers of these centres or for surveys of these teams, most urgent first.

    `mode` limits the result to cases of one mode; `None` for all modes.
    """

    async def fetch(place: tuple[datetime, UUID] | None, count: int) -> list[Row]:
        return await pool.fetch(_QUEUE, list(centres), list(teams), mode, *(place or (None, None)), count)

    rows = await state_documents.load_page(
        RoutingCase, limit, after, fetch, lambda row: (row["due_at"], row["case_id"])
    )
    return [WaitingCase(row["case_id"], row["version"], row["due_at"], state) for row, state in rows]


async def first_questions(
    pool: Pool, since: datetime, until: datetime, areas: Sequence[str] | None, limit: int
) -> list[PastCase]:
    """Return the cases of a period, each with its first question to the responsibility list, latest first.

    Exercises are left out. Confidential cases are left out too, because trying a draft about one category would reveal
    whether a case belongs to this category.
    """
    rows = await pool.fetch(_FIRST, since, until, list(areas) if areas else None, limit)
    return [PastCase(row["case_id"], row["case_number"], recorded_decision(row)) for row in rows]


async def findings(
    pool: Pool, areas: Sequence[str] | None, after: tuple[datetime, UUID, int] | None, limit: int
) -> list[Finding]:
    """Return findings against the responsibility list, latest first.

    A gap is listed once: when a person fills the gap, the decision of the person replaces the earlier question.
    """

    async def fetch(place: tuple[datetime, UUID, int] | None, count: int) -> list[Row]:
        return await pool.fetch(_FINDINGS, list(areas) if areas else None, *(place or (None, None, None)), count)

    rows = await state_documents.load_page(
        RoutingCase, limit, after, fetch, lambda row: (row["at"], row["case_id"], row["sequence"])
    )
    return [_finding_of(row, state) for row, state in rows]


def _finding_of(row: Row, state: RoutingCase) -> Finding:
    kind = row["finding"]
    return Finding(
        row["case_id"],
        state.filed.case_number if state.filed else "",
        recorded_decision(row),
        "gap" if kind == "unfilled" else kind,
        state.question_outcome if kind == "unfilled" else "decided",
    )


def recorded_decision(row: Row) -> RecordedDecision:
    model: type[CaseRouted | DecisionNeeded] = CaseRouted if row["kind"] == CaseRouted.TYPE else DecisionNeeded
    event = model.model_validate_json(row["body"], extra="ignore")
    question = Question.load(row["question"])
    return RecordedDecision(row["sequence"], row["at"], question, row["by_list"], event)
