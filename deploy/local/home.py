"""The data folder of an installation, `$GRIDLOOP_HOME`. Only one launcher can use it at a time."""

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
"""Root folder of this repository, and working directory of every child process."""


class Home:
    """A data folder and its subfolders. Missing folders are created. Raises `StartupError` if that is impossible."""

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
        """Time by which the demo clock is ahead of real time. `make demo` increases it, and nothing decreases it."""
        file = self.path / "clock"
        return timedelta(seconds=float(file.read_text()) if file.exists() else 0.0)

    @contextmanager
    def locked(self) -> Generator[None]:
        """Lock this folder during the `with` block. Raises `StartupError` if another process has locked it.

        The lock also ends with the process.
        """
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
    """Let other users pass through those parent folders of `path` that this user owns, without listing them.

    PostgreSQL refuses to run as root. So if root starts the system, PostgreSQL runs as `nobody`, and `nobody` must be
    able to reach the files of PostgreSQL.
    """
    for folder in path.resolve().parents:
        found = folder.stat()
        if not found.st_mode & stat.S_IXOTH and found.st_uid == os.geteuid():
            folder.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)
            print_progress(f"已允许其他用户进入 {folder}", f"other users may now pass through {folder}")
