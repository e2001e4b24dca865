"""Messages of the launcher: short lines, Chinese first, then English."""

from __future__ import annotations

import sys


class Trouble(Exception):
    """The start failed. The message is one line in both languages that says what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")


def say(zh: str, en: str) -> None:
    """Print one line of progress."""
    print(f"{zh} · {en}", flush=True)


def complain(trouble: Trouble) -> None:
    """Print why the start failed."""
    print(f"gridloop: {trouble}", file=sys.stderr, flush=True)
