"""Publishing of releases on the registry's stream."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from services.chassis import release_store
from services.chassis.cases import REGISTRY_STREAM, Case
from services.chassis.context import Context
from services.registry.domain.changes import Change, publish


async def refresh_snapshot(context: Context) -> None:
    """Load the newest release now instead of waiting for the loop that follows releases, so that edits build on it."""
    release = await release_store.current_release(context.database)
    if release > context.cases.release:
        context.district_or_none = await release_store.load_snapshot(context.database, release)


async def publish_changes(context: Context, changes: list[Change], by: str, note: str, *, based_on: int) -> int:
    """Publish changes as one release, load it in this process, and return its number.

    Raises `NothingToPublish` without changes, `ReleaseMoved` if the current release is not `based_on`.
    """

    def decide(cases: dict[UUID, Case[Any]]) -> int:
        return publish(cases[REGISTRY_STREAM], changes, by, note, based_on=based_on)

    release = await context.cases.run([REGISTRY_STREAM], decide, cause=f"command:{uuid4()}")
    await refresh_snapshot(context)
    return release
