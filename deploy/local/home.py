"""The data folder `$GRIDLOOP_HOME` and its lock: one launcher works on it at a time."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from deploy.local.say import Trouble, say

ROOT = Path(__file__).resolve().parents[2]
"""Folder of the repository; every process starts in it."""


class Home:
    """A data folder with its subfolders, created on first use."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).resolve()
        self.logs = self.path / "logs"
        self.run = self.path / "run"
        try:
            for folder in (self.path, self.logs, self.run):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Trouble(
                f"不能在 {self.path} 存放数据（{error.strerror}）。请用 GRIDLOOP_HOME 另选文件夹。",
                f"Data cannot be kept in {self.path} ({error.strerror}). Choose another folder with GRIDLOOP_HOME.",
            ) from error

    @property
    def ahead(self) -> timedelta:
        """Return how far the clock of this installation is ahead of real time.

        `make demo` moves it forward; nothing moves it back.
        """
        file = self.path / "clock"
        return timedelta(seconds=float(file.read_text()) if file.exists() else 0.0)

    @contextmanager
    def held(self) -> Generator[None]:
        """Lock this folder; the lock ends with this process."""
        with (self.run / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Trouble(
                    f"Gridloop 已在使用 {self.path}。请先停止它，或用 GRIDLOOP_HOME 另选文件夹。",
                    f"Gridloop already runs in {self.path}. Stop it, or choose another folder with GRIDLOOP_HOME.",
                ) from None
            yield


def let_through(path: Path) -> None:
    """Let other users pass through (not list) the parent folders of a path that we own.

    PostgreSQL refuses to run as root, so for root it runs as `nobody`, who must reach its files.
    """
    for folder in path.resolve().parents:
        found = folder.stat()
        if not found.st_mode & stat.S_IXOTH and found.st_uid == os.geteuid():
            folder.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)
            say(f"已允许其他用户穿过 {folder}", f"other users may now pass through {folder}")
