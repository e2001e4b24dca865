"""Ids of sessions and accounts whose access tokens are no longer valid.

The transaction that ends the access stores the id. A worker announces it to the services afterwards.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from contracts.events.registry import AccessEnded
from services.chassis.database import Connection
from services.registry.domain.tokens import ACCESS_LIFE
from services.registry.store.tables import real_now

_LEEWAY = timedelta(seconds=30)
"""Extra time, because a service whose clock is behind accepts tokens for longer."""

_BATCH = 200

_ADD = text("INSERT INTO ended_access (id, until, announced) VALUES (:id, :until, false)")
_TAKE = """
    UPDATE ended_access SET announced = true
    WHERE id IN (SELECT id FROM ended_access WHERE NOT announced ORDER BY until LIMIT $1 FOR UPDATE SKIP LOCKED)
    RETURNING id, until
"""


async def add(session: AsyncSession, ended: UUID) -> None:
    """End the access tokens that name this session or access id."""
    await (await session.connection()).execute(_ADD, {"id": ended, "until": real_now() + ACCESS_LIFE + _LEEWAY})


async def take_batch(connection: Connection) -> AccessEnded | None:
    """Mark a batch of ids as announced and return the event that announces them, or `None` if there are none."""
    rows = await connection.fetch(_TAKE, _BATCH)
    if not rows:
        return None
    return AccessEnded(ids=tuple(row["id"] for row in rows), until=max(row["until"] for row in rows))
