"""Accounts, for administrators."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.chassis import cursors
from services.chassis.auth import Caller
from services.chassis.cursors import Cursor
from services.chassis.documenting import responses
from services.chassis.web import Command, Keep, command, needs, telling
from services.registry.api.views import AccountChange, AccountCreated, AccountView, NewAccount, Page, after
from services.registry.domain import problems
from services.registry.domain.passwords import generated
from services.registry.domain.people import check_bindings
from services.registry.office import Office, office_of
from services.registry.store.tables import Account

router = APIRouter(prefix="/api/registry/accounts", tags=["administration"])
administrator = needs("administrator")


@router.get("", response_model=Page)
async def list_accounts(
    cursor: Cursor | None = None,
    limit: int = Query(100, ge=1, le=500),
    office: Office = Depends(office_of),
    _: Caller = Depends(administrator),
) -> Page:
    """Accounts by user name."""
    found = await office.people.page(after(cursor), limit)
    following = cursors.following(found, limit, lambda last: (last.username,))
    return Page(items=[AccountView.of(each) for each in found], next=following)


@router.post(
    "", response_model=AccountCreated, status_code=201,
    responses=responses(problems.UnknownBinding, problems.UsernameTaken, problems.PasswordTooWeak),
)  # fmt: skip
async def create_account(
    body: NewAccount,
    cmd: Command = Depends(command),
    office: Office = Depends(office_of),
    caller: Caller = Depends(administrator),
) -> Response:
    """Make an account. A generated password is told in this answer and nowhere again."""
    password = body.password or generated()

    async def create(keep: Keep[AccountCreated]) -> None:
        check_bindings(body, cmd.district)
        await office.people.create(
            body.username, password, name=body.name, name_en=body.name_en, bindings=body, by=caller.id,
            last=lambda connection, account: keep(connection, _told(account)),
        )  # fmt: skip

    answer = await cmd.apart(create, status=201)
    return answer if body.password else telling(answer, password=password)


@router.get("/{account_id}", response_model=AccountView)
async def read_account(
    account_id: UUID, office: Office = Depends(office_of), _: Caller = Depends(administrator)
) -> AccountView:
    """One account."""
    return AccountView.of(await office.people.get(account_id))


@router.put(
    "/{account_id}", response_model=AccountView,
    responses=responses(problems.UnknownBinding, problems.AccountChanged, problems.LastAdministrator),
)  # fmt: skip
async def change_account(
    account_id: UUID,
    body: AccountChange,
    cmd: Command = Depends(command),
    office: Office = Depends(office_of),
    caller: Caller = Depends(administrator),
) -> Response:
    """Change an account: in force at its next token, within five minutes. Disabling ends its sessions."""

    async def change(keep: Keep[AccountView]) -> None:
        check_bindings(body, cmd.district)
        await office.people.change(
            account_id, body.version, caller.id, name=body.name, name_en=body.name_en, disabled=body.disabled,
            bindings=body, last=lambda connection, account: keep(connection, AccountView.of(account)),
        )  # fmt: skip

    return await cmd.apart(change)


@router.post("/{account_id}/password", response_model=AccountCreated)
async def reset_password(
    account_id: UUID,
    cmd: Command = Depends(command),
    office: Office = Depends(office_of),
    caller: Caller = Depends(administrator),
) -> Response:
    """Give an account a new password, told once. Its sessions end and a lock is lifted."""
    password = generated()

    async def reset(keep: Keep[AccountCreated]) -> None:
        await office.people.reset_password(
            account_id, password, caller.id, lambda connection, account: keep(connection, _told(account))
        )

    return telling(await cmd.apart(reset), password=password)


def _told(account: Account) -> AccountCreated:
    """What is kept of the answer: everything but the password."""
    return AccountCreated(account=AccountView.of(account), password=None)
