"""What the repository said before: the contracts as last released, else in every version that the main branch ever had.

The commit before is not enough: several may land together, and what the first of them breaks the last would not know.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from contracts.generate import ROOT


def files_before(folder: str, root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Name and text of the files of a folder, each version that was said; none when there is no history."""
    released = _git(root, "describe", "--tags", "--abbrev=0", "--match", "v*")
    if released:
        for name in (_git(root, "ls-tree", "--name-only", released, f"{folder}/") or "").splitlines():
            yield from _said(root, released, name)
        return
    commit = ""
    for line in (
        _git(root, "log", "--format=%H", "--name-only", "--diff-filter=AM", _main(root), "--", folder) or ""
    ).splitlines():
        if "/" in line:
            yield from _said(root, commit, line)
        elif line:
            commit = line


def _said(root: Path, commit: str, name: str) -> Iterator[tuple[str, str]]:
    if name.endswith(".json"):
        yield name.rsplit("/", 1)[1], _git(root, "show", f"{commit}:{name}") or ""


def _main(root: Path) -> str:
    """Where this branch left the main one: what it says itself, it may still say otherwise."""
    for main in ("origin/main", "main"):
        if found := _git(root, "merge-base", "HEAD", main):
            return found
    return "HEAD"


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    text = done.stdout.decode()
    return text if arguments[0] == "show" else text.strip()
