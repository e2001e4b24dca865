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

_UNFINISHED = """
    SELECT (SELECT count(*) FROM outbox) AS outbox, (SELECT count(*) FROM deferred_event) AS deferred_event,
           (SELECT count(*) FROM dead_letter WHERE resolution IS NULL) AS dead_letter
"""

CONSUMERS = ("intake", "routing", "dispatch", "supervision", "tracking")


@dataclass
class ServiceRecords:
    """Aggregates, events and unfinished work in the database of one service."""

    aggregates: dict[UUID, Any] = field(default_factory=dict)
    sequences: dict[UUID, list[int]] = field(default_factory=dict)
    """Case → sequences of its events in the event store."""
    unfinished: dict[str, int] = field(default_factory=dict)
    """Table → number of rows that wait."""


async def read_records(url: str) -> ServiceRecords:
    """Return the records of one service. Extend its hash chain and verify it."""
    pool = await asyncpg.create_pool(url, min_size=1, max_size=2)
    try:
        await housekeeping.extend_chain(pool)
        await housekeeping.verify_chain(pool)
        records = await read_positions(pool)
        for row in await pool.fetch(
            "SELECT case_id, array_agg(sequence ORDER BY sequence) AS s FROM event_store GROUP BY 1"
        ):
            records.sequences[row["case_id"]] = list(row["s"])
        return records
    finally:
        await pool.close()


async def read_positions(pool: Pool) -> ServiceRecords:
    """Return the aggregates and the unfinished work of a service, without its event store."""
    records = ServiceRecords()
    for row in await pool.fetch("SELECT * FROM aggregate"):
        records.aggregates[row["case_id"]] = row
    records.unfinished = dict(await pool.fetchrow(_UNFINISHED))
    return records


async def find_violations(urls: dict[str, str]) -> list[str]:
    """Return the violations of the services at these addresses; none when every service has applied every event."""
    records = {name: await read_records(url) for name, url in urls.items()}
    return violations(records)


def violations(records: dict[str, ServiceRecords], consumers: Sequence[str] = CONSUMERS) -> list[str]:
    """Return one line for each rule that is broken."""
    found: list[str] = []
    for name, service in records.items():
        found += [f"{name}: {count} rows in {table}" for table, count in service.unfinished.items() if count]
        for case_id, sequences in service.sequences.items():
            if sequences != list(range(1, len(sequences) + 1)):
                found.append(f"{name}: case {case_id} is not contiguous: {sequences}")
            aggregate = service.aggregates.get(case_id)
            if aggregate is None or aggregate["version"] != len(sequences):
                found.append(f"{name}: case {case_id} has {len(sequences)} events, its aggregate another version")
        found += [
            f"{name}: case {case_id} is diverged" for case_id, each in service.aggregates.items() if each["diverged"]
        ]
    for source in CASE_SOURCES:
        if source not in records:
            continue
        for case_id, aggregate in records[source].aggregates.items():
            for consumer in consumers:
                if consumer == source or consumer not in records or aggregate["version"] == 0:
                    continue
                own = records[consumer].aggregates.get(case_id)
                applied = own[f"{source}_applied"] if own else 0
                if applied != aggregate["version"]:
                    found.append(f"{consumer} applied {applied} of {aggregate['version']} of {source} about {case_id}")
    return found


def duplicates(numbers: list[str]) -> list[str]:
    """Return the values that occur more than once."""
    return [value for value, count in Counter(numbers).items() if count > 1]
