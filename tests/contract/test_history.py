"""What was said before is known however many commits land together."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.contract.history import files_before


def test_what_the_main_branch_ever_said_is_held_against_what_is_said_now(tmp_path: Path) -> None:
    """Two commits land together: what the first changed is seen though the second changed nothing of it."""
    repository = Repository(tmp_path)
    repository.commit("first")
    repository.commit("second")
    repository.commit("second", other="landed with it")
    assert repository.before() == {"first", "second"}


def test_what_a_branch_says_it_may_still_say_otherwise(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.commit("first")
    repository.git("switch", "--quiet", "--create", "branch")
    repository.commit("draft")
    repository.commit("better")
    assert repository.before() == {"first"}


def test_after_a_release_what_was_released_counts(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.commit("draft")
    repository.commit("released")
    repository.git("tag", "v1.0.0")
    repository.commit("unreleased")
    assert repository.before() == {"released"}


class Repository:
    """One sample, in a history of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "samples").mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", str(self.root), *who, *arguments], check=True)

    def commit(self, said: str, other: str = "") -> None:
        (self.root / "samples" / "a.json").write_text(said)
        (self.root / "other").write_text(other)
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", said)

    def before(self) -> set[str]:
        return {text for _, text in files_before("samples", self.root)}
