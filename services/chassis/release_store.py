"""The registry releases that this service has read.

Records are stored as they arrive and come into force with their release.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any
from weakref import WeakValueDictionary

import orjson
from pydantic import Field

from contracts.base import StoredDocument
from contracts.envelope import Envelope
from contracts.events.registry import AccessEnded, EntityRecorded, ReleasePublished
from contracts.registry import KINDS, Entity, release_sha256
from services.chassis.cases import Case
from services.chassis.database import Connection, Pool
from services.chassis.registry_snapshot import RegistrySnapshot

_entities: WeakValueDictionary[tuple[str, str], Entity] = WeakValueDictionary()
"""Entities in use in this process, by kind and body.

Two releases share unchanged entities, because parsing a hundred thousand grids again takes seconds.
"""


class StagedRelease(StoredDocument):
    """State of the registry's event stream: the last applied release, and the records of the next release."""

    release: int = 0
    bodies: list[str] = Field(default_factory=list[str])
    """Exact bodies of the records since the last release. The hash of the next release covers them."""


def apply(case: Case[Any], event: Any, _: Envelope) -> None:
    """Check an event of the registry and add it to the events that `save` stores.

    A release whose count or hash does not match its records is refused with `ValueError`; the event becomes a dead
    letter.
    """
    staged: StagedRelease = case.state
    if isinstance(event, ReleasePublished):
        sha256 = release_sha256(body.encode() for body in staged.bodies)
        if (len(staged.bodies), sha256) != (event.count, event.sha256):
            raise ValueError(
                f"release {event.release} has {event.count} records with hash {event.sha256}, but"
                f" {len(staged.bodies)} records with hash {sha256} arrived"
            )
        staged.release, staged.bodies = event.release, []
    elif isinstance(event, EntityRecorded):
        staged.bodies.append(event.to_bytes().decode())
    case.incoming_registry.append(event)


async def save(connection: Connection, case: Case[Any]) -> None:
    """Store the records, put a complete release in force, and store ended access.

    The registry itself calls this function as well.
    """
    events = [*case.incoming_registry, *(each.event for each in case.emitted)]
    records = [event for event in events if isinstance(event, EntityRecorded)]
    await connection.execute(
        "INSERT INTO registry_record (kind, id, release, body)"
        " SELECT kind, id, release, body::jsonb FROM unnest($1::text[], $2::text[], $3::int[], $4::text[])"
        " AS new (kind, id, release, body) ON CONFLICT DO NOTHING",
        [record.kind for record in records],
        [record.id for record in records],
        [record.release for record in records],
        [orjson.dumps(record.body).decode() if record.body is not None else None for record in records],
    )
    for event in events:
        if isinstance(event, ReleasePublished):
            await connection.execute(
                "INSERT INTO registry_release (release, count, sha256) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                event.release,
                event.count,
                event.sha256,
            )
        elif isinstance(event, AccessEnded):
            await connection.execute("DELETE FROM ended_access WHERE until < now()")
            await connection.execute(
                "INSERT INTO ended_access (id, until) SELECT unnest($1::uuid[]), $2 ON CONFLICT DO NOTHING",
                list(event.ids),
                event.until,
            )


async def current_release(pool: Pool) -> int:
    """Return the release in force; 0 before the first."""
    return int(await pool.fetchval("SELECT coalesce(max(release), 0) FROM registry_release"))


async def load_ended_access(pool: Pool) -> frozenset[str]:
    """Return the ids of sessions and accounts whose access tokens are refused."""
    rows = await pool.fetch("SELECT id FROM ended_access WHERE until >= now()")
    return frozenset(str(row["id"]) for row in rows)


async def load_snapshot(pool: Pool, release: int) -> RegistrySnapshot:
    """Return the snapshot of a release: the newest version of each entity as of this release, without removed ones."""
    rows = await pool.fetch(
        "SELECT DISTINCT ON (kind, id) kind, id, body::text AS body FROM registry_record"
        " WHERE release <= $1 ORDER BY kind, id, release DESC",
        release,
    )
    return await asyncio.to_thread(_build, release, rows)


def _build(release: int, rows: list[Any]) -> RegistrySnapshot:
    """Build the snapshot. Runs in a thread, because a hundred thousand grids would block the event loop for seconds."""
    records: dict[str, dict[str, Entity]] = defaultdict(dict)
    for row in rows:
        kind, body = row["kind"], row["body"]
        if kind in KINDS and body is not None:
            records[kind][row["id"]] = _entity(kind, body)
    return RegistrySnapshot.from_records(release, records)


def _entity(kind: str, body: str) -> Entity:
    entity = _entities.get((kind, body))
    if entity is None:
        entity = _entities[kind, body] = KINDS[kind].model_validate_json(body, extra="ignore")
    return entity
