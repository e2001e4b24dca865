"""Ids of what belongs to a case."""

from __future__ import annotations

from uuid import UUID, uuid5

_LOW = (1 << 80) - 1
_VERSION = 0xF << 76


def derive_id(parent: UUID, name: str) -> UUID:
    """Return the id of something that belongs to `parent`; the same name always gives the same id.

    It keeps the parent's first 48 bits, which in a UUIDv7 are its time, so that rows lie beside those of cases of the same
    time in every index. With ids at random each insert touches another page, and the more rows there are, the more pages are
    written in full to PostgreSQL's log. The rest is that of UUIDv5; the version is 8 (RFC 9562, custom).
    """
    low = uuid5(parent, name).int & _LOW & ~_VERSION | 8 << 76
    return UUID(int=parent.int & ~_LOW | low)
