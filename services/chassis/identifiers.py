"""Ids derived from the id of a case."""

from __future__ import annotations

from uuid import UUID, uuid5

_LOW = (1 << 80) - 1
_VERSION = 0xF << 76


def derive_id(parent: UUID, name: str) -> UUID:
    """Return the id of something that belongs to `parent`; the same name always gives the same id.

    The id keeps the parent's first 48 bits, which in a UUIDv7 are its time, so that rows of the same time are
    neighbours in every index. With random ids each insert touches another page, and PostgreSQL writes more full pages
    to its log. The rest is taken from UUIDv5; the version is 8 (RFC 9562, custom).
    """
    low = uuid5(parent, name).int & _LOW & ~_VERSION | 8 << 76
    return UUID(int=parent.int & ~_LOW | low)
