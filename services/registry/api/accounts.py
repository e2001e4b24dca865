"""Accounts, for administrators."""

from __future__ import annotations

from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Response

from contracts.roles import TWO_PERSON_ROLES
from services.chassis import cursors
from services.chassis.auth import Caller
from services.chassis.cursors import Cursor
from services.chassis.openapi_errors import responses
from services.chassis.web import Command, Keep, command, needs, telling
from services.registry.api.approvals import NEEDED, account_guard, propose
from services.registry.api.views import AccountChange, AccountCreated, AccountView, NewAccount, Page, after
from services.registry.domain.approvals import ChangeAccount, CreateAccount, ResetPassword
from services.registry.domain.passwords import generated
from services.registry.domain.people import (
    bindings_of,
    check_bindings,
    guard_grant,
    needs_second_person,
    only_bindings,
)
from services.registry.domain.problems import (
    AccountChanged,
    ApprovalNeedsAccount,
    BeyondOwnRights,
    LastAdministrator,
    PasswordTooWeak,
    UnknownBinding,
    UsernameTaken,
)
from services.registry.office import Office, office_of
from services.registry.store.tables import Account

router = APIRouter(prefix="/api/registry/accounts", tags=["administration"])
administrator = needs("administrator")
_REFUSED = (BeyondOwnRights, ApprovalNeedsAccount)


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
    responses={**NEEDED, **responses(*_REFUSED, UnknownBinding, UsernameTaken, PasswordTooWeak)},
)  # fmt: skip
async def create_account(
    body: NewAccount,
    cmd: Command = Depends(command),
    office: Office = Depends(office_of),
    caller: Caller = Depends(administrator),
) -> Response:
    """Make an account. A generated password is told in this answer and nowhere again.

    An administrator or auditor needs a second administrator's approval: status 202.
    """
    if (before := await cmd.answered()) is not None:
        return before
    check_bindings(body, cmd.district)
    guard_grant(caller, body, cmd.district)
    password = body.password or generated()
    hashed = await office.people.hashed(password, body.username, body.name, body.name_en)
    if needs_second_person(None, body):
        if await office.people.by_username(body.username) is not None:
            raise UsernameTaken(username=body.username)
        answer = await propose(cmd, caller, CreateAccount(
            account_id=uuid4(), username=body.username, name=body.name, name_en=body.name_en, password_hash=hashed,
            bindings=only_bindings(body),
        ))  # fmt: skip
    else:

        async def create(keep: Keep[AccountCreated]) -> None:
            await office.people.insert(
                uuid4(), body.username, hashed, name=body.name, name_en=body.name_en, bindings=only_bindings(body),
                by=caller.id, last=lambda connection, account: keep(connection, _told(account)),
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
    responses={**NEEDED, **responses(*_REFUSED, UnknownBinding, AccountChanged, LastAdministrator)},
)  # fmt: skip
async def change_account(
    account_id: UUID,
    body: AccountChange,
    cmd: Command = Depends(command),
    office: Office = Depends(office_of),
    caller: Caller = Depends(administrator),
) -> Response:
    """Change an account. Its access tokens end at once, and its sessions get new ones; disabling ends those, too.

    To make somebody an administrator or auditor, to enable one or to give one more rights needs a second administrator's
    approval: status 202.
    """
    if (before := await cmd.answered()) is not None:
        return before
    check_bindings(body, cmd.district)
    new = only_bindings(body)
    guard = account_guard(caller, cmd.district, new)
    account = await office.people.get(account_id)
    now = None if account.disabled else bindings_of(account)
    if not body.disabled and needs_second_person(now, new):
        guard(account)
        if account.version != body.version:
            raise AccountChanged(current=account.version)
        return await propose(cmd, caller, ChangeAccount(
            account_id=account_id, version=body.version, name=body.name, name_en=body.name_en, bindings=new
        ))  # fmt: skip

    async def change(keep: Keep[AccountView]) -> None:
        await office.people.change(
            account_id, account.version, caller.id, name=body.name, name_en=body.name_en, disabled=body.disabled,
            bindings=new, guard=guard, last=lambda connection, account: keep(connection, AccountView.of(account)),
        )  # fmt: skip

    if account.version != body.version:
        raise AccountChanged(current=account.version)
    return await cmd.apart(change)


@router.post(
    "/{account_id}/password",
    response_model=AccountCreated,
    responses={**NEEDED, **responses(*_REFUSED, AccountChanged)},
)
async def reset_password(
    account_id: UUID,
    cmd: Command = Depends(command),
    office: Office = Depends(office_of),
    caller: Caller = Depends(administrator),
) -> Response:
    """Give an account a new password, told once. Its sessions end, and failed sign-ins are forgotten.

    That of an administrator or auditor needs a second administrator's approval: status 202.
    """
    if (before := await cmd.answered()) is not None:
        return before
    account, guard = await office.people.get(account_id), account_guard(caller, cmd.district)
    guard(account)
    password = generated()
    hashed = await office.people.hashed(password)
    if not TWO_PERSON_ROLES.isdisjoint(account.roles):
        answer = await propose(cmd, caller, ResetPassword(account_id=account_id, password_hash=hashed))
        return telling(answer, password=password)

    def ordinary(account: Account) -> None:
        guard(account)
        if not TWO_PERSON_ROLES.isdisjoint(account.roles):
            raise AccountChanged(current=account.version)

    async def reset(keep: Keep[AccountCreated]) -> None:
        await office.people.reset_password(
            account_id, hashed, caller.id, ordinary, lambda connection, account: keep(connection, _told(account))
        )

    return telling(await cmd.apart(reset), password=password)


def _told(account: Account) -> AccountCreated:
    """What is kept of the answer: everything but the password."""
    return AccountCreated(account=AccountView.of(account), password=None)
