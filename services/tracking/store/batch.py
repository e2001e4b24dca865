"""Writing: one batch of events folded and stored, each table once, the board's counter last."""

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
from services.tracking.domain.summary import Summary
from services.tracking.domain.terms import terms, text_of
from services.tracking.domain.told import Told
from services.tracking.store.columns import Columns, columns_of, searched

_HISTORY = """
    SELECT case_id, position, source, sequence, type, time, body FROM event
    WHERE case_id = ANY($1::uuid[]) ORDER BY case_id, position, source
"""

_EVENTS = """
    INSERT INTO event (case_id, position, source, sequence, type, time, body)
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::text[], $6::timestamptz[], $7::bytea[])
    ON CONFLICT DO NOTHING
"""

_SEAL = """
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
class _Changed:
    """A case that the batch changed: how it was listed before and is now."""

    case_id: UUID
    case: Summary
    before: Columns | None
    searched: tuple[object, ...]
    people: frozenset[str]
    now: Columns = field(init=False)

    def __post_init__(self) -> None:
        self.now = columns_of(self.case)


class Store:
    """Folds what a batch brought and writes it, in the transaction that moves the heads."""

    async def save(self, connection: Connection, cases: list[Case[Summary]]) -> None:
        """Fold the noted events of each case and store what follows. A case without new events is left alone."""
        told = [case for case in cases if case.state.fresh]
        if not told:
            return
        late = [case.id for case in told if fold.needs_history(case.state, case.state.fresh)]
        history = await _history(connection, late) if late else {}
        await _write_events(connection, told, history)
        await _seal(connection, [each for case in told if _turns(case) for each in history.get(case.id, ())])
        await _write_records(connection, [_fold(case, history.get(case.id, ())) for case in told])


def _fold(case: Case[Summary], history: Sequence[Told]) -> _Changed:
    state = case.state
    before = columns_of(state) if state.versions else None
    text, people = searched(state), frozenset(state.people)
    try:
        case.state = fold.take_in(state, state.fresh, history)
    except fold.FoldFailed as failed:
        meta = failed.told.meta
        raise Poison({(meta.case_id, meta.source, meta.sequence): failed.__cause__ or failed}) from failed
    return _Changed(case.id, case.state, before, text, people)


async def _history(connection: Connection, case_ids: list[UUID]) -> dict[UUID, list[Told]]:
    found: dict[UUID, list[Told]] = {}
    for row in await connection.fetch(_HISTORY, case_ids):
        found.setdefault(row["case_id"], []).append(told_from(row))
    return found


def told_from(row: Mapping[str, Any]) -> Told:
    """A stored event as it was told, but for its maker's marks: their sum is its position, and no more is needed."""
    meta = Envelope(row["case_id"], row["source"], row["sequence"], row["type"], row["time"])
    return Told(meta, EVENTS[meta.type].parse(row["body"]), row["position"])


async def _write_events(connection: Connection, cases: list[Case[Summary]], history: Mapping[UUID, list[Told]]) -> None:
    fresh: list[Told] = []
    bodies: list[bytes] = []
    for case in cases:
        came = {(each.envelope.source, each.envelope.sequence): each.body for each in case.incoming}
        past = history.get(case.id, [])
        for told, kept in zip(
            case.state.fresh, fold.kept(case.state, [*past, *case.state.fresh])[len(past) :], strict=True
        ):
            fresh.append(told)
            raw = kept is told or not isinstance(kept.event, REDACTABLE)
            bodies.append(came[told.meta.source, told.meta.sequence] if raw else kept.event.to_bytes())
    await connection.execute(
        _EVENTS,
        [told.meta.case_id for told in fresh],
        [told.position for told in fresh],
        [told.meta.source for told in fresh],
        [told.meta.sequence for told in fresh],
        [told.meta.type for told in fresh],
        [told.meta.time for told in fresh],
        bodies,
    )


def _turns(case: Case[Summary]) -> bool:
    """Whether the batch says that what was told before is confidential."""
    return any(makes_confidential(told.event) for told in case.state.fresh)


async def _seal(connection: Connection, history: Sequence[Told]) -> None:
    """Keep of earlier events what may be kept of a confidential case."""
    changed = [kept for told in history if (kept := fold.without_words(told)).event != told.event]
    if changed:
        await connection.execute(
            _SEAL,
            [told.meta.case_id for told in changed],
            [told.position for told in changed],
            [told.meta.source for told in changed],
            [told.event.to_bytes() for told in changed],
        )


async def _write_records(connection: Connection, changed: list[_Changed]) -> None:
    listed = [each for each in changed if each.now != each.before]
    if listed:
        await connection.execute(
            _RECORDS, [each.case_id for each in listed], *map(list, zip(*(each.now for each in listed), strict=True))
        )
    joined = [(who, each) for each in changed for who in each.case.people if who not in each.people]
    if joined:
        await connection.execute(
            _INVOLVED,
            [who for who, _ in joined],
            [each.now.reported_at for _, each in joined],
            [each.case_id for _, each in joined],
        )
    retold = [(each, text_of(each.case)) for each in changed if searched(each.case) != each.searched]
    if retold:
        await connection.execute(
            _SEARCH,
            [each.case_id for each, _ in retold],
            [each.now.reported_at for each, _ in retold],
            [text for _, text in retold],
            [" ".join(terms(text)) for _, text in retold],
        )
    shown = sorted(each.case_id for each in changed if each.now.open or (each.before and each.before.open))
    if shown:
        await connection.execute(_BOARD, shown)
