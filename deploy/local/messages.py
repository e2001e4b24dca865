"""Messages of the launcher: short lines, Chinese first, then English."""

from __future__ import annotations

import sys


class StartupError(Exception):
    """A failed start. The message is one line in Chinese and English that says what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")


def print_progress(zh: str, en: str) -> None:
    """Print a progress message in both languages."""
    print(f"{zh} · {en}", flush=True)


def print_error(error: StartupError) -> None:
    """Print the error of a failed start to standard error."""
    print(f"gridloop: {error}", file=sys.stderr, flush=True)
