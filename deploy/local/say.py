"""What the launcher says to a person: short lines, Chinese first, then English."""

from __future__ import annotations

import sys


class Trouble(Exception):
    """The start cannot go on. The message is one line in both languages that says what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")


def say(zh: str, en: str) -> None:
    """One line of progress."""
    print(f"{zh} · {en}", flush=True)


def complain(trouble: Trouble) -> None:
    """The line that explains why the start ended."""
    print(f"gridloop: {trouble}", file=sys.stderr, flush=True)
