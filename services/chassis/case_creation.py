"""Creation of a case in one statement: its aggregate, its events and the service's own rows.

The id of a new case was generated a moment ago, so there is nothing to lock or to read. One statement costs one round
trip instead of seven, and is a transaction of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from contracts.envelope import format_dependencies
from services.chassis.cases import Aggregate, OutgoingEvent

_PARAMETER = re.compile(r"\$(\d+)")

_INSERT_AGGREGATE = "INSERT INTO aggregate (case_id, version, digest, state) VALUES ($1, $2, $3, $4::text::jsonb)"

_INSERT_EVENTS = "INSERT INTO event_store (case_id, sequence, type, time, dependencies, causation_id, traceparent, body) VALUES {} RETURNING id, recorded_at"
_EVENT = "(${}, ${}, ${}, ${}, ${}, ${}, ${}, ${})"
_INSERT_OUTBOX = "INSERT INTO outbox (event_id, recorded_at) SELECT id, recorded_at FROM event"


@dataclass(frozen=True, slots=True)
class Insert:
    """An INSERT statement and its values. `sql` is a constant; everything variable is in `values`."""

    sql: str
    values: tuple[Any, ...]


def aggregate_insert(case_id: UUID, aggregate: Aggregate, state: str) -> Insert:
    """Return the insert of a new case's aggregate."""
    return Insert(_INSERT_AGGREGATE, (case_id, aggregate.version, aggregate.digest, state))


def creation_statement(rows: Sequence[Insert], emitted: Sequence[OutgoingEvent]) -> tuple[str, list[Any]]:
    """Return one statement, with its values, that writes all rows and stores the events in order.

    `emitted` must have at least one event.
    """
    values = [value for row in rows for value in row.values]
    for each in emitted:
        envelope = each.envelope
        values += [
            envelope.case_id,
            envelope.sequence,
            envelope.type,
            envelope.time,
            format_dependencies(envelope.dependencies),
            envelope.causation_id,
            envelope.traceparent,
            each.body,
        ]
    return _text(tuple(row.sql for row in rows), len(emitted)), values


@lru_cache(maxsize=64)
def _text(inserts: tuple[str, ...], events: int) -> str:
    """Return the SQL statement for these inserts and this number of events.

    The same inserts give the same text, so that PostgreSQL prepares it once.
    """
    parts: list[str] = []
    used = 0
    for place, insert in enumerate(inserts):
        numbers = [int(each) for each in _PARAMETER.findall(insert)]
        text = _PARAMETER.sub(lambda found, used=used: f"${int(found[1]) + used}", insert)
        parts.append(f"row_{place} AS ({text})")
        used += max(numbers, default=0)
    tuples = [_EVENT.format(*range(used + 1 + 8 * place, used + 9 + 8 * place)) for place in range(events)]
    return f"WITH {', '.join(parts)}, event AS ({_INSERT_EVENTS.format(', '.join(tuples))}) {_INSERT_OUTBOX}"
