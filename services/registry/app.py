"""Composition of the registry service: its routes, workers and start-up."""

from __future__ import annotations

from pathlib import Path

from services.chassis.context import Context
from services.chassis.service import Service
from services.registry.api import (
    account_names,
    accounts,
    approvals,
    audit,
    categories,
    imports,
    keys,
    knowledge,
    list_drafts,
    release,
    session,
)
from services.registry.store.registry_state import RegistryState
from services.registry.workers.ended_access import announce_ended_access
from services.registry.workers.startup import start
from services.registry.workers.tidy import tidy


async def _close_accounts(context: Context) -> None:
    """Close the database connections of the accounts."""
    await context.process_state.accounts.close()


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
        account_names.router,
        keys.router,
        approvals.router,
        audit.router,
    ],
    create_process_state=lambda _: RegistryState(),
    on_start=start,
    on_stop=_close_accounts,
    workers={"ended access": announce_ended_access, "tidy": tidy},
    migrations=Path(__file__).parent / "migrations",
)
