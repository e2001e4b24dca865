"""Ids of sessions, and access ids of accounts, whose access tokens have ended before they expired.

The transaction that ends the tokens stores the id. Afterwards a worker announces the id to the other services.
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
"""Extra time for which an id is kept, because a service whose clock is behind accepts tokens for longer."""

_BATCH = 200

_ADD = text("INSERT INTO ended_access (id, until, announced) VALUES (:id, :until, false)")
_TAKE = """
    UPDATE ended_access SET announced = true
    WHERE id IN (SELECT id FROM ended_access WHERE NOT announced ORDER BY until LIMIT $1 FOR UPDATE SKIP LOCKED)
    RETURNING id, until
"""


async def add(session: AsyncSession, ended: UUID) -> None:
    """End the access tokens that contain this id of a session, or this access id of an account."""
    await (await session.connection()).execute(_ADD, {"id": ended, "until": real_now() + ACCESS_LIFE + _LEEWAY})


async def take_batch(connection: Connection) -> AccessEnded | None:
    """Mark some ids as announced, and return the event that announces them. `None` if no id waits."""
    rows = await connection.fetch(_TAKE, _BATCH)
    if not rows:
        return None
    return AccessEnded(ids=tuple(row["id"] for row in rows), until=max(row["until"] for row in rows))
