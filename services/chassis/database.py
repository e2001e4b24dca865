"""The service's own database: pool, migrations, and the errors after which a transaction is tried again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.chassis.settings import SettingsError

Pool: TypeAlias = asyncpg.Pool
Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy

log = logging.getLogger(__name__)

CHASSIS_MIGRATIONS = Path(__file__).parent / "migrations"

MIGRATION_LOCK = 0x6772_6964  # "grid"
_MIGRATION_SECONDS = 3600
"""Timeout of a migration: an index over years of rows takes longer than any query may."""

TRANSIENT: tuple[type[Exception], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # raised by a connection that broke between two steps
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.TooManyConnectionsError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    OSError,
    TimeoutError,
)
"""Outages and conflicts of the database. The whole transaction is tried again, and no event becomes a dead letter."""

SILENT_PEER = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "idle_in_transaction_session_timeout": "60s",
}
"""Settings that end the session of a client whose machine vanished.

Such a client does not close its connection. By default the server would keep the client's locks (of aggregates and of
the leading outbox relay) for two hours.
"""

CONFLICT: tuple[type[Exception], ...] = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
"""Errors of a transaction that conflicts with another one. The transaction is tried again at once."""


_REFUSALS: tuple[type[Exception], ...] = (
    asyncpg.InvalidAuthorizationSpecificationError,  # includes a wrong password
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.ClientConfigurationError,
)
"""Errors that a retry cannot fix: a wrong address, a wrong password or missing privileges."""


async def check_access(url: str) -> None:
    """Raise `SettingsError` if the database will always refuse this address.

    A database that cannot be reached yet is not an error, because `connect` waits for it.
    """
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except _REFUSALS as error:
        raise SettingsError(
            f"the database refuses DATABASE_URL: {error}. Check user, password, database name and privileges"
            f" / 数据库拒绝 DATABASE_URL：{error}。请检查用户、密码、库名和权限"
        ) from error
    except TRANSIENT as error:
        log.warning("database not reachable yet: %s", error)
    except (ValueError, OverflowError) as error:  # do not quote the error: it may contain a part of the password
        raise SettingsError(
            "setting DATABASE_URL is not a valid address: write postgresql://user:password@host:port/database, an IPv6 host in"
            " brackets, and signs such as / and @ of the password as %2F and %40 / 设置 DATABASE_URL 不是地址：请写"
            " postgresql://用户:密码@主机:端口/库名，IPv6 主机加方括号，密码中的 / 与 @ 等写作 %2F、%40"
        ) from error
    else:
        await connection.close()


def constraint_of(error: asyncpg.UniqueViolationError) -> str:
    """Return the name of the constraint or index that refused a row.

    Do not search the error message for the name, because the message quotes values.
    """
    return str(getattr(error, "constraint_name", ""))


async def connect(url: str, *, size: int = 10) -> Pool:
    """Open the pool. Wait up to 30 seconds for a database that is starting, then raise its error."""
    for attempt in range(60):
        try:
            return await asyncpg.create_pool(
                url, min_size=1, max_size=size, command_timeout=30, reset=_skip_reset, server_settings=SILENT_PEER
            )
        except TRANSIENT as error:
            if attempt == 59:
                raise
            log.warning("database not reachable yet: %s", error)
            await asyncio.sleep(0.5)
    raise AssertionError("unreachable")


async def _skip_reset(_: Connection) -> None:
    """Skip the reset of a connection: no code here changes session state, and a reset costs a round trip per use."""


async def migrate(pool: Pool, folders: Sequence[Path]) -> list[str]:
    """Apply the missing migrations in the order of folder and name, each in a transaction of its own.

    Return their names.

    Files are named `NNNN_what.sql` and only go forward. If replicas start together, one applies the migrations and the
    others wait.
    """
    applied: list[str] = []
    async with pool.acquire() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK, timeout=_MIGRATION_SECONDS)
        try:
            await connection.execute(
                "CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, applied_at timestamptz DEFAULT now())"
            )
            done = {row["name"] for row in await connection.fetch("SELECT name FROM migration")}
            for folder in folders:
                for file in sorted(folder.glob("*.sql")):
                    name = f"{folder.parent.name}/{file.name}"
                    if name in done:
                        continue
                    async with connection.transaction():
                        await connection.execute(file.read_text(), timeout=_MIGRATION_SECONDS)
                        await connection.execute("INSERT INTO migration (name) VALUES ($1)", name)
                    applied.append(name)
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", MIGRATION_LOCK)
    return applied
