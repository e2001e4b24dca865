"""Check the databases of all services: no event is lost, none is duplicated, every service applied the same events.

Reads only chassis tables, so it is independent of the code of the services.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from contracts.base import CASE_SOURCES
from services.chassis import housekeeping
from services.chassis.database import Pool

_LEFT = """
    SELECT (SELECT count(*) FROM outbox) AS unsent, (SELECT count(*) FROM deferred_event) AS parked,
           (SELECT count(*) FROM dead_letter WHERE resolution IS NULL) AS dead
"""

READERS = ("intake", "routing", "dispatch", "supervision", "tracking")


@dataclass
class ServiceRecords:
    """Aggregates, events and unfinished work in the database of one service."""

    heads: dict[UUID, Any] = field(default_factory=dict)
    ledger: dict[UUID, list[int]] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)


async def read_records(url: str) -> ServiceRecords:
    """Read one service's books, and extend its chain so that it can be verified."""
    pool = await asyncpg.create_pool(url, min_size=1, max_size=2)
    try:
        await housekeeping.extend_chain(pool)
        await housekeeping.verify_chain(pool)
        books = await read_positions(pool)
        for row in await pool.fetch(
            "SELECT case_id, array_agg(sequence ORDER BY sequence) AS s FROM event_store GROUP BY 1"
        ):
            books.ledger[row["case_id"]] = list(row["s"])
        return books
    finally:
        await pool.close()


async def read_positions(pool: Pool) -> ServiceRecords:
    """What a service has said and heard, and what it has left to do; not the ledger itself."""
    books = ServiceRecords()
    for row in await pool.fetch("SELECT * FROM aggregate"):
        books.heads[row["case_id"]] = row
    books.left = dict(await pool.fetchrow(_LEFT))
    return books


async def find_violations(urls: dict[str, str]) -> list[str]:
    """What is still on its way: empty when every reader has heard everything."""
    books = {name: await read_records(url) for name, url in urls.items()}
    return violations(books)


def violations(books: dict[str, ServiceRecords], readers: Sequence[str] = READERS) -> list[str]:
    """Return one line for each rule that is broken."""
    found: list[str] = []
    for name, book in books.items():
        found += [f"{name}: {count} rows in {table}" for table, count in book.left.items() if count]
        for case_id, sequences in book.ledger.items():
            if sequences != list(range(1, len(sequences) + 1)):
                found.append(f"{name}: case {case_id} is not contiguous: {sequences}")
            head = book.heads.get(case_id)
            if head is None or head["version"] != len(sequences):
                found.append(f"{name}: case {case_id} has {len(sequences)} events, its head says otherwise")
        found += [f"{name}: case {case_id} is stopped" for case_id, head in book.heads.items() if head["diverged"]]
    for source in CASE_SOURCES:
        if source not in books:
            continue
        for case_id, head in books[source].heads.items():
            for reader in readers:
                if reader == source or reader not in books or head["version"] == 0:
                    continue
                heard = books[reader].heads.get(case_id)
                mark = heard[f"{source}_applied"] if heard else 0
                if mark != head["version"]:
                    found.append(f"{reader} heard {mark} of {head['version']} from {source} about {case_id}")
    return found


def duplicates(numbers: list[str]) -> list[str]:
    """Return the values that occur more than once."""
    return [value for value, count in Counter(numbers).items() if count > 1]
