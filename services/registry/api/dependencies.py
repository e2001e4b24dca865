"""FastAPI dependencies of the registry's routes."""

from __future__ import annotations

from fastapi import Depends

from services.chassis.context import Context
from services.chassis.web import context
from services.registry.store.registry_state import RegistryState


async def registry_state(ctx: Context = Depends(context)) -> RegistryState:
    """Return the state of the running registry."""
    state: RegistryState = ctx.process_state
    return state
