"""Earlier versions of the contract files, with which the present files are compared.

With a release tag these are the files of the last release. Before the first release they are all versions that the main
branch had since `BASELINE`; the previous commit alone is not enough, because several commits may land together.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from contracts.generate import ROOT

BASELINE = "98ecc68c7ce006cde454f57cda851c7665040e2d"
"""Commit from which on the contracts must stay compatible. An empty text switches the comparison off."""


def earlier_versions(folder: str, root: Path = ROOT, baseline: str = BASELINE) -> Iterator[tuple[str, str]]:
    """Yield name and text of each earlier version of the JSON files of a folder; nothing without history."""
    released = _git(root, "describe", "--tags", "--abbrev=0", "--match", "v*")
    if released:
        for name in (_git(root, "ls-tree", "--name-only", released, f"{folder}/") or "").splitlines():
            yield from _version(root, released, name)
        return
    if not baseline:
        return
    for name in (_git(root, "ls-tree", "--name-only", baseline, f"{folder}/") or "").splitlines():
        yield from _version(root, baseline, name)
    since = f"{baseline}..{_main(root)}"
    commit = ""
    for line in (
        _git(root, "log", "--format=%H", "--name-only", "--diff-filter=AM", since, "--", folder) or ""
    ).splitlines():
        if "/" in line:
            yield from _version(root, commit, line)
        elif line:
            commit = line


def _version(root: Path, commit: str, name: str) -> Iterator[tuple[str, str]]:
    if name.endswith(".json"):
        yield name.rsplit("/", 1)[1], _git(root, "show", f"{commit}:{name}") or ""


def _main(root: Path) -> str:
    """Return the commit where this branch left main. Commits of the branch itself may still change."""
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
