"""Accounts, for administrators."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.chassis import cursors
from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.web import context, needs
from services.registry.api.views import AccountChange, AccountCreated, AccountView, NewAccount, Page, after
from services.registry.domain.passwords import generated
from services.registry.domain.people import check_bindings
from services.registry.office import Office, office_of

router = APIRouter(prefix="/api/registry/accounts", tags=["administration"])
administrator = needs("administrator")


@router.get("", response_model=Page)
async def list_accounts(
    cursor: str | None = None,
    limit: int = Query(100, ge=1, le=500),
    office: Office = Depends(office_of),
    _: Caller = Depends(administrator),
) -> Page:
    """Accounts by user name."""
    found = await office.people.page(after(cursor), limit)
    following = cursors.encode([found[-1].username]) if len(found) == limit else None
    return Page(items=[AccountView.of(each) for each in found], next=following)


@router.post("", response_model=AccountCreated, status_code=201)
async def create_account(
    body: NewAccount,
    parts: Context = Depends(context),
    office: Office = Depends(office_of),
    caller: Caller = Depends(administrator),
) -> AccountCreated:
    """Make an account. A generated password is told in this answer and nowhere again."""
    check_bindings(body, parts.district)
    password = body.password or generated()
    account = await office.people.create(
        body.username, password, name=body.name, name_en=body.name_en, bindings=body, by=caller.id
    )
    return AccountCreated(account=AccountView.of(account), password=None if body.password else password)


@router.get("/{account_id}", response_model=AccountView)
async def read_account(
    account_id: UUID, office: Office = Depends(office_of), _: Caller = Depends(administrator)
) -> AccountView:
    """One account."""
    return AccountView.of(await office.people.get(account_id))


@router.put("/{account_id}", response_model=AccountView)
async def change_account(
    account_id: UUID,
    body: AccountChange,
    parts: Context = Depends(context),
    office: Office = Depends(office_of),
    caller: Caller = Depends(administrator),
) -> AccountView:
    """Change an account: in force at its next token, within five minutes. Disabling ends its sessions."""
    check_bindings(body, parts.district)
    account = await office.people.change(
        account_id, body.version, caller.id, name=body.name, name_en=body.name_en, disabled=body.disabled,
        bindings=body,
    )  # fmt: skip
    return AccountView.of(account)


@router.post("/{account_id}/password", response_model=AccountCreated)
async def reset_password(
    account_id: UUID, office: Office = Depends(office_of), caller: Caller = Depends(administrator)
) -> AccountCreated:
    """Give an account a new password, told once. Its sessions end and a lock is lifted."""
    password = await office.people.reset_password(account_id, caller.id)
    return AccountCreated(account=AccountView.of(await office.people.get(account_id)), password=password)
