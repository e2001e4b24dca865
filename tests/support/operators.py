"""What an operator sees and decides over the internal API of a service."""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.installation import RunningService, service_client
from tests.support.waiting import wait_until

DECISION = {"by": "test", "reason": "the operator has checked it"}


async def list_items(running: RunningService, path: str) -> list[dict[str, Any]]:
    """Return the items of an internal list, such as `deferred` or `diverged`."""
    async with service_client(running) as web:
        items: list[dict[str, Any]] = (await web.get(f"/internal/{path}")).json()["items"]
        return items


async def dead_letters(running: RunningService) -> list[dict[str, Any]]:
    """Return the dead letters of a service."""
    return await list_items(running, "dead-letters")


async def wait_for_dead_letters(running: RunningService) -> list[dict[str, Any]]:
    """Wait until a service has dead letters, and return them."""
    return await wait_until(lambda: dead_letters(running), what="a dead letter")


async def decide(running: RunningService, dead_letter: dict[str, Any], action: str) -> httpx.Response:
    """Skip or retry a dead letter."""
    async with service_client(running) as web:
        return await web.post(f"/internal/dead-letters/{dead_letter['id']}/{action}", json=DECISION)


async def resume(running: RunningService, case_id: object) -> httpx.Response:
    """Resume a diverged case."""
    async with service_client(running) as web:
        return await web.post(f"/internal/diverged/{case_id}/resume", json=DECISION)
