"""What an operator does from a shell: check a district's files, make administrators and auditors, reset a password."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from services.chassis.problems import NotFound, Problem
from services.chassis.settings import load_or_exit
from services.registry.domain import files
from services.registry.domain.passwords import generated
from services.registry.domain.people import Bindings
from services.registry.domain.proposal import from_files
from services.registry.store.people import People

_COMMAND_LINE = "command line"
"""By whom the record of administration says it was done."""


def check_folder(folder: str) -> int:
    """Print every fault and warning of a folder of district files as `file:line: text`, or how much it holds.

    Exit code 1 on faults; warnings alone give 0.
    """
    try:
        proposal = from_files(files.read(Path(folder)), {})
    except FileNotFoundError as error:
        _say(str(error))
        return 2
    for finding in proposal.findings:
        _say(f"{finding.file}:{finding.line}: {finding.zh} / {finding.en}")
    for warning in proposal.warnings:
        _say(f"{warning.file}:{warning.line}: 提示 warning: {warning.zh} / {warning.en}")
    if not proposal.findings:
        _say(f"{len(proposal.changes)} 项，无误 / {len(proposal.changes)} entities, nothing wrong")
    return 1 if proposal.findings else 0


def account(username: str, role: str) -> int:
    """Make an administrator or auditor in this installation's database and print the password once.

    Needs no second administrator; the record of administration names the command line. Exit code 1 if the name is taken.
    """
    password = generated()

    async def create(people: People) -> None:
        bindings = Bindings(roles=(role,))
        await people.create(username, password, name=username, name_en=username, bindings=bindings, by=_COMMAND_LINE)

    return _with_people(create, f"{username} {password}")


def reset_password(username: str) -> int:
    """Give an account a new password and print it once, as `account` does. Exit code 1 if there is no such account."""
    password = generated()

    async def reset(people: People) -> None:
        found = await people.by_username(username)
        if found is None:
            raise NotFound(what=f"account {username}")
        hashed = await people.hashed(password)
        await people.reset_password(found.id, hashed, _COMMAND_LINE, lambda _: None)

    return _with_people(reset, f"{username} {password}")


def _with_people(act: Callable[[People], Awaitable[None]], done: str) -> int:
    settings = load_or_exit("registry")

    async def run() -> None:
        people = People()
        people.open(settings.database_url)
        try:
            await act(people)
        finally:
            await people.close()

    try:
        asyncio.run(run())
    except Problem as problem:
        _say(f"{problem.text('zh')} / {problem}")
        return 1
    _say(done)
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
