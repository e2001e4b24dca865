"""Route that returns the names of accounts. Events and score entries contain only account ids, not names."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from contracts.roles import FIGURE_ROLES
from services.chassis.auth import Caller, acts_for_centre
from services.chassis.web import needs
from services.registry.api.dependencies import registry_state
from services.registry.api.views import View
from services.registry.store.registry_state import RegistryState

router = APIRouter(prefix="/api/registry/people", tags=["administration"])


class AccountName(View):
    """The name of an account."""

    id: UUID
    name: str
    name_en: str


class AccountNames(View):
    """Names of the requested accounts, including disabled ones. Accounts that do not exist are left out."""

    items: list[AccountName]


@router.get("", response_model=AccountNames)
async def list_account_names(
    account: Annotated[list[UUID], Query(min_length=1, max_length=200)],
    state: RegistryState = Depends(registry_state),
    _: Caller = Depends(needs(*FIGURE_ROLES, only=acts_for_centre)),
) -> AccountNames:
    """Return the names of accounts. Only for people of a centre: a unit may not see who at the centre decided."""
    names = await state.accounts.names_of(account)
    return AccountNames(items=[AccountName(id=key, name=name, name_en=name_en) for key, name, name_en in names])
