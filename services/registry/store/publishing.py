"""Publishing of releases: their events belong to the registry's own stream of events."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from services.chassis import release_store
from services.chassis.cases import REGISTRY_STREAM, Case
from services.chassis.context import Context
from services.registry.domain.changes import Change, publish


async def refresh_snapshot(context: Context) -> None:
    """Load the newest release into this process, if it is not loaded.

    A background loop also loads new releases, but later. A change of the data must be based on the newest release.
    """
    release = await release_store.current_release(context.database)
    if release > context.cases.release:
        context.district_or_none = await release_store.load_snapshot(context.database, release)


async def publish_changes(context: Context, changes: list[Change], by: str, note: str, *, based_on: int) -> int:
    """Publish changes as one release, load it in this process, and return its number.

    Raises `NothingToPublish` if there are no changes, and `ReleaseMoved` if `based_on` is not the current release.
    """

    def decide(cases: dict[UUID, Case[Any]]) -> int:
        return publish(cases[REGISTRY_STREAM], changes, by, note, based_on=based_on)

    release = await context.cases.run([REGISTRY_STREAM], decide, cause=f"command:{uuid4()}")
    await refresh_snapshot(context)
    return release
