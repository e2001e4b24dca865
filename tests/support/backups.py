"""Backups, made and put back by PostgreSQL's own programs, as an operator would."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import asyncpg

from deploy.local.postgres import programs


async def dump(url: str, file: Path) -> None:
    """Write all that is in the database at that address to a file."""
    await asyncio.to_thread(_run, programs() / "pg_dump", "--format=custom", f"--file={file}", url)


async def restore(url: str, file: Path) -> None:
    """Make the database at that address what the file says: what is there now is dropped."""
    connection = await asyncpg.connect(url)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await connection.close()
    await asyncio.to_thread(_run, programs() / "pg_restore", "--no-owner", "--exit-on-error", f"--dbname={url}", file)


async def copy(data: Path, to: Path) -> None:
    """Copy the files of a cluster that is stopped, with their owner."""
    await asyncio.to_thread(_run, "cp", "-a", data, to)


def _run(*words: str | Path) -> None:
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
