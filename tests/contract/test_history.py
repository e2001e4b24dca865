"""Earlier versions of the contracts are found, however many commits land together."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from contracts.generate import ROOT
from tests.contract.history import BASELINE, files_before


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no history to look at")
def test_the_baseline_is_a_commit_of_this_repository() -> None:
    assert not BASELINE or list(files_before("contracts/examples"))


def test_every_version_of_the_main_branch_since_the_baseline_counts(tmp_path: Path) -> None:
    """Two commits land together: the change of the first is seen though the second did not touch the file."""
    repository = Repository(tmp_path)
    repository.commit("before the baseline")
    baseline = repository.commit("first")
    repository.commit("second")
    repository.commit("second", other="landed with it")
    assert repository.before(baseline) == {"first", "second"}


def test_without_a_baseline_nothing_counts(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.commit("first")
    assert repository.before("") == set()


def test_commits_of_a_branch_may_still_change(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    baseline = repository.commit("first")
    repository.git("switch", "--quiet", "--create", "branch")
    repository.commit("draft")
    repository.commit("better")
    assert repository.before(baseline) == {"first"}


def test_after_a_release_only_the_released_version_counts(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    baseline = repository.commit("draft")
    repository.commit("released")
    repository.git("tag", "v1.0.0")
    repository.commit("unreleased")
    assert repository.before(baseline) == {"released"}


class Repository:
    """One sample, in a history of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "samples").mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
        command = ["git", "-C", str(self.root), *who, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, text: str, other: str = "") -> str:
        """Commit the sample with this text, and return the commit's hash."""
        (self.root / "samples" / "a.json").write_text(text)
        (self.root / "other").write_text(other)
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", text)
        return self.git("rev-parse", "HEAD")

    def before(self, baseline: str) -> set[str]:
        return {text for _, text in files_before("samples", self.root, baseline)}
