"""All earlier versions of the contract files are found, even if several commits land together."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from contracts.generate import ROOT
from tests.contract.earlier_versions import BASELINE, earlier_versions


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no history to look at")
def test_the_baseline_is_a_commit_of_this_repository() -> None:
    assert not BASELINE or list(earlier_versions("contracts/examples"))


def test_every_version_since_the_baseline_counts(tmp_path: Path) -> None:
    """Two commits land together: the version of the first counts although the second did not touch the file."""
    repository = Repository(tmp_path)
    repository.commit("before the baseline")
    baseline = repository.commit("first")
    repository.commit("second")
    repository.commit("second", other="landed with it")
    assert repository.before(baseline) == {"first", "second"}


def test_without_a_baseline_no_version_counts(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.commit("first")
    assert repository.before("") == set()


def test_versions_of_an_unmerged_branch_do_not_count(tmp_path: Path) -> None:
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
    """A git repository with one sample file."""

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
        return {text for _, text in earlier_versions("samples", self.root, baseline)}
