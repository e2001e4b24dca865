"""Redaction of the deferred events and dead letters of cases that turned out confidential."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from pydantic import ValidationError

from contracts.catalogue import EVENTS
from contracts.envelope import Envelope
from contracts.events.acceptance import CaseFiled
from services.chassis.cases import parse_stored_event
from services.chassis.database import Connection


async def redact_pending(connection: Connection, known: Mapping[UUID, int]) -> None:
    """Redact the deferred events and dead letters of these cases.

    `known` maps each case to the sequence of intake's last event that this service has applied. An event is left
    unchanged if its source had applied a later event of intake when it stated the event. Then either the source has
    redacted the event, or the case was filed as public again. An event that this version cannot read is also left
    unchanged.
    """
    if not known:
        return
    for table in ("deferred_event", "dead_letter"):
        found = f"SELECT ctid::text AS row, headers::text AS headers, body FROM {table} WHERE case_id = ANY($1::uuid[])"
        for row in await connection.fetch(found, list(known)):
            envelope = parse_stored_event(row["headers"], row["body"]).envelope
            if _intake_position(envelope) > known[envelope.case_id]:
                continue
            body = _redacted_body(envelope.type, row["body"])
            if body != row["body"]:
                await connection.execute(f"UPDATE {table} SET body = $2 WHERE ctid = $1::text::tid", row["row"], body)


def _intake_position(envelope: Envelope) -> int:
    own = envelope.source == CaseFiled.SOURCE
    return envelope.sequence if own else envelope.dependencies.get(CaseFiled.SOURCE, 0)


def _redacted_body(kind: str, body: bytes) -> bytes:
    model = EVENTS.get(kind)
    if model is None:
        return body
    try:
        return model.parse(body).redacted().to_bytes()
    except ValidationError:
        return body
