"""Check the subjects of new commits: imperative, at most 72 characters, no full stop, no chain of clauses."""

from __future__ import annotations

import re
import subprocess
import sys

SINCE = "24ded9d69a607d2a7944d216de494614cced45f1"
"""Subjects before this commit followed no rule."""
LONGEST = 72
NOT_A_COMMAND = re.compile(
    r"(?!(?:Bring|String|Swing|Embed)\b)"
    r"(?:[A-Z][a-z]+ing|[A-Z][a-z]+(?<!e)ed|[A-Z][a-z]+(?<!s)s|An?|The|It|This|That|What|Where|When|Who\w*|No|One|Each)\b"
)
"""First words that begin a description instead of a command; `Address`, `Process` and `Pass` end in two s."""


def faults(subject: str) -> list[str]:
    """Return what is wrong with a subject, in words."""
    found: list[str] = []
    if len(subject) > LONGEST:
        found.append(f"{len(subject)} characters, at most {LONGEST}")
    if not re.match(r"[A-Z]", subject) or NOT_A_COMMAND.match(subject):
        found.append("begin with a verb in the imperative: Add, Fix, Keep, Refuse, ...")
    if subject.endswith("."):
        found.append("no full stop")
    if subject.count(":") > 1:
        found.append("one statement, no chain of colons; the body says why")
    return found


def main() -> int:
    """Check every commit that is not a merge; print the faults and return 1 if there are any."""
    log = ["git", "log", "--no-merges", "--format=%h %s"]
    lines = subprocess.run([*log, f"{SINCE}..HEAD"], check=True, capture_output=True, text=True).stdout.splitlines()
    wrong = 0
    for line in lines:
        commit, _, subject = line.partition(" ")
        for fault in faults(subject):
            wrong = 1
            print(f"{commit} {subject!r}: {fault}")
    print(f"{len(lines)} subjects checked")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
