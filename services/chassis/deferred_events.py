"""Deferred events for operators: the list, with the reason why each event waits, and the removal of one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import ValidationError

from contracts.base import CASE_SOURCES
from contracts.catalogue import EVENTS
from services.chassis import state_documents
from services.chassis.cases import SOURCES, IncomingEvent, parse_stored_event
from services.chassis.database import Connection, Pool
from services.chassis.quarantine import STATE

_LIST = f"""
    SELECT deferred_event.case_id, deferred_event.headers::text AS headers, deferred_event.body, deferred_event.deferred_at, aggregate.version, aggregate.diverged,
           {", ".join(f"aggregate.{source}_applied" for source in SOURCES)},
           EXISTS (SELECT FROM quarantine WHERE task = '{STATE}' AND quarantine.case_id = deferred_event.case_id) AS halted
    FROM deferred_event JOIN aggregate USING (case_id) ORDER BY deferred_at, case_id, deferred_event.source, sequence LIMIT 500
"""
_FIND = "SELECT headers::text AS headers, body FROM deferred_event WHERE case_id = $1 AND source = $2 AND sequence = $3"

_RECORD = """
    INSERT INTO dead_letter (case_id, source, sequence, type, headers, body, error, resolution, resolved_by, reason, resolved_at)
    SELECT case_id, source, sequence, $4, headers, body, 'deferred', 'skipped', $5, $6, now() FROM deferred_event
    WHERE case_id = $1 AND source = $2 AND sequence = $3
"""


async def list_deferred(pool: Pool, service: str, release: int) -> list[dict[str, Any]]:
    """Return the deferred events, oldest first, each with what it waits for; at most 500."""
    items: list[dict[str, Any]] = []
    for row in await pool.fetch(_LIST):
        incoming = parse_stored_event(row["headers"], row["body"])
        envelope = incoming.envelope
        items.append(
            {
                "case_id": str(row["case_id"]),
                "source": envelope.source,
                "sequence": envelope.sequence,
                "type": envelope.type,
                "deferred_at": row["deferred_at"],
                "waits_for": _waits_for(incoming, row, service, release),
            }
        )
    return items


async def find_deferred(pool: Pool, case_id: UUID, source: str, sequence: int) -> IncomingEvent | None:
    """Return the deferred event with this identity, or `None`."""
    row = await pool.fetchrow(_FIND, case_id, source, sequence)
    return None if row is None else parse_stored_event(row["headers"], row["body"])


async def record_drop(connection: Connection, incoming: IncomingEvent, by: str, reason: str) -> None:
    """Record a dropped event as a skipped dead letter, with the operator and the reason."""
    envelope = incoming.envelope
    await connection.execute(_RECORD, envelope.case_id, envelope.source, envelope.sequence, envelope.type, by, reason)


def _waits_for(incoming: IncomingEvent, aggregate: Any, service: str, release: int) -> str:
    envelope = incoming.envelope
    if aggregate["halted"]:
        return "this case: its state cannot be read by this version"
    if aggregate["diverged"]:
        return "this case: it has diverged, see /internal/diverged"
    if envelope.sequence > aggregate[f"{envelope.source}_applied"] + 1:
        return f"{envelope.source} {aggregate[f'{envelope.source}_applied'] + 1}, the event before it"
    if envelope.type not in EVENTS:
        return "an upgrade: this version does not know the type"
    for source, needed in envelope.dependencies.items():
        known = (
            release
            if source == "registry"
            else aggregate["version"]
            if source == service
            else aggregate[f"{source}_applied"]
        )
        if (source == "registry" or source in CASE_SOURCES) and needed > known:
            return f"{source} {needed}" if source != "registry" else f"registry release {needed}"
    try:
        EVENTS[envelope.type].parse(incoming.body)
    except ValidationError as error:
        return f"an upgrade: this version does not know a value in it: {state_documents.describe_errors(error)}"
    return "the next retry: it can be applied"
