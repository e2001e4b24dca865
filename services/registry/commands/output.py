"""Output of the registry's commands."""

from __future__ import annotations

import sys


def print_line(line: str) -> None:
    """Write a line to standard output."""
    sys.stdout.write(line + "\n")
