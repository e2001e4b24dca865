"""How far the cases of each source have been compared with ours."""

from __future__ import annotations

from typing import NamedTuple

from services.chassis.database import Connection, Pool

_LOAD = """
    INSERT INTO repair_cursor (source, identity, since) VALUES ($1, '', '0')
    ON CONFLICT (source) DO UPDATE SET source = excluded.source RETURNING identity, since::text, resets
"""
_SAVE = """
    UPDATE repair_cursor SET identity = $2, since = $3::text::xid8, compared_at = now() WHERE source = $1 AND resets = $4
"""
_RESET = "UPDATE repair_cursor SET identity = '', resets = resets + 1 WHERE source = $1"


class RepairCursor(NamedTuple):
    """The position of the comparison with a source."""

    identity: str
    """Identity of the source's database that was compared; empty to force a comparison of every case."""
    since: str
    """The transaction of that database up to which cases have been compared."""
    resets: int
    """How often the comparison was reset."""


async def load(pool: Pool, source: str) -> RepairCursor:
    """Return the cursor of a source."""
    return RepairCursor(*await pool.fetchrow(_LOAD, source))


async def save(pool: Pool, source: str, reached: RepairCursor) -> None:
    """Save the cursor, unless the comparison was reset in the meantime."""
    await pool.execute(_SAVE, source, *reached)


async def reset(connection: Connection, source: str) -> None:
    """Compare every case of this source in the next pass."""
    await connection.execute(_RESET, source)
