"""How far each source has been compared with what we have of it."""

from __future__ import annotations

from typing import NamedTuple

from services.chassis.database import Connection, Pool

_BEGIN = """
    INSERT INTO repair_cursor (source, identity, since) VALUES ($1, '', '0')
    ON CONFLICT (source) DO UPDATE SET source = excluded.source RETURNING identity, since::text, resets
"""
_DONE = """
    UPDATE repair_cursor SET identity = $2, since = $3::text::xid8, compared_at = now() WHERE source = $1 AND resets = $4
"""
_ANEW = "UPDATE repair_cursor SET identity = '', resets = resets + 1 WHERE source = $1"


class RepairCursor(NamedTuple):
    """Where the comparison with a source stands."""

    identity: str
    """The database that was compared; empty when every case is to be."""
    since: str
    """The transaction of it up to which it was."""
    resets: int
    """How often somebody asked to begin again."""


async def load(pool: Pool, source: str) -> RepairCursor:
    """Where the comparison with this source stands."""
    return RepairCursor(*await pool.fetchrow(_BEGIN, source))


async def save(pool: Pool, source: str, reached: RepairCursor) -> None:
    """Compared up to here, unless somebody asked meanwhile to begin again."""
    await pool.execute(_DONE, source, *reached)


async def reset(connection: Connection, source: str) -> None:
    """Compare every case of this source next time: what was passed over must not be any more."""
    await connection.execute(_ANEW, source)
