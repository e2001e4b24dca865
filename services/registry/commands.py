"""What an operator does from a shell: check a district's files before sending them, make the first administrator."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from services.chassis.settings import load_or_exit
from services.registry.domain import files
from services.registry.domain.passwords import generated
from services.registry.domain.people import Bindings
from services.registry.domain.problems import UsernameTaken
from services.registry.domain.proposal import from_files
from services.registry.store.people import People


def check_folder(folder: str) -> int:
    """Print every fault of a folder of district files as `file:line: text`, or how much it holds. Exit code 1 on faults."""
    try:
        proposal = from_files(files.read(Path(folder)), {})
    except FileNotFoundError as error:
        _say(str(error))
        return 2
    for finding in proposal.findings:
        _say(f"{finding.file}:{finding.line}: {finding.zh} / {finding.en}")
    if not proposal.findings:
        _say(f"{len(proposal.changes)} 项，无误 / {len(proposal.changes)} entities, nothing wrong")
    return 1 if proposal.findings else 0


def administrator(username: str) -> int:
    """Make an administrator in this installation's database and print the password once. Exit code 1 if the name is taken."""
    settings = load_or_exit("registry")
    password = generated()

    async def create() -> None:
        people = People()
        people.open(settings.database_url)
        try:
            bindings = Bindings(roles=("administrator",))
            await people.create(
                username, password, name=username, name_en=username, bindings=bindings, by="command line"
            )
        finally:
            await people.close()

    try:
        asyncio.run(create())
    except UsernameTaken as taken:
        _say(f"{taken.text('zh')} / {taken}")
        return 1
    _say(f"{username} {password}")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
