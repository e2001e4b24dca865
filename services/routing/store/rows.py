"""Rows that the routing service derives from a case and writes in the transaction of the case."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contracts.base import Event, drop_unknown_fields
from contracts.events.command import CaseRouted, DecisionNeeded
from contracts.grid_codes import community_of
from services.chassis.calendars import save_provisional
from services.chassis.database import Connection
from services.routing.domain.rounds import RoutedCase
from services.routing.store.searches import recorded_decision

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

_REDACT = """
    UPDATE decision SET question = $3::text::jsonb, body = $4::text::jsonb, by_list = false
    WHERE case_id = $1 AND sequence = $2
"""

_SAVE_QUEUE = """
    INSERT INTO queue (case_id, centre_id, team_id, due_at, mode)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
    ON CONFLICT (case_id) DO UPDATE SET centre_id = excluded.centre_id, team_id = excluded.team_id,
        due_at = excluded.due_at
"""


class RoutingStore:
    """Writes the rows that are derived from changed cases: decisions, the queue, and provisional cases."""

    async def save(self, connection: Connection, cases: list[RoutedCase]) -> None:
        """Add the new decisions of these cases, and update the queue.

        Also redact the recorded decisions of cases that turned out confidential.
        """
        if newly_confidential := [case.id for case in cases if case.turns_confidential]:
            await _redact(connection, newly_confidential)
        decisions = [
            (case, each, case.state.recorded_questions[each.envelope.sequence])
            for case in cases
            for each in case.emitted
            if isinstance(each.event, CaseRouted | DecisionNeeded)
        ]
        if decisions:
            await connection.execute(
                _SAVE_DECISIONS,
                [case.id for case, _, _ in decisions],
                [each.envelope.sequence for _, each, _ in decisions],
                [each.envelope.time for _, each, _ in decisions],
                [_finding(case, each.event) for case, each, _ in decisions],
                [recorded.question.to_document() for _, _, recorded in decisions],
                [recorded.by_list for _, _, recorded in decisions],
                [each.body.decode() for _, each, _ in decisions],
                [each.event.TYPE for _, each, _ in decisions],
            )
        waiting = [
            (case.id, waits, filed.mode)
            for case in cases
            if (waits := case.state.waiting) is not None and (filed := case.state.filed) is not None
        ]
        decided = [case.id for case in cases if case.state.was_queued and case.state.waiting is None]
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
        await save_provisional(
            connection, {case.id: case.state.provisional for case in cases if case.state.was_provisional}
        )


async def _redact(connection: Connection, case_ids: Sequence[UUID]) -> None:
    """Remove category, place and reasons from the recorded decisions of cases that became confidential.

    Set `by_list` to false: the decisions can no longer be repeated, because the list answers the redacted question
    differently.
    """
    for row in await connection.fetch(_DECIDED, case_ids):
        recorded = recorded_decision(row)
        question = recorded.question
        if question.confidential:
            continue
        hidden = question.model_copy(
            update={
                "category_id": "",
                "area": community_of(question.area),
                "milestones": (),
                "component_id": None,
                "confidential": True,
            }
        )
        drop_unknown_fields(hidden)
        body = recorded.event.redacted().to_bytes().decode()
        await connection.execute(_REDACT, row["case_id"], recorded.sequence, hidden.to_document(), body)


def _finding(case: RoutedCase, event: Event) -> str | None:
    """Return the kind of finding against the responsibility list; `None` if the event is no finding.

    `unfilled`: a gap about which a person is asked. `gap`: a gap that a person filled. `proposal`: a lead that a joint
    survey chose. Events about exercises and tests are never findings.
    """
    filed = case.state.filed
    if filed is None or filed.mode != "actual" or not isinstance(event, CaseRouted | DecisionNeeded):
        return None
    if isinstance(event, DecisionNeeded):
        return "unfilled" if event.gap else None
    if event.rule == "joint_survey":
        return "proposal"
    return "gap" if event.gap else None
