"""How far each source has been compared with what we have of it."""

from __future__ import annotations

from services.chassis.database import Connection, Pool

_BEGIN = """
    INSERT INTO repair_cursor (source, since) VALUES ($1, '0')
    ON CONFLICT (source) DO UPDATE SET source = excluded.source RETURNING since::text, again
"""
_DONE = "UPDATE repair_cursor SET since = $2::text::xid8, ok_at = now() WHERE source = $1 AND again = $3"
_ANEW = "UPDATE repair_cursor SET since = '0', again = again + 1 WHERE source = $1"


async def begin(pool: Pool, source: str) -> tuple[str, int]:
    """The transaction id of the source up to which we have compared, and how often somebody asked to begin again."""
    row = await pool.fetchrow(_BEGIN, source)
    return row["since"], row["again"]


async def done(pool: Pool, source: str, reached: str, again: int) -> None:
    """Compared up to here, unless somebody asked meanwhile to begin again."""
    await pool.execute(_DONE, source, reached, again)


async def compare_anew(connection: Connection, source: str) -> None:
    """Compare this source from its beginning next time: what was passed over must not be any more."""
    await connection.execute(_ANEW, source)
