"""Routes with which administrators manage accounts."""

from __future__ import annotations

from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Response

from services.chassis import cursors
from services.chassis.auth import Caller
from services.chassis.cursors import Cursor
from services.chassis.openapi_errors import responses
from services.chassis.web import Command, StoreResponse, command, needs, with_secrets
from services.registry.api.approvals import NEEDED, account_guard, propose
from services.registry.api.dependencies import registry_state
from services.registry.api.views import AccountChange, AccountCreated, AccountView, NewAccount, Page, after
from services.registry.domain.approvals import ChangeAccount, CreateAccount, ResetPassword
from services.registry.domain.bindings import (
    bindings_of,
    check_bindings,
    guard_grant,
    is_two_person,
    needs_second_person,
    only_bindings,
)
from services.registry.domain.passwords import generate_password
from services.registry.domain.problems import (
    AccountChanged,
    ApprovalNeedsAccount,
    BeyondOwnRights,
    LastAdministrator,
    PasswordTooWeak,
    UnknownBinding,
    UsernameTaken,
)
from services.registry.store.registry_state import RegistryState
from services.registry.store.tables import Account

router = APIRouter(prefix="/api/registry/accounts", tags=["administration"])
administrator = needs("administrator")
_REFUSED = (BeyondOwnRights, ApprovalNeedsAccount)


@router.get("", response_model=Page)
async def list_accounts(
    cursor: Cursor | None = None,
    limit: int = Query(100, ge=1, le=500),
    state: RegistryState = Depends(registry_state),
    _: Caller = Depends(administrator),
) -> Page:
    """List all accounts, ordered by user name."""
    found = await state.accounts.page(after(cursor), limit)
    following = cursors.next_cursor(found, limit, lambda last: (last.username,))
    return Page(items=[AccountView.of(each) for each in found], next=following)


@router.post(
    "",
    response_model=AccountCreated,
    status_code=201,
    responses={**NEEDED, **responses(*_REFUSED, UnknownBinding, UsernameTaken, PasswordTooWeak)},
)
async def create_account(
    body: NewAccount,
    cmd: Command = Depends(command),
    state: RegistryState = Depends(registry_state),
    caller: Caller = Depends(administrator),
) -> Response:
    """Create an account. Without a `password`, one is generated and shown only in this response.

    Some accounts need a second administrator's approval (status 202): administrators, auditors, and clerks or handlers
    of a unit that is competent for a confidential category.
    """
    if (before := await cmd.stored_response()) is not None:
        return before
    check_bindings(body, cmd.district)
    guard_grant(caller, body, cmd.district)
    password = body.password or generate_password()
    hashed = await state.accounts.hash_password(password, body.username, body.name, body.name_en)
    if needs_second_person(None, body, cmd.district):
        if await state.accounts.by_username(body.username) is not None:
            raise UsernameTaken(username=body.username)
        answer = await propose(
            cmd,
            caller,
            CreateAccount(
                account_id=uuid4(),
                username=body.username,
                name=body.name,
                name_en=body.name_en,
                password_hash=hashed,
                bindings=only_bindings(body),
            ),
        )
    else:

        async def create(keep: StoreResponse[AccountCreated]) -> None:
            await state.accounts.insert(
                uuid4(),
                body.username,
                hashed,
                name=body.name,
                name_en=body.name_en,
                bindings=only_bindings(body),
                by=caller.id,
                also=lambda connection, account: keep(connection, _without_password(account)),
            )

        answer = await cmd.run_without_case(create, status=201)
    return answer if body.password else with_secrets(answer, password=password)


@router.get("/{account_id}", response_model=AccountView)
async def read_account(
    account_id: UUID, state: RegistryState = Depends(registry_state), _: Caller = Depends(administrator)
) -> AccountView:
    """Return one account."""
    return AccountView.of(await state.accounts.get(account_id))


@router.put(
    "/{account_id}",
    response_model=AccountView,
    responses={**NEEDED, **responses(*_REFUSED, UnknownBinding, AccountChanged, LastAdministrator)},
)
async def change_account(
    account_id: UUID,
    body: AccountChange,
    cmd: Command = Depends(command),
    state: RegistryState = Depends(registry_state),
    caller: Caller = Depends(administrator),
) -> Response:
    """Change an account. A change of its rights ends its access tokens, and disabling it also ends its sessions.

    Sessions that remain get new access tokens. Some changes need a second administrator's approval (status 202): those
    that create, enable or give more rights to an administrator, an auditor, or a clerk or handler of a unit that is
    competent for a confidential category.
    """
    if (before := await cmd.stored_response()) is not None:
        return before
    check_bindings(body, cmd.district)
    new = only_bindings(body)
    guard = account_guard(caller, cmd.district, new)
    account = await state.accounts.get(account_id)
    current = None if account.disabled else bindings_of(account)
    if not body.disabled and needs_second_person(current, new, cmd.district):
        guard(account)
        if account.version != body.version:
            raise AccountChanged(current=account.version)
        return await propose(
            cmd,
            caller,
            ChangeAccount(
                account_id=account_id, version=body.version, name=body.name, name_en=body.name_en, bindings=new
            ),
        )

    async def change(keep: StoreResponse[AccountView]) -> None:
        await state.accounts.change(
            account_id,
            account.version,
            caller.id,
            name=body.name,
            name_en=body.name_en,
            disabled=body.disabled,
            bindings=new,
            guard=guard,
            also=lambda connection, account: keep(connection, AccountView.of(account)),
        )

    if account.version != body.version:
        raise AccountChanged(current=account.version)
    return await cmd.run_without_case(change)


@router.post(
    "/{account_id}/password",
    response_model=AccountCreated,
    responses={**NEEDED, **responses(*_REFUSED, AccountChanged)},
)
async def reset_password(
    account_id: UUID,
    cmd: Command = Depends(command),
    state: RegistryState = Depends(registry_state),
    caller: Caller = Depends(administrator),
) -> Response:
    """Generate a new password for an account, shown only in this response.

    The sessions of the account end and its failed sign-ins are deleted. If creating this account would need a second
    administrator's approval, the new password needs that approval too (status 202).
    """
    if (before := await cmd.stored_response()) is not None:
        return before
    account, guard = await state.accounts.get(account_id), account_guard(caller, cmd.district)
    guard(account)
    password = generate_password()
    hashed = await state.accounts.hash_password(password)
    if is_two_person(bindings_of(account), cmd.district):
        answer = await propose(cmd, caller, ResetPassword(account_id=account_id, password_hash=hashed))
        return with_secrets(answer, password=password)

    def guard_ordinary(account: Account) -> None:
        guard(account)
        if is_two_person(bindings_of(account), cmd.district):
            raise AccountChanged(current=account.version)

    async def reset(keep: StoreResponse[AccountCreated]) -> None:
        await state.accounts.reset_password(
            account_id,
            hashed,
            caller.id,
            guard_ordinary,
            lambda connection, account: keep(connection, _without_password(account)),
        )

    return with_secrets(await cmd.run_without_case(reset), password=password)


def _without_password(account: Account) -> AccountCreated:
    """Return the response that is stored under the idempotency key. It does not contain the password."""
    return AccountCreated(account=AccountView.of(account), password=None)
