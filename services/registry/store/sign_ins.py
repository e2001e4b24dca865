"""Failed sign-ins, known networks of accounts, and the security log, in the database.

A network is known for an account if the account has signed in from it. All replicas use the same tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.chassis.database import Pool
from services.registry.domain import throttling
from services.registry.domain.problems import TooManyAttempts
from services.registry.store.tables import Account, real_now

Event = Literal["signed_in", "refused", "signed_out", "password_changed"]

_MAX_NETWORKS = 20
"""Maximum number of known networks of an account. The least recently used one is deleted first."""
_NETWORK_LIFE = timedelta(days=180)
_LOG_LIFE = timedelta(days=365)
"""Time for which lines of the security log are kept. The Cybersecurity Law, article 21, requires six months."""
_MAX_FAILURES = 100_000
"""Maximum number of rows with counts of failed sign-ins. The oldest rows are deleted first."""

_ANY_NAME, _ANY_NETWORK = b"", ""

_FAILURES = text("""
    SELECT name, network, failures, last_failed_at FROM sign_in_failure
    WHERE (name, network) IN ((:name, :network), (:name, ''), (''::bytea, :network))
""")
_IS_KNOWN = text("SELECT true FROM known_network WHERE account_id = :account AND network = :network")
_COUNT_FAILURE = text("""
    INSERT INTO sign_in_failure (name, network, failures, last_failed_at)
    SELECT name, network, 1, CAST(:now AS timestamptz)
    FROM (VALUES (''::bytea, :network), (:name, ''), (:name, :network)) AS counted (name, network) ORDER BY name, network
    ON CONFLICT (name, network) DO UPDATE SET last_failed_at = excluded.last_failed_at,
        failures = CASE WHEN sign_in_failure.last_failed_at < :forgotten THEN 1 ELSE sign_in_failure.failures + 1 END
""")
_FORGET_PAIR = text("DELETE FROM sign_in_failure WHERE name = :name AND network = :network")
_FORGET_NAME = text("DELETE FROM sign_in_failure WHERE name = :name")
_ADD_NETWORK = text("""
    INSERT INTO known_network (account_id, network, last_signed_in) VALUES (:account, :network, :now)
    ON CONFLICT (account_id, network) DO UPDATE SET last_signed_in = excluded.last_signed_in
""")
_TRIM_NETWORKS = text("""
    DELETE FROM known_network WHERE account_id = :account AND network IN (
        SELECT network FROM known_network WHERE account_id = :account ORDER BY last_signed_in DESC OFFSET :kept
    )
""")
_RECORD = text("""
    INSERT INTO security_log (at, event, account_id, network, detail) VALUES (:now, :event, :account, :network, :detail)
""")

_PAGE = """
    SELECT log.id, log.at, log.event, log.account_id, account.username, log.network, log.detail
    FROM security_log AS log LEFT JOIN account ON account.id = log.account_id
    WHERE ($1::bigint IS NULL OR log.id < $1) ORDER BY log.id DESC LIMIT $2
"""
_ADMINISTRATION = """
    SELECT id, at, by, action, subject, detail::text AS detail FROM administration
    WHERE ($1::bigint IS NULL OR id < $1) ORDER BY id DESC LIMIT $2
"""


async def guard(session: AsyncSession, account: Account | None, username: str, network: str) -> None:
    """Raise `TooManyAttempts` if a sign-in with this name from this network must still wait."""
    name, now = _name(username), real_now()
    rows = (await (await session.connection()).execute(_FAILURES, {"name": name, "network": network})).all()
    known = (
        await (await session.connection()).execute(
            _IS_KNOWN, {"account": account.id if account else None, "network": network}
        )
    ).first()
    waits = [
        _rule(row.name, row.network).wait(row.failures, row.last_failed_at, now)
        for row in rows
        if known is None or (row.name, row.network) == (name, network)
    ]
    if longest := max(waits, default=timedelta(0)):
        raise TooManyAttempts(seconds=ceil(longest.total_seconds()))


async def record_failure(session: AsyncSession, account: Account | None, username: str, network: str) -> None:
    """Count a failed sign-in, and record it in the security log."""
    now = real_now()
    counted = {"name": _name(username), "network": network, "now": now, "forgotten": now - throttling.FORGOTTEN_AFTER}
    await (await session.connection()).execute(_COUNT_FAILURE, counted)
    detail = "unknown name" if account is None else "disabled" if account.disabled else "wrong password"
    await record(session, "refused", account.id if account else None, network, detail)


async def record_success(session: AsyncSession, account: Account, network: str) -> None:
    """Record a successful sign-in in the security log.

    Also store the network as known for the account, and delete the count of failures for this name and network.
    """
    here = {"account": account.id, "network": network}
    await (await session.connection()).execute(_FORGET_PAIR, {"name": _name(account.username), "network": network})
    await (await session.connection()).execute(_ADD_NETWORK, {**here, "now": real_now()})
    await (await session.connection()).execute(_TRIM_NETWORKS, {"account": account.id, "kept": _MAX_NETWORKS})
    await record(session, "signed_in", account.id, network)


async def delete_failures(session: AsyncSession, username: str) -> None:
    """Delete the counts of failures for a user name, for all networks."""
    await (await session.connection()).execute(_FORGET_NAME, {"name": _name(username)})


async def record(session: AsyncSession, event: Event, account_id: UUID | None, network: str, detail: str = "") -> None:
    """Add a line to the security log."""
    line = {"now": real_now(), "event": event, "account": account_id, "network": network, "detail": detail}
    await (await session.connection()).execute(_RECORD, line)


async def page(pool: Pool, before: int | None, limit: int) -> Sequence[Mapping[str, Any]]:
    """Return at most `limit` lines of the security log with ids below `before`, newest first. `None` means no bound."""
    return await pool.fetch(_PAGE, before, limit)


async def administration(pool: Pool, before: int | None, limit: int) -> Sequence[Mapping[str, Any]]:
    """Return at most `limit` lines of the administration log with ids below `before` (if given), newest first."""
    return await pool.fetch(_ADMINISTRATION, before, limit)


async def delete_expired(pool: Pool, now: datetime) -> None:
    """Delete old counts of failures, known networks, and lines of the security log.

    If there are still too many counts of failures, delete the oldest.
    """
    await pool.execute("DELETE FROM sign_in_failure WHERE last_failed_at < $1", now - throttling.FORGOTTEN_AFTER)
    await pool.execute(
        "DELETE FROM sign_in_failure WHERE last_failed_at <="
        " (SELECT last_failed_at FROM sign_in_failure ORDER BY last_failed_at DESC OFFSET $1 LIMIT 1)",
        _MAX_FAILURES,
    )
    await pool.execute("DELETE FROM known_network WHERE last_signed_in < $1", now - _NETWORK_LIFE)
    await pool.execute("DELETE FROM security_log WHERE at < $1", now - _LOG_LIFE)


def _rule(name: bytes, network: str) -> throttling.Rule:
    if name == _ANY_NAME:
        return throttling.NETWORK
    return throttling.NAME if network == _ANY_NETWORK else throttling.NAME_FROM_NETWORK


def _name(username: str) -> bytes:
    return hashlib.sha256(username.encode()).digest()
