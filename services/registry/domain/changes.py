"""What a draft would change, and the events that publish it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from contracts.base import Contract
from contracts.events.registry import EntityRecorded, ReleasePublished
from contracts.registry import KINDS, SECRET_KINDS, Entity, release_sha256
from services.chassis.cases import Case

Records = Mapping[str, Mapping[str, Entity]]
Bodies = Mapping[tuple[str, str], dict[str, Any]]
"""(kind, id) → body, as published."""


class Change(Contract):
    """One entity that would be added, changed or removed."""

    change: Literal["added", "changed", "removed"]
    kind: str
    id: str
    fields: tuple[str, ...] = ()
    """Fields that differ, of a changed entity."""
    body: dict[str, Any] | None = None
    """The entity as it would be; none when it is removed."""


def bodies_of(records: Records) -> dict[tuple[str, str], dict[str, Any]]:
    """Records as they are published."""
    return {(kind, key): entity.to_body() for kind, found in records.items() for key, entity in found.items()}


def difference(before: Bodies, after: Bodies, *, keep: frozenset[str] = SECRET_KINDS) -> list[Change]:
    """What must be recorded to get from one to the other, in the order of kinds. Kinds in `keep` are left alone."""
    changes: list[Change] = []
    order = list(KINDS)
    for kind, key in sorted({*before, *after}, key=lambda ref: (order.index(ref[0]), ref[1])):
        if kind in keep:
            continue
        old, new = before.get((kind, key)), after.get((kind, key))
        if old == new:
            continue
        if new is None:
            changes.append(Change(change="removed", kind=kind, id=key))
        elif old is None:
            changes.append(Change(change="added", kind=kind, id=key, body=new))
        else:
            fields = tuple(sorted(name for name in {*old, *new} if old.get(name) != new.get(name)))
            changes.append(Change(change="changed", kind=kind, id=key, fields=fields, body=new))
    return changes


def publish(case: Case[Any], changes: list[Change], published_by: str, note: str) -> int:
    """Emit a release on the registry's stream: its records, then the word that they are complete. Returns its number."""
    release = case.state.release + 1
    records = [EntityRecorded(release=release, kind=each.kind, id=each.id, body=each.body) for each in changes]
    for record in records:
        case.emit(record)
    case.emit(
        ReleasePublished(
            release=release, count=len(records), sha256=release_sha256(record.to_bytes() for record in records),
            published_by=published_by, note=note,
        )
    )  # fmt: skip
    case.state.release = release
    return release
