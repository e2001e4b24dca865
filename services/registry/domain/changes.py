"""Changes between two states of the district's data, and the events that publish changes as a release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from contracts.base import Contract
from contracts.events.registry import EntityRecorded, ReleasePublished
from contracts.registry import KINDS, SECRET_KINDS, Entity, release_sha256
from services.chassis.cases import Case
from services.registry.domain.problems import NothingToPublish, ReleaseMoved

Records = Mapping[str, Mapping[str, Entity]]
Bodies = Mapping[tuple[str, str], dict[str, Any]]
"""(kind of an entity, id) → body of the entity, as published in an event."""


class Change(Contract):
    """The addition, change or removal of one entity."""

    change: Literal["added", "changed", "removed"]
    kind: str
    id: str
    fields: tuple[str, ...] = ()
    """Names of the fields with a new value. Empty if the entity is added or removed."""
    body: dict[str, Any] | None = None
    """New body of the entity. `None` for a removal."""


def bodies_of(records: Records) -> dict[tuple[str, str], dict[str, Any]]:
    """Return (kind, id) → body for all entities."""
    return {(kind, key): entity.to_body() for kind, found in records.items() for key, entity in found.items()}


def difference(before: Bodies, after: Bodies, *, keep: frozenset[str] = SECRET_KINDS) -> list[Change]:
    """Return the changes that turn `before` into `after`, ordered by kind. Kinds in `keep` are ignored."""
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


def additions(*entities: Entity) -> list[Change]:
    """Return changes that publish these entities. An entity replaces a present one with the same kind and id."""
    return [Change(change="added", kind=each.KIND, id=each.id, body=each.to_body()) for each in entities]


def publish(
    case: Case[Any], changes: list[Change], published_by: str, note: str, *, based_on: int | None = None
) -> int:
    """Emit the events that publish changes as a release. Return the number of the release.

    Raises `NothingToPublish` if there are no changes, and `ReleaseMoved` if `based_on` is given and is not the current
    release.
    """
    if based_on is not None and case.state.release != based_on:
        raise ReleaseMoved(current=case.state.release, based_on=based_on)
    if not changes:
        raise NothingToPublish
    release = case.state.release + 1
    records = [EntityRecorded(release=release, kind=each.kind, id=each.id, body=each.body) for each in changes]
    for record in records:
        case.emit(record)
    case.emit(
        ReleasePublished(
            release=release,
            count=len(records),
            sha256=release_sha256(record.to_bytes() for record in records),
            published_by=published_by,
            note=note,
        )
    )
    case.state.release = release
    return release
