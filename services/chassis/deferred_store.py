"""Access to the table of deferred events, which holds the events that cannot be applied yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import orjson

from services.chassis.cases import Case, IncomingEvent, parse_stored_event
from services.chassis.database import Connection, Pool

Key = tuple[UUID, str, int]
"""Case, source and sequence: the identity of an event."""

_INSERT_DEFERRED = """
    INSERT INTO deferred_event (case_id, source, sequence, needs_release, headers, body)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::jsonb[], $6::bytea[])
    ON CONFLICT DO NOTHING
"""

_CASES_OF_RELEASE = """
    SELECT DISTINCT case_id FROM deferred_event JOIN aggregate USING (case_id)
    WHERE deferred_event.needs_release <= $1 AND NOT aggregate.diverged
"""


def key_of(incoming: IncomingEvent) -> Key:
    """Return the identity of an event."""
    return incoming.envelope.case_id, incoming.envelope.source, incoming.envelope.sequence


def identity_and_release(incoming: IncomingEvent) -> tuple[UUID, str, int, int]:
    """Return case, source and sequence of an event, and the registry release that it depends on."""
    envelope = incoming.envelope
    return envelope.case_id, envelope.source, envelope.sequence, envelope.dependencies.get("registry", 0)


def headers_and_body(incoming: IncomingEvent) -> tuple[str, bytes]:
    """Return the headers as JSON and the body, as they are stored."""
    headers = [[name, value.decode("utf-8", "replace")] for name, value in incoming.headers]
    return orjson.dumps(headers).decode(), incoming.body


async def cases_to_retry(pool: Pool, release: int) -> list[UUID]:
    """Return the cases with deferred events that need this release, an earlier release or no release."""
    return [row["case_id"] for row in await pool.fetch(_CASES_OF_RELEASE, release)]


async def load(connection: Connection, case_ids: list[UUID]) -> list[IncomingEvent]:
    """Return the deferred events of these cases, in the order of source and sequence."""
    if not case_ids:
        return []
    rows = await connection.fetch(
        "SELECT headers::text AS headers, body FROM deferred_event WHERE case_id = ANY($1::uuid[])"
        " ORDER BY source, sequence",
        case_ids,
    )
    return [parse_stored_event(row["headers"], row["body"]) for row in rows]


async def load_for_batch(
    connection: Connection, cases: Iterable[Case[Any]], only: set[Key] | None
) -> list[IncomingEvent]:
    """Return the deferred events of these cases. If `only` is given, return only events with these identities."""
    rows = await load(connection, [case.id for case in cases if case.aggregate.deferred])
    return [row for row in rows if only is None or key_of(row) in only]


async def save(
    connection: Connection, pending: Mapping[UUID, list[IncomingEvent]], before: Mapping[UUID, set[Key]]
) -> None:
    """Store the events of `pending` that are not stored yet, and delete stored events that are not in `pending`.

    `before` holds the identities of the stored events of each case.
    """
    now_pending: dict[UUID, dict[Key, IncomingEvent]] = defaultdict(dict)
    for case_id, incoming in pending.items():
        for each in incoming:
            now_pending[case_id][key_of(each)] = each
    removed = [key for case_id, keys in before.items() for key in keys - now_pending[case_id].keys()]
    new = [
        each
        for case_id, incoming in now_pending.items()
        for key, each in incoming.items()
        if key not in before.get(case_id, ())
    ]
    if removed:
        await connection.execute(
            "DELETE FROM deferred_event USING unnest($1::uuid[], $2::text[], $3::int[]) AS gone (case_id, source, sequence)"
            " WHERE deferred_event.case_id = gone.case_id AND deferred_event.source = gone.source"
            " AND deferred_event.sequence = gone.sequence",
            *map(list, zip(*removed, strict=True)),
        )
    if new:
        rows = [(*identity_and_release(each), *headers_and_body(each)) for each in new]
        await connection.execute(_INSERT_DEFERRED, *map(list, zip(*rows, strict=True)))
