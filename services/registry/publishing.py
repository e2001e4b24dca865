"""Publishing: one transaction on the registry's stream, and the release is out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

from fastapi import Response

from contracts.registry import Entity
from services.chassis import release_store
from services.chassis.cases import REGISTRY_STREAM, Case
from services.chassis.context import Context
from services.chassis.database import Connection
from services.chassis.web import Command
from services.registry.domain.changes import Change, publish
from services.registry.domain.problems import NothingToPublish, ReleaseMoved

Step = Callable[[Connection], Awaitable[None]]


async def look(context: Context) -> None:
    """Take over the release in force now, without waiting for the loop that follows it: edits build on the last one."""
    release = await release_store.current_release(context.database)
    if release > context.cases.release:
        context.district_or_none = await release_store.load(context.database, release)


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

    def decide(cases: dict[UUID, Case[Any]]) -> int:
        return _publish(cases, changes, by, note, based_on)

    async def last(connection: Connection, _: int) -> None:
        if also is not None:
            await also(connection)

    release = await context.cases.run([REGISTRY_STREAM], decide, cause=f"command:{uuid4()}", last=last)
    await look(context)
    return release


async def publish_answering(
    cmd: Command, changes: list[Change], by: str, note: str, told: Callable[[int], object], *,
    status: int = 200, based_on: int | None = None, also: Step | None = None, guard: Callable[[], None] | None = None,
) -> Response:  # fmt: skip
    """`publish_changes` as the command of a request: asked again with its `Idempotency-Key`, nothing is published again.

    `told` makes the answer from the number of the release; what `guard` raises is an answer, too.
    """

    def decide(cases: dict[UUID, Case[Any]]) -> object:
        if guard is not None:
            guard()
        return told(_publish(cases, changes, by, note, based_on))

    async def last(connection: Connection, _: object) -> None:
        if also is not None:
            await also(connection)

    answer = await cmd.run([REGISTRY_STREAM], decide, status=status, also=last, versioned=False)
    await look(cmd.context)
    return answer


def _publish(cases: dict[UUID, Case[Any]], changes: list[Change], by: str, note: str, based_on: int | None) -> int:
    case = cases[REGISTRY_STREAM]
    if based_on is not None and case.state.release != based_on:
        raise ReleaseMoved(current=case.state.release, based_on=based_on)
    if not changes:
        raise NothingToPublish
    return publish(case, changes, by, note)
