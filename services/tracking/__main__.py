"""`python -m services.tracking` serves; `rebuild` deletes all case records so that they are read again."""

from __future__ import annotations

import asyncio
import sys

from services.chassis.service import serve
from services.tracking.app import SERVICE
from services.tracking.commands import rebuild


def main(arguments: list[str]) -> int:
    """Run the command in the arguments and return the exit code."""
    match arguments:
        case []:
            serve(SERVICE)
            return 0
        case ["rebuild"]:
            asyncio.run(rebuild.main())
            return 0
        case _:
            print("usage: python -m services.tracking [rebuild]", file=sys.stderr)  # noqa: T201
            return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
