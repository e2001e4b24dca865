"""Composition of the registry."""

from __future__ import annotations

import asyncio
from pathlib import Path

from services.chassis.context import Context
from services.chassis.service import Service
from services.registry.api import imports, list_drafts, release
from services.registry.api.accounts import accounts_router
from services.registry.api.categories import categories_router
from services.registry.api.keys import keys_router
from services.registry.api.knowledge import knowledge_router
from services.registry.api.made import Made
from services.registry.api.session import session_router
from services.registry.domain.catalogue import Catalogue
from services.registry.domain.knowledge import KnowledgeBase
from services.registry.starting import start
from services.registry.store.people import People
from services.registry.store.signing import Mint


def compose() -> Service:
    """A registry with accounts and keys of its own; each is opened when the service starts."""
    people, mint = People(), Mint()

    async def started(context: Context) -> None:
        await start(context, people, mint)

    async def hold(_: Context) -> None:
        """Keep the accounts' connections until the service stops."""
        try:
            await asyncio.Event().wait()
        finally:
            await people.close()

    return Service(
        name="registry",
        title="registry",
        routers=[
            release.router,
            imports.router,
            list_drafts.router,
            categories_router(Made(Catalogue)),
            knowledge_router(Made(KnowledgeBase)),
            session_router(people, mint),
            accounts_router(people),
            keys_router(mint),
        ],
        started=started,
        workers=[hold],
        migrations=Path(__file__).parent / "migrations",
    )


SERVICE = compose()
