"""Deferred events as an operator sees them: which wait, for what, and how one is dropped."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import ValidationError

from contracts.base import CASE_SOURCES
from contracts.catalogue import EVENTS
from services.chassis import state_documents
from services.chassis.cases import SOURCES, Arrived, revive
from services.chassis.database import Connection, Pool
from services.chassis.quarantine import STATE

_LIST = f"""
    SELECT parked.case_id, parked.headers::text AS headers, parked.body, parked.parked_at, head.sent, head.stopped,
           {", ".join(f"head.{source}" for source in SOURCES)},
           EXISTS (SELECT FROM quarantine WHERE task = '{STATE}' AND quarantine.case_id = parked.case_id) AS halted
    FROM parked JOIN head USING (case_id) ORDER BY parked_at, case_id, parked.source, sequence LIMIT 500
"""
_FIND = "SELECT headers::text AS headers, body FROM parked WHERE case_id = $1 AND source = $2 AND sequence = $3"

_RECORD = """
    INSERT INTO dead (case_id, source, sequence, type, headers, body, error, resolution, resolved_by, reason, resolved_at)
    SELECT case_id, source, sequence, $4, headers, body, 'deferred', 'skipped', $5, $6, now() FROM parked
    WHERE case_id = $1 AND source = $2 AND sequence = $3
"""


async def listed(pool: Pool, service: str, release: int) -> list[dict[str, Any]]:
    """Return the deferred events, longest first, each with what it waits for: at most 500."""
    items: list[dict[str, Any]] = []
    for row in await pool.fetch(_LIST):
        arrived = revive(row["headers"], row["body"])
        envelope = arrived.envelope
        items.append(
            {
                "case_id": str(row["case_id"]), "source": envelope.source, "sequence": envelope.sequence,
                "type": envelope.type, "deferred_at": row["parked_at"],
                "waits_for": _waits_for(arrived, row, service, release),
            }
        )  # fmt: skip
    return items


async def find(pool: Pool, case_id: UUID, source: str, sequence: int) -> Arrived | None:
    """Return one deferred event."""
    row = await pool.fetchrow(_FIND, case_id, source, sequence)
    return None if row is None else revive(row["headers"], row["body"])


async def record_drop(connection: Connection, arrived: Arrived, by: str, reason: str) -> None:
    """Keep a dropped event with who decided and why, next to the dead events that were skipped."""
    envelope = arrived.envelope
    await connection.execute(_RECORD, envelope.case_id, envelope.source, envelope.sequence, envelope.type, by, reason)


def _waits_for(arrived: Arrived, head: Any, service: str, release: int) -> str:
    envelope = arrived.envelope
    if head["halted"]:
        return "this case: its state cannot be read by this version"
    if head["stopped"]:
        return "this case: it is stopped, see /internal/ahead"
    if envelope.sequence > head[envelope.source] + 1:
        return f"{envelope.source} {head[envelope.source] + 1}, the event before it"
    if envelope.type not in EVENTS:
        return "an upgrade: this version does not know the type"
    for source, needed in envelope.dependencies.items():
        known = release if source == "registry" else head["sent"] if source == service else head[source]
        if (source == "registry" or source in CASE_SOURCES) and needed > known:
            return f"{source} {needed}" if source != "registry" else f"registry release {needed}"
    try:
        EVENTS[envelope.type].parse(arrived.body)
    except ValidationError as error:
        return f"an upgrade: this version does not know a value in it: {state_documents.explained(error)}"
    return "the next look at its case"
