"""Publishing: one transaction on the registry's stream, and the release is out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

from contracts.registry import Entity
from services.chassis import registry_view
from services.chassis.cases import REGISTRY_STREAM, Case
from services.chassis.context import Context
from services.chassis.database import Connection
from services.registry.domain.changes import Change, publish
from services.registry.domain.problems import NothingToPublish, ReleaseMoved

Step = Callable[[Connection], Awaitable[None]]


async def look(context: Context) -> None:
    """Take over the release in force now, without waiting for the loop that follows it: edits build on the last one."""
    release = await registry_view.current_release(context.database)
    if release > context.cases.release:
        context.district_or_none = await registry_view.load(context.database, release)


def recorded(*entities: Entity) -> list[Change]:
    """Changes that put these entities in, whatever was there before."""
    return [Change(change="added", kind=each.KIND, id=each.id, body=each.to_body()) for each in entities]


async def publish_changes(
    context: Context,
    changes: list[Change],
    by: str,
    note: str,
    *,
    based_on: int | None = None,
    also: Step | None = None,
) -> int:
    """Publish changes as one release and return its number, in force here; `also` runs in the same transaction.

    Raises `NothingToPublish`, or `ReleaseMoved` when the release in force is not the one they were made from.
    """
    if not changes:
        raise NothingToPublish

    def decide(cases: dict[UUID, Case[Any]]) -> int:
        case = cases[REGISTRY_STREAM]
        if based_on is not None and case.state.release != based_on:
            raise ReleaseMoved(current=case.state.release, based_on=based_on)
        return publish(case, changes, by, note)

    async def last(connection: Connection, _: int) -> None:
        if also is not None:
            await also(connection)

    release = await context.cases.run([REGISTRY_STREAM], decide, cause=f"command:{uuid4()}", last=last)
    await look(context)
    return release
