"""The hub of this process: how it is created, run and found."""

from __future__ import annotations

from fastapi import Depends

from services.chassis.context import Context
from services.chassis.web import context
from services.tracking.workers.board.hub import Hub


async def follow_board(ctx: Context) -> None:
    """Run the hub. When this run ends, all streams of the hub end.

    The next run creates a new hub, and the clients connect to it.
    """
    if hub_of(ctx).closed:
        ctx.process_state = Hub(ctx)
    hub = hub_of(ctx)
    try:
        await hub.run()
    finally:
        hub.close()


def hub_of(ctx: Context) -> Hub:
    """Return the hub of a running service."""
    hub: Hub = ctx.process_state
    return hub


async def hub_of_service(ctx: Context = Depends(context)) -> Hub:
    """Dependency: the hub of the service that handles the request."""
    return hub_of(ctx)
