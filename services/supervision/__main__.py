"""`python -m services.supervision` starts the service.

With the argument `recount` it compares the score entries with the event stores instead.
"""

from __future__ import annotations

import asyncio
import sys

from services.chassis.service import serve
from services.supervision.app import SERVICE
from services.supervision.commands import recount


def main(arguments: list[str]) -> int:
    """Run the command that the arguments name and return the exit code; without arguments, run the service."""
    match arguments:
        case []:
            serve(SERVICE)
            return 0
        case ["recount"]:
            return asyncio.run(recount.main())
        case _:
            print("usage: python -m services.supervision [recount]", file=sys.stderr)  # noqa: T201
            return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
