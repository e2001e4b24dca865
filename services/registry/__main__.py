"""Command line of the registry.

`python -m services.registry` runs the service. With arguments it runs a command instead: `check FOLDER` checks district
files, `administrator NAME` and `auditor NAME` create an account without a second administrator's approval, and
`password NAME` gives an account a new password.
"""

from __future__ import annotations

import sys

from services.chassis.service import serve
from services.registry.app import SERVICE
from services.registry.commands.accounts import create_account, reset_password
from services.registry.commands.check import check_folder

_USAGE = "usage: python -m services.registry [check FOLDER | administrator NAME | auditor NAME | password NAME]"


def main(arguments: list[str]) -> int:
    """Run the command that the arguments name and return the exit code."""
    match arguments:
        case []:
            serve(SERVICE)
            return 0
        case ["check", folder]:
            return check_folder(folder)
        case ["administrator" | "auditor" as role, username]:
            return create_account(username, role)
        case ["password", username]:
            return reset_password(username)
        case _:
            print(_USAGE, file=sys.stderr)  # noqa: T201
            return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
