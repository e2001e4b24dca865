"""Commands that create accounts of administrators and auditors, and that reset passwords."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from services.chassis.problems import NotFound, Problem
from services.chassis.settings import load_or_exit
from services.registry.commands.output import print_line
from services.registry.domain.bindings import Bindings
from services.registry.domain.passwords import generate_password
from services.registry.store.accounts import Accounts

_COMMAND_LINE = "command line"
"""Author of the changes by these commands in the administration log."""


def create_account(username: str, role: str) -> int:
    """Create an account with one role and print its generated password. Return the exit code, 1 if the name is taken.

    No second administrator has to approve the account. The administration log names the command line as the author.
    """
    password = generate_password()

    async def create(accounts: Accounts) -> None:
        bindings = Bindings(roles=(role,))
        await accounts.create(username, password, name=username, name_en=username, bindings=bindings, by=_COMMAND_LINE)

    return _run(create, f"{username} {password}")


def reset_password(username: str) -> int:
    """Give an account a new password and print it. Return the exit code, 1 if no account has this user name."""
    password = generate_password()

    async def reset(accounts: Accounts) -> None:
        account = await accounts.by_username(username)
        if account is None:
            raise NotFound(what=f"account {username}")
        hashed = await accounts.hash_password(password)
        await accounts.reset_password(account.id, hashed, _COMMAND_LINE, lambda _: None)

    return _run(reset, f"{username} {password}")


def _run(act: Callable[[Accounts], Awaitable[None]], success_line: str) -> int:
    settings = load_or_exit("registry")

    async def run() -> None:
        accounts = Accounts()
        accounts.open(settings.database_url)
        try:
            await act(accounts)
        finally:
            await accounts.close()

    try:
        asyncio.run(run())
    except Problem as problem:
        print_line(f"{problem.text('zh')} / {problem}")
        return 1
    print_line(success_line)
    return 0
