"""Entry point: `python -m services.tracking` runs the service.

With the argument `rebuild`, it deletes all case records, so that they are computed again from the events.

"""

from __future__ import annotations

import asyncio
import sys

from services.chassis.service import serve
from services.tracking.app import SERVICE
from services.tracking.commands import rebuild


def main(arguments: list[str]) -> int:
    """Run the command that the arguments name, and return the exit code."""
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
