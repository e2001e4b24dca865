"""Storing of a batch: fold the events, write each table once, and write the changes for the board last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from contracts.catalogue import EVENTS
from contracts.envelope import Envelope
from contracts.redaction import REDACTABLE, makes_confidential
from services.chassis.cases import Case
from services.chassis.database import Connection
from services.chassis.event_processor import Poison
from services.tracking.domain import fold
from services.tracking.domain.recorded_event import RecordedEvent
from services.tracking.domain.summary import Summary
from services.tracking.domain.terms import terms_of, text_of
from services.tracking.store.columns import Columns, columns_of, search_inputs

_HISTORY = """
    SELECT case_id, position, source, sequence, type, time, body FROM event
    WHERE case_id = ANY($1::uuid[]) ORDER BY case_id, position, source
"""

_EVENTS = """
    INSERT INTO event (case_id, position, source, sequence, type, time, body)
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::text[], $6::timestamptz[], $7::bytea[])
    ON CONFLICT DO NOTHING
"""

_REPLACE_BODIES = """
    UPDATE event SET body = new.body
    FROM unnest($1::uuid[], $2::int[], $3::text[], $4::bytea[]) AS new (case_id, position, source, body)
    WHERE event.case_id = new.case_id AND event.position = new.position AND event.source = new.source
      AND event.case_id = ANY($1::uuid[])
"""

_RECORDS = """
    INSERT INTO record
        (case_id, case_number, reported_at, open, status, light, area, community, category_id, channel, mode, closed_at)
    SELECT * FROM unnest(
        $1::uuid[], $2::text[], $3::timestamptz[], $4::bool[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::text[], $12::timestamptz[])
    ON CONFLICT (case_id) DO UPDATE SET
        case_number = excluded.case_number, reported_at = excluded.reported_at, open = excluded.open,
        status = excluded.status, light = excluded.light, area = excluded.area, community = excluded.community,
        category_id = excluded.category_id, channel = excluded.channel, mode = excluded.mode,
        closed_at = excluded.closed_at
"""

_INVOLVED = """
    INSERT INTO involved (who, reported_at, case_id)
    SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::uuid[]) ON CONFLICT DO NOTHING
"""

_SEARCH = """
    INSERT INTO search (case_id, reported_at, text, terms)
    SELECT case_id, reported_at, text, string_to_array(terms, ' ')
    FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[]) AS new (case_id, reported_at, text, terms)
    ON CONFLICT (case_id) DO UPDATE SET
        reported_at = excluded.reported_at, text = excluded.text, terms = excluded.terms
"""

_BOARD = """
    WITH counted AS (UPDATE board SET seq = seq + 1 RETURNING seq)
    INSERT INTO board_change (seq, case_id) SELECT counted.seq, changed FROM counted, unnest($1::uuid[]) AS changed
"""


@dataclass(slots=True)
class _ChangedCase:
    """A case that the batch changed, with its columns before the batch (`None` for a new case) and now."""

    case_id: UUID
    case: Summary
    before: Columns | None
    search_inputs: tuple[object, ...]
    participants: frozenset[str]
    now: Columns = field(init=False)

    def __post_init__(self) -> None:
        self.now = columns_of(self.case)


class Store:
    """Folds and stores the events of a batch in the transaction that updates the aggregates."""

    async def save(self, connection: Connection, cases: list[Case[Summary]]) -> None:
        """Fold the new events of each case and store the result. Cases without new events are not touched."""
        recorded = [case for case in cases if case.state.new_events]
        if not recorded:
            return
        late = [case.id for case in recorded if fold.needs_history(case.state, case.state.new_events)]
        history = await _load_history(connection, late) if late else {}
        await _write_events(connection, recorded, history)
        await _redact_history(
            connection, [each for case in recorded if _makes_confidential(case) for each in history.get(case.id, ())]
        )
        await _write_records(connection, [_fold(case, history.get(case.id, ())) for case in recorded])


def _fold(case: Case[Summary], history: Sequence[RecordedEvent]) -> _ChangedCase:
    state = case.state
    before = columns_of(state) if state.versions else None
    text, participants = search_inputs(state), frozenset(state.participants)
    try:
        case.state = fold.apply_events(state, state.new_events, history)
    except fold.FoldFailed as failed:
        meta = failed.recorded.meta
        raise Poison({(meta.case_id, meta.source, meta.sequence): failed.__cause__ or failed}) from failed
    return _ChangedCase(case.id, case.state, before, text, participants)


async def _load_history(connection: Connection, case_ids: list[UUID]) -> dict[UUID, list[RecordedEvent]]:
    found: dict[UUID, list[RecordedEvent]] = {}
    for row in await connection.fetch(_HISTORY, case_ids):
        found.setdefault(row["case_id"], []).append(recorded_event_of(row))
    return found


def recorded_event_of(row: Mapping[str, Any]) -> RecordedEvent:
    """Return a stored event from its row. The row has the event's position instead of its dependencies."""
    meta = Envelope(row["case_id"], row["source"], row["sequence"], row["type"], row["time"])
    return RecordedEvent(meta, EVENTS[meta.type].parse(row["body"]), row["position"])


async def _write_events(
    connection: Connection, cases: list[Case[Summary]], history: Mapping[UUID, list[RecordedEvent]]
) -> None:
    new_events: list[RecordedEvent] = []
    bodies: list[bytes] = []
    for case in cases:
        received = {(each.envelope.source, each.envelope.sequence): each.body for each in case.incoming}
        past = history.get(case.id, [])
        for recorded, storable in zip(
            case.state.new_events,
            fold.redact_if_confidential(case.state, [*past, *case.state.new_events])[len(past) :],
            strict=True,
        ):
            new_events.append(recorded)
            unchanged = storable is recorded or not isinstance(storable.event, REDACTABLE)
            body = received[recorded.meta.source, recorded.meta.sequence] if unchanged else storable.event.to_bytes()
            bodies.append(body)
    await connection.execute(
        _EVENTS,
        [recorded.meta.case_id for recorded in new_events],
        [recorded.position for recorded in new_events],
        [recorded.meta.source for recorded in new_events],
        [recorded.meta.sequence for recorded in new_events],
        [recorded.meta.type for recorded in new_events],
        [recorded.meta.time for recorded in new_events],
        bodies,
    )


def _makes_confidential(case: Case[Summary]) -> bool:
    """Return whether an event of the batch makes the case confidential, so that earlier events must be redacted."""
    return any(makes_confidential(recorded.event) for recorded in case.state.new_events)


async def _redact_history(connection: Connection, history: Sequence[RecordedEvent]) -> None:
    """Redact these stored events, because their case is confidential now."""
    changed = [redacted for recorded in history if (redacted := fold.redact_event(recorded)).event != recorded.event]
    if changed:
        await connection.execute(
            _REPLACE_BODIES,
            [recorded.meta.case_id for recorded in changed],
            [recorded.position for recorded in changed],
            [recorded.meta.source for recorded in changed],
            [recorded.event.to_bytes() for recorded in changed],
        )


async def _write_records(connection: Connection, changed: list[_ChangedCase]) -> None:
    listed = [each for each in changed if each.now != each.before]
    if listed:
        await connection.execute(
            _RECORDS, [each.case_id for each in listed], *map(list, zip(*(each.now for each in listed), strict=True))
        )
    joined = [(who, each) for each in changed for who in each.case.participants if who not in each.participants]
    if joined:
        await connection.execute(
            _INVOLVED,
            [who for who, _ in joined],
            [each.now.reported_at for _, each in joined],
            [each.case_id for _, each in joined],
        )
    changed_texts = [(each, text_of(each.case)) for each in changed if search_inputs(each.case) != each.search_inputs]
    if changed_texts:
        await connection.execute(
            _SEARCH,
            [each.case_id for each, _ in changed_texts],
            [each.now.reported_at for each, _ in changed_texts],
            [text for _, text in changed_texts],
            [" ".join(terms_of(text)) for _, text in changed_texts],
        )
    shown = sorted(each.case_id for each in changed if each.now.open or (each.before and each.before.open))
    if shown:
        await connection.execute(_BOARD, shown)
