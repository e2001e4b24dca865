"""One hub for each running service: made when it starts, found by every request."""

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
    """Make the hub before the first request comes."""
    _HUBS[ctx.cases] = Hub(ctx)


async def follow_board(ctx: Context) -> None:
    """Background task: keep the hub's picture current; at the end send every screen away.

    A run after that one has a new hub, to which the screens come back.
    """
    if _HUBS[ctx.cases].closed:
        _HUBS[ctx.cases] = Hub(ctx)
    hub = _HUBS[ctx.cases]
    try:
        await hub.run()
    finally:
        hub.close()


def hub_of_service(ctx: Context = Depends(context)) -> Hub:
    """Dependency: the hub of the service that answers."""
    return _HUBS[ctx.cases]
