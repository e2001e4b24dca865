"""What the registry has at hand besides its district: accounts, signing keys, and what is searched."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Depends

from services.chassis.context import Context
from services.chassis.web import context
from services.registry.domain.catalogue import Catalogue
from services.registry.domain.knowledge import KnowledgeBase
from services.registry.made import Made
from services.registry.store.people import People
from services.registry.store.signing import Mint


@dataclass(frozen=True, slots=True)
class Office:
    """Of one running registry; its accounts are open while it runs."""

    people: People = field(default_factory=People)
    mint: Mint = field(default_factory=Mint)
    catalogue: Made[Catalogue] = field(default_factory=lambda: Made(Catalogue))
    knowledge: Made[KnowledgeBase] = field(default_factory=lambda: Made(KnowledgeBase))


def office_of(parts: Context = Depends(context)) -> Office:
    """The office of the service that was asked."""
    office: Office = parts.own
    return office
