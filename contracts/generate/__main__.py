"""Command `python -m contracts.generate [--check]`, which writes or checks the generated files."""

from __future__ import annotations

import sys
from argparse import ArgumentParser

from contracts.generate import drift, write


def main() -> int:
    """Write the generated files. With `--check`, change nothing and exit with 1 if a file is out of date."""
    parser = ArgumentParser(prog="python -m contracts.generate", description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if a file is out of date")
    if not parser.parse_args().check:
        print(f"contracts: {write()} generated files changed")  # noqa: T201 - output of the command
        return 0
    lines = drift()
    for line in lines:
        print(line, file=sys.stderr)  # noqa: T201
    if lines:
        print("run: python -m contracts.generate / 请运行：python -m contracts.generate", file=sys.stderr)  # noqa: T201
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
