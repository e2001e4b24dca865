"""Publishing of a release by an HTTP command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from fastapi import Response

from services.chassis.cases import REGISTRY_STREAM, Case
from services.chassis.database import Connection
from services.chassis.unit_of_work import Step
from services.chassis.web import Command
from services.registry.domain.changes import Change, publish
from services.registry.store.publishing import refresh_snapshot


async def publish_by_command(
    cmd: Command,
    changes: list[Change],
    by: str,
    note: str,
    response_of: Callable[[int], object],
    *,
    status: int = 200,
    based_on: int | None = None,
    also: Step | None = None,
    guard: Callable[[], None] | None = None,
) -> Response:
    """Publish changes as one release and return the response. A repeated `Idempotency-Key` publishes nothing.

    `response_of` builds the response body from the number of the release. `guard` may raise a problem to refuse the
    command. The refusal is stored under the idempotency key, as other responses are. `also` is a further step in the
    transaction. Raises `NothingToPublish` if there are no changes, and `ReleaseMoved` if `based_on` is given and is not
    the current release.
    """

    def decide(cases: dict[UUID, Case[Any]]) -> object:
        if guard is not None:
            guard()
        return response_of(publish(cases[REGISTRY_STREAM], changes, by, note, based_on=based_on))

    async def write(connection: Connection, _: object) -> None:
        if also is not None:
            await also(connection)

    response = await cmd.run([REGISTRY_STREAM], decide, status=status, also=write, versioned=False)
    await refresh_snapshot(cmd.context)
    return response
