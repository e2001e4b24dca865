"""What accounts are called: events and books know a person of the centre by account alone, and a release holds no names."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from contracts.roles import WATCHING
from services.chassis.auth import Caller, of_a_centre
from services.chassis.web import needs
from services.registry.api.views import View
from services.registry.office import Office, office_of

router = APIRouter(prefix="/api/registry/people", tags=["administration"])


class Person(View):
    """What an account is called."""

    id: UUID
    name: str
    name_en: str


class People(View):
    """Those of the accounts asked for that there are; somebody who has left is still called what they were called."""

    items: list[Person]


@router.get("", response_model=People)
async def called(
    account: Annotated[list[UUID], Query(min_length=1, max_length=200)],
    office: Office = Depends(office_of),
    _: Caller = Depends(needs(*WATCHING, only=of_a_centre)),
) -> People:
    """What these accounts are called. Not for a unit's people: whoever decided stays an account to them."""
    found = await office.people.called(account)
    return People(items=[Person(id=key, name=name, name_en=name_en) for key, name, name_en in found])
