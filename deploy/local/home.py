"""The data folder, `$GRIDLOOP_HOME`, used by one launcher at a time."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from deploy.local.messages import StartupError, print_progress

ROOT = Path(__file__).resolve().parents[2]
"""Folder of this repository and working directory of every process."""


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
            raise StartupError(
                f"不能在 {self.path} 存放数据（{error.strerror}）。请用 GRIDLOOP_HOME 另选文件夹。",
                f"Data cannot be stored in {self.path} ({error.strerror}). Choose another folder with GRIDLOOP_HOME.",
            ) from error

    @property
    def clock_offset(self) -> timedelta:
        """Offset of the demo clock from real time. `make demo` advances it, and nothing sets it back."""
        file = self.path / "clock"
        return timedelta(seconds=float(file.read_text()) if file.exists() else 0.0)

    @contextmanager
    def locked(self) -> Generator[None]:
        """Hold the lock of this folder, which ends with the process. Raises `StartupError` if it is already held."""
        with (self.run / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StartupError(
                    f"Gridloop 已在使用 {self.path}。请先停止它，或用 GRIDLOOP_HOME 另选文件夹。",
                    f"Gridloop already runs in {self.path}. Stop it, or choose another folder with GRIDLOOP_HOME.",
                ) from None
            yield


def allow_traversal(path: Path) -> None:
    """Allow other users to traverse, not to list, our folders above a path.

    PostgreSQL refuses to run as root. Started by root it runs as `nobody`, which must be able to reach its files.
    """
    for folder in path.resolve().parents:
        found = folder.stat()
        if not found.st_mode & stat.S_IXOTH and found.st_uid == os.geteuid():
            folder.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)
            print_progress(f"已允许其他用户进入 {folder}", f"other users may now pass through {folder}")
