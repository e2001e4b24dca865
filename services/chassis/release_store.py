"""The district as this service has read it: records staged as they come, switched to when their release is published."""

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

_read: WeakValueDictionary[tuple[str, str], Entity] = WeakValueDictionary()
"""Entities that somebody in this process holds, by kind and body: two releases share what did not change, since a
release changes little and to read a hundred thousand grids again takes seconds."""


class StagedRelease(StoredDocument):
    """State of the registry's stream in a reader: the last release applied, and the records of the next so far."""

    release: int = 0
    bodies: list[str] = Field(default_factory=list[str])
    """Bodies of the records since the last release, as they came: what the next release's hash is over."""


def apply(case: Case[Any], event: Any, meta: Envelope) -> None:
    """Handler of the registry's events. The rows are written by `save` from what has been applied.

    A release whose count or hash is not that of its records is not put in force (`ValueError`: it is buried).
    """
    staged: StagedRelease = case.state
    if isinstance(event, ReleasePublished):
        found = release_sha256(body.encode() for body in staged.bodies)
        if (len(staged.bodies), found) != (event.count, event.sha256):
            raise ValueError(f"release {event.release} is not what came: {len(staged.bodies)} records, {found}")
        staged.release, staged.bodies = event.release, []
    elif isinstance(event, EntityRecorded):
        staged.bodies.append(event.to_bytes().decode())
    case.incoming_registry.append(event)


async def save(connection: Connection, case: Case[Any]) -> None:
    """Stage the entities and, when their release is complete, put it in force. The publisher takes the same path."""
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
                event.release, event.count, event.sha256,
            )  # fmt: skip
        elif isinstance(event, AccessEnded):
            await connection.execute("DELETE FROM ended_access WHERE until < now()")
            await connection.execute(
                "INSERT INTO ended_access (id, until) SELECT unnest($1::uuid[]), $2 ON CONFLICT DO NOTHING",
                list(event.ids), event.until,
            )  # fmt: skip


async def current_release(pool: Pool) -> int:
    """The release in force here, 0 before the first."""
    return int(await pool.fetchval("SELECT coalesce(max(release), 0) FROM registry_release"))


async def load_ended_access(pool: Pool) -> frozenset[str]:
    """Ids of sessions and accounts whose access tokens are refused."""
    rows = await pool.fetch("SELECT id FROM ended_access WHERE until >= now()")
    return frozenset(str(row["id"]) for row in rows)


async def load_snapshot(pool: Pool, release: int) -> RegistrySnapshot:
    """The snapshot of a release: the newest version of every entity up to it that was not removed."""
    rows = await pool.fetch(
        "SELECT DISTINCT ON (kind, id) kind, id, body::text AS body FROM registry_record"
        " WHERE release <= $1 ORDER BY kind, id, release DESC",
        release,
    )
    return await asyncio.to_thread(_build, release, rows)


def _build(release: int, rows: list[Any]) -> RegistrySnapshot:
    """In a thread: a hundred thousand grids would hold up the loop for seconds."""
    records: dict[str, dict[str, Entity]] = defaultdict(dict)
    for row in rows:
        kind, body = row["kind"], row["body"]
        if kind in KINDS and body is not None:
            records[kind][row["id"]] = _entity(kind, body)
    return RegistrySnapshot.from_records(release, records)


def _entity(kind: str, body: str) -> Entity:
    entity = _read.get((kind, body))
    if entity is None:
        entity = _read[kind, body] = KINDS[kind].model_validate_json(body, extra="ignore")
    return entity
