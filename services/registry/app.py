"""Composition of the registry."""

from __future__ import annotations

from pathlib import Path

from services.chassis.context import Context
from services.chassis.service import Service
from services.registry.api import (
    accounts,
    approvals,
    audit,
    categories,
    imports,
    keys,
    knowledge,
    list_drafts,
    people,
    release,
    session,
)
from services.registry.office import Office
from services.registry.starting import start
from services.registry.workers import announce_ended_access, tidy


async def _stopped(context: Context) -> None:
    """Close the accounts' connections."""
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
        approvals.router,
        audit.router,
    ],
    own=Office,
    started=start,
    stopped=_stopped,
    workers={"ended access": announce_ended_access, "tidy": tidy},
    migrations=Path(__file__).parent / "migrations",
)
