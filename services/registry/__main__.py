"""`python -m services.registry` serves; `check FOLDER` looks at district files; `administrator NAME` makes the first account."""

from __future__ import annotations

import sys

from services.chassis.service import serve
from services.registry.app import SERVICE
from services.registry.commands import administrator, check_folder


def main(arguments: list[str]) -> int:
    """Do what the arguments say. Returns the exit code."""
    match arguments:
        case []:
            serve(SERVICE)
            return 0
        case ["check", folder]:
            return check_folder(folder)
        case ["administrator", username]:
            return administrator(username)
        case _:
            print("usage: python -m services.registry [check FOLDER | administrator NAME]", file=sys.stderr)  # noqa: T201
            return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
