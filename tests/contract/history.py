"""What the repository said before: the contracts as last released, else as the main branch has them, else one commit ago."""

from __future__ import annotations

import subprocess

from contracts.generate import ROOT


def files_before(folder: str) -> dict[str, str]:
    """Name → text of the files of a folder then; empty when there is no history, or the folder was not there yet."""
    base = _base()
    if base is None:
        return {}
    listed = _git("ls-tree", "--name-only", base, f"{folder}/") or ""
    names = [line for line in listed.splitlines() if line.endswith(".json")]
    return {name.rsplit("/", 1)[1]: _git("show", f"{base}:{name}") or "" for name in names}


def _base() -> str | None:
    released = _git("describe", "--tags", "--abbrev=0", "--match", "v*")
    if released:
        return released
    here, shared = _git("rev-parse", "HEAD"), _git("merge-base", "HEAD", "origin/main")
    if shared and shared != here:
        return shared
    return _git("rev-parse", "--verify", "--quiet", "HEAD^")


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    text = done.stdout.decode()
    return text if arguments[0] == "show" else text.strip()
