"""Redaction of stored messages when a case turns out confidential. Later deliveries send the redacted message."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contracts.webhooks import WEBHOOKS, HandoverMessage
from contracts.webhooks.redaction import redact
from services.chassis.database import Connection
from services.chassis.identifiers import derive_id
from services.dispatch.domain.delivery import cap

_MESSAGES = "SELECT id, type, body FROM message WHERE case_id = ANY ($1::uuid[]) AND format = 'json'"

_REPLACE_BODIES = """
    UPDATE message SET body = new.body
    FROM unnest($1::uuid[], $2::bytea[]) AS new (id, body) WHERE message.id = new.id AND message.id = ANY ($1::uuid[])
"""

CLEAR_RESPONSES = """
    UPDATE attempt SET response = ''
    FROM delivery JOIN message ON message.id = delivery.message_id
    WHERE message.case_id = ANY ($1::uuid[]) AND delivery.id = attempt.delivery_id AND attempt.response <> ''
"""
"""Clears stored responses of receivers, because a response may repeat the text of the message."""


async def redact_messages(connection: Connection, case_ids: Sequence[UUID]) -> None:
    """Redact the stored messages of these cases. A message that is being sent at this moment arrives unredacted."""
    bodies: dict[UUID, bytes] = {}
    for row in await connection.fetch(_MESSAGES, case_ids):
        webhook = redact(WEBHOOKS[row["type"]].model_validate_json(row["body"], extra="ignore"))
        body = webhook.to_bytes()
        if body != row["body"]:
            bodies[row["id"]] = body
            if isinstance(webhook, HandoverMessage):
                bodies[derive_id(row["id"], "cap")] = cap.render(webhook.data)
    if bodies:
        await connection.execute(_REPLACE_BODIES, list(bodies), list(bodies.values()))
        await connection.execute(CLEAR_RESPONSES, case_ids)
