"""Writing: one batch of events folded and stored, each table once, the board's counter last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from contracts.catalogue import EVENTS
from contracts.envelope import Envelope, format_after, parse_after
from services.chassis.cases import Arrived, Case
from services.chassis.database import Connection
from services.chassis.inbox import Poison
from services.tracking.domain import fold
from services.tracking.domain.record import Record
from services.tracking.domain.terms import terms, text_of
from services.tracking.domain.told import Told
from services.tracking.store.columns import Columns, columns_of, searched

_HISTORY = """
    SELECT case_id, source, sequence, type, time, after, body FROM event
    WHERE case_id = ANY($1::uuid[]) ORDER BY case_id, position, source
"""

_EVENTS = """
    INSERT INTO event (case_id, position, source, sequence, type, time, after, body)
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::text[], $6::timestamptz[], $7::text[], $8::bytea[])
    ON CONFLICT DO NOTHING
"""

_RECORDS = """
    INSERT INTO record
        (case_id, case_number, reported_at, open, status, light, area, community, category_id, channel, closed_at)
    SELECT * FROM unnest(
        $1::uuid[], $2::text[], $3::timestamptz[], $4::bool[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::timestamptz[])
    ON CONFLICT (case_id) DO UPDATE SET
        case_number = excluded.case_number, reported_at = excluded.reported_at, open = excluded.open,
        status = excluded.status, light = excluded.light, area = excluded.area, community = excluded.community,
        category_id = excluded.category_id, channel = excluded.channel, closed_at = excluded.closed_at
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
    record: Record
    before: Columns | None
    searched: tuple[object, ...]
    people: frozenset[str]
    now: Columns = field(init=False)

    def __post_init__(self) -> None:
        self.now = columns_of(self.record)


class Store:
    """Folds what a batch brought and writes it, in the transaction that moves the heads."""

    async def save(self, connection: Connection, cases: list[Case[Record]]) -> None:
        """Fold the noted events of each case and store what follows. A case without new events is left alone."""
        told = [case for case in cases if case.state.fresh]
        if not told:
            return
        late = [case.id for case in told if fold.is_late(case.state, case.state.fresh)]
        history = await _history(connection, late) if late else {}
        await _write_events(connection, told)
        await _write_records(connection, [_fold(case, history.get(case.id, ())) for case in told])


def _fold(case: Case[Record], history: Iterable[Told]) -> _Changed:
    record = case.state
    before = columns_of(record) if record.versions else None
    text, people = searched(record), frozenset(record.people)
    try:
        case.state = fold.take_in(record, record.fresh, list(history))
    except fold.FoldFailed as failed:
        raise Poison(_arrived(case, failed.told), failed.__cause__ or failed) from failed
    return _Changed(case.id, case.state, before, text, people)


def _arrived(case: Case[Record], told: Told) -> Arrived:
    """The event as it came in, which is what gets buried."""
    return next(each for each in case.incoming if each.envelope.id == told.meta.id)


async def _history(connection: Connection, case_ids: list[UUID]) -> dict[UUID, list[Told]]:
    found: dict[UUID, list[Told]] = {}
    for row in await connection.fetch(_HISTORY, case_ids):
        found.setdefault(row["case_id"], []).append(told_from(row))
    return found


def told_from(row: Mapping[str, object]) -> Told:
    """A stored event as it was told."""
    type_, body = str(row["type"]), row["body"]
    assert isinstance(body, bytes)
    meta = Envelope(row["case_id"], row["source"], row["sequence"], type_, row["time"], parse_after(str(row["after"])))  # type: ignore[arg-type]
    return Told(meta, EVENTS[type_].parse(body))


async def _write_events(connection: Connection, cases: list[Case[Record]]) -> None:
    metas: list[Envelope] = []
    bodies: list[bytes] = []
    for case in cases:
        came = {(each.envelope.source, each.envelope.sequence): each.body for each in case.incoming}
        for told in case.state.fresh:
            metas.append(told.meta)
            bodies.append(came[told.meta.source, told.meta.sequence])
    await connection.execute(
        _EVENTS,
        [meta.case_id for meta in metas],
        [fold.position_of(meta) for meta in metas],
        [meta.source for meta in metas],
        [meta.sequence for meta in metas],
        [meta.type for meta in metas],
        [meta.time for meta in metas],
        [format_after(meta.after) for meta in metas],
        bodies,
    )


async def _write_records(connection: Connection, changed: list[_Changed]) -> None:
    listed = [each for each in changed if each.now != each.before]
    if listed:
        await connection.execute(
            _RECORDS, [each.case_id for each in listed], *map(list, zip(*(each.now for each in listed), strict=True))
        )
    joined = [(who, each) for each in changed for who in each.record.people if who not in each.people]
    if joined:
        await connection.execute(
            _INVOLVED,
            [who for who, _ in joined],
            [each.now.reported_at for _, each in joined],
            [each.case_id for _, each in joined],
        )
    retold = [(each, text_of(each.record)) for each in changed if searched(each.record) != each.searched]
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
