"""Events that wait, parked or dead, of a case that has turned out confidential: they keep no more than the ledgers do."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import orjson
from pydantic import ValidationError

from contracts.catalogue import EVENTS
from contracts.envelope import Envelope
from contracts.sealing import sealed
from services.chassis.database import Connection


async def seal(connection: Connection, case_ids: Sequence[UUID]) -> None:
    """Take out of them what the ledgers do not keep either. What this version cannot read stays as it came, until one can or an
    operator has skipped it.
    """
    if not case_ids:
        return
    for table in ("parked", "dead"):
        found = f"SELECT ctid::text AS row, headers::text AS headers, body FROM {table} WHERE case_id = ANY($1::uuid[])"
        for row in await connection.fetch(found, case_ids):
            body = _sealed(row["headers"], row["body"])
            if body != row["body"]:
                await connection.execute(f"UPDATE {table} SET body = $2 WHERE ctid = $1::text::tid", row["row"], body)


def _sealed(headers: str, body: bytes) -> bytes:
    pairs = [(name, value.encode()) for name, value in orjson.loads(headers)]
    model = EVENTS.get(Envelope.from_headers(pairs).type)
    if model is None:
        return body
    try:
        return sealed(model.parse(body)).to_bytes()
    except ValidationError:
        return body
