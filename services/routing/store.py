"""Rows that follow from cases, and every query of routing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.base import Event, drop_unknown_fields
from contracts.common import Mode, community_of
from contracts.events.command import CaseRouted, DecisionNeeded
from contracts.sealing import sealed
from services.chassis import state_documents
from services.chassis.calendars import note_provisional
from services.chassis.database import Connection, Pool
from services.chassis.event_store import Row
from services.routing.domain.case import RoutingCase
from services.routing.domain.question import Outcome, Question
from services.routing.domain.rounds import RoutedCase

_SAVE_DECISIONS = """
    INSERT INTO decision (case_id, sequence, at, finding, question, by_list, body, kind)
    SELECT case_id, sequence, at, finding, question::jsonb, by_list, body::jsonb, kind
    FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::text[], $5::text[], $6::bool[], $7::text[], $8::text[])
         AS new (case_id, sequence, at, finding, question, by_list, body, kind)
    ON CONFLICT DO NOTHING
"""

_DECIDED = """
    SELECT case_id, sequence, at, kind, question::text AS question, by_list, body::text AS body FROM decision
    WHERE case_id = ANY ($1::uuid[])
"""

_SEAL = """
    UPDATE decision SET question = $3::text::jsonb, body = $4::text::jsonb, by_list = false
    WHERE case_id = $1 AND sequence = $2
"""

_SAVE_QUEUE = """
    INSERT INTO queue (case_id, centre_id, team_id, due_at, mode)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
    ON CONFLICT (case_id) DO UPDATE SET centre_id = excluded.centre_id, team_id = excluded.team_id,
        due_at = excluded.due_at
"""

_QUEUE = """
    SELECT queue.case_id, queue.due_at, head.sent, head.state::text AS state
    FROM queue JOIN head USING (case_id)
    WHERE (queue.centre_id = ANY ($1::text[]) OR queue.team_id = ANY ($2::text[]))
      AND ($3::text IS NULL OR queue.mode = $3)
      AND ($4::timestamptz IS NULL OR (queue.due_at, queue.case_id) > ($4, $5::uuid))
    ORDER BY queue.due_at, queue.case_id LIMIT $6
"""

_FINDINGS = """
    SELECT decision.case_id, decision.sequence, decision.at, decision.finding, decision.question::text AS question,
           decision.by_list, decision.body::text AS body, decision.kind, head.state::text AS state
    FROM decision JOIN head USING (case_id)
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
           decision.by_list, decision.sequence, head.state->'filed'->>'case_number' AS case_number
    FROM decision JOIN head USING (case_id)
    WHERE decision.sequence = 1 AND coalesce(head.state->'filed'->>'mode', 'actual') = 'actual'
      AND NOT coalesce((decision.question->>'confidential')::boolean, false)
      AND decision.at >= $1 AND decision.at < $2
      AND ($3::text[] IS NULL OR EXISTS (
            SELECT FROM unnest($3) AS area WHERE starts_with(decision.question->>'area', area)))
    ORDER BY decision.at DESC, decision.case_id LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision, or a question put to a person, as it was said."""

    sequence: int
    at: datetime
    question: Question
    """The case as it stood."""
    by_list: bool
    """The list was asked this, and nobody else."""
    event: CaseRouted | DecisionNeeded


@dataclass(frozen=True, slots=True)
class Waits:
    """A case in the queue."""

    case_id: UUID
    version: int
    due_at: datetime
    state: RoutingCase


@dataclass(frozen=True, slots=True)
class Found:
    """A finding against the list."""

    case_id: UUID
    case_number: str
    recorded: Recorded
    kind: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Past:
    """A real case and the first question it put to the list."""

    case_id: UUID
    case_number: str
    recorded: Recorded


class RoutingStore:
    """Writes what follows from changed cases: each table once."""

    async def save(self, connection: Connection, cases: list[RoutedCase]) -> None:
        """Add the decisions just made, and bring the queue in line."""
        if turned := [case.id for case in cases if case.turns_confidential]:
            await _seal(connection, turned)
        made = [
            (case, each, case.state.asked[each.envelope.sequence])
            for case in cases
            for each in case.emitted
            if isinstance(each.event, CaseRouted | DecisionNeeded)
        ]
        if made:
            await connection.execute(
                _SAVE_DECISIONS,
                [case.id for case, _, _ in made],
                [each.envelope.sequence for _, each, _ in made],
                [each.envelope.time for _, each, _ in made],
                [_finding(case, each.event) for case, each, _ in made],
                [asked.question.to_document() for _, _, asked in made],
                [asked.by_list for _, _, asked in made],
                [each.body.decode() for _, each, _ in made],
                [each.event.TYPE for _, each, _ in made],
            )
        waiting = [
            (case.id, waits, filed.mode)
            for case in cases
            if (waits := case.state.waiting) is not None and (filed := case.state.filed) is not None
        ]
        decided = [case.id for case in cases if case.state.asked_once and case.state.waiting is None]
        if waiting:
            await connection.execute(
                _SAVE_QUEUE,
                [case_id for case_id, _, _ in waiting],
                [each.queue for _, each, _ in waiting],
                [each.team_id for _, each, _ in waiting],
                [each.due_at for _, each, _ in waiting],
                [mode for _, _, mode in waiting],
            )
        if decided:
            await connection.execute("DELETE FROM queue WHERE case_id = ANY ($1::uuid[])", decided)
        await note_provisional(
            connection, {case.id: case.state.provisional for case in cases if case.state.provisional_once}
        )


async def _seal(connection: Connection, case_ids: Sequence[UUID]) -> None:
    """What was asked and decided in the open about what is confidential now says no longer what, where and why. Who asks
    again gets another answer: it counts as not asked of the list.
    """
    for row in await connection.fetch(_DECIDED, case_ids):
        recorded = _recorded(row)
        question = recorded.question
        if question.confidential:
            continue
        hidden = question.model_copy(
            update={
                "category_id": "", "area": community_of(question.area), "milestones": (), "component_id": None,
                "confidential": True,
            }
        )  # fmt: skip
        drop_unknown_fields(hidden)
        body = sealed(recorded.event).to_bytes().decode()
        await connection.execute(_SEAL, row["case_id"], recorded.sequence, hidden.to_document(), body)


async def find(pool: Pool, case_id: UUID) -> tuple[int, RoutingCase] | None:
    """Routing's version and state of a case; none when it was never filed."""
    row = await pool.fetchrow("SELECT sent, state::text AS state FROM head WHERE case_id = $1", case_id)
    if row is None or row["state"] is None:
        return None
    state = state_documents.read(RoutingCase, case_id, row["state"])
    return None if state.filed is None else (row["sent"], state)


async def decisions(pool: Pool, case_id: UUID) -> list[Recorded]:
    """All decisions of a case, oldest first."""
    rows = await pool.fetch(
        "SELECT sequence, at, kind, question::text AS question, by_list, body::text AS body FROM decision"
        " WHERE case_id = $1 ORDER BY sequence",
        case_id,
    )
    return [_recorded(row) for row in rows]


async def queue(
    pool: Pool, centres: Sequence[str], teams: Sequence[str], mode: Mode | None,
    after: tuple[datetime, UUID] | None, limit: int,
) -> list[Waits]:  # fmt: skip
    """Cases that wait for the dispatchers of these centres or for the surveys of these teams, the most urgent first; only
    those of a mode, if one is given.
    """

    async def fetch(place: tuple[datetime, UUID] | None, count: int) -> list[Row]:
        return await pool.fetch(_QUEUE, list(centres), list(teams), mode, *(place or (None, None)), count)

    rows = await state_documents.page(RoutingCase, limit, after, fetch, lambda row: (row["due_at"], row["case_id"]))
    return [
        Waits(row["case_id"], row["sent"], row["due_at"], state)
        for row, state in rows
    ]  # fmt: skip


async def first_questions(
    pool: Pool, since: datetime, until: datetime, areas: Sequence[str] | None, limit: int
) -> list[Past]:
    """What the cases of this time first asked the list, the latest first. Exercises are none, nor is what is confidential: a
    draft about one matter, tried on it, would tell whether it is that matter.
    """
    rows = await pool.fetch(_FIRST, since, until, list(areas) if areas else None, limit)
    return [Past(row["case_id"], row["case_number"], _recorded(row)) for row in rows]


async def findings(
    pool: Pool, areas: Sequence[str] | None, after: tuple[datetime, UUID, int] | None, limit: int
) -> list[Found]:
    """What people had to decide because the list could not, latest first; a question that is answered by its answer."""

    async def fetch(place: tuple[datetime, UUID, int] | None, count: int) -> list[Row]:
        return await pool.fetch(_FINDINGS, list(areas) if areas else None, *(place or (None, None, None)), count)

    rows = await state_documents.page(
        RoutingCase, limit, after, fetch, lambda row: (row["at"], row["case_id"], row["sequence"])
    )  # fmt: skip
    return [_found(row, state) for row, state in rows]


def _found(row: Row, state: RoutingCase) -> Found:
    kind = row["finding"]
    return Found(
        row["case_id"], state.filed.case_number if state.filed else "", _recorded(row),
        "gap" if kind == "unfilled" else kind, state.undecided if kind == "unfilled" else "decided",
    )  # fmt: skip


def _recorded(row: Row) -> Recorded:
    model: type[CaseRouted | DecisionNeeded] = CaseRouted if row["kind"] == CaseRouted.TYPE else DecisionNeeded
    event = model.model_validate_json(row["body"], extra="ignore")
    question = Question.load(row["question"])
    return Recorded(row["sequence"], row["at"], question, row["by_list"], event)


def _finding(case: RoutedCase, event: Event) -> str | None:
    """A gap that a person has filled, or has to fill; a proposal when a survey named the lead. Exercises find nothing."""
    filed = case.state.filed
    if filed is None or filed.mode != "actual" or not isinstance(event, CaseRouted | DecisionNeeded):
        return None
    if isinstance(event, DecisionNeeded):
        return "unfilled" if event.gap else None
    if event.rule == "joint_survey":
        return "proposal"
    return "gap" if event.gap else None
