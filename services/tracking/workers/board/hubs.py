"""The hub of each running service."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from fastapi import Depends

from services.chassis.context import Context
from services.chassis.unit_of_work import UnitOfWork
from services.chassis.web import context
from services.tracking.workers.board.hub import Hub

_HUBS: WeakKeyDictionary[UnitOfWork[Any], Hub] = WeakKeyDictionary()


async def start_hub(ctx: Context) -> None:
    """Create the hub before the first request."""
    _HUBS[ctx.cases] = Hub(ctx)


async def follow_board(ctx: Context) -> None:
    """Run the hub. At its end all streams end.

    A later run creates a new hub, to which the clients connect again.
    """
    if _HUBS[ctx.cases].closed:
        _HUBS[ctx.cases] = Hub(ctx)
    hub = _HUBS[ctx.cases]
    try:
        await hub.run()
    finally:
        hub.close()


def hub_of_service(ctx: Context = Depends(context)) -> Hub:
    """Return the hub of the service that handles the request."""
    return _HUBS[ctx.cases]
