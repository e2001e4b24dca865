"""Cache of the built-in array types, which asyncpg otherwise queries on each of the many connections of a test."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from asyncpg.connection import Connection

_BUILT_IN = 16384
"""Object ids below this are PostgreSQL's own, the same in every database."""


def cache_type_introspection() -> None:
    """Share the answers about built-in types between all connections of this process."""
    known: dict[tuple[int, ...], Any] = {}
    ask = Connection._introspect_types  # noqa: SLF001 - asyncpg has no public hook

    async def introspect(self: Connection, typeoids: Any, timeout: Any) -> Any:
        wanted = tuple(sorted(typeoids))
        if wanted not in known:
            found, statement = await ask(self, typeoids, timeout)
            if max(wanted) >= _BUILT_IN:
                return found, statement
            known[wanted] = found
        return known[wanted], SimpleNamespace(name="known")

    Connection._introspect_types = introspect  # noqa: SLF001
