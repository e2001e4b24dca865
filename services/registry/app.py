"""Composition of the registry."""

from __future__ import annotations

import asyncio
from pathlib import Path

from services.chassis.context import Context
from services.chassis.service import Service
from services.registry.api import accounts, categories, imports, keys, knowledge, list_drafts, people, release, session
from services.registry.office import Office
from services.registry.starting import start


async def _hold(context: Context) -> None:
    """Keep the accounts' connections until the service stops."""
    try:
        await asyncio.Event().wait()
    finally:
        await context.own.people.close()


SERVICE = Service(
    name="registry",
    title="registry",
    routers=[
        release.router,
        imports.router,
        list_drafts.router,
        categories.router,
        knowledge.router,
        session.router,
        accounts.router,
        people.router,
        keys.router,
    ],
    own=Office,
    started=start,
    workers=[_hold],
    migrations=Path(__file__).parent / "migrations",
)
