"""Backup and restore with `pg_dump` and `pg_restore`."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import asyncpg

from deploy.local.postgres import programs


async def dump(url: str, file: Path) -> None:
    """Dump the database at that address to a file."""
    await asyncio.to_thread(_run, programs() / "pg_dump", "--format=custom", f"--file={file}", url)


async def restore(url: str, file: Path) -> None:
    """Replace the content of the database at that address with the dump."""
    connection = await asyncpg.connect(url)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await connection.close()
    await asyncio.to_thread(_run, programs() / "pg_restore", "--no-owner", "--exit-on-error", f"--dbname={url}", file)


async def copy(data: Path, to: Path) -> None:
    """Copy the files of a stopped cluster and keep their owner."""
    await asyncio.to_thread(_run, "cp", "-a", data, to)


def _run(*words: str | Path) -> None:
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
