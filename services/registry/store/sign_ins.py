"""Sign-ins in the database: failed ones, known networks, and the security log. One count for all replicas."""

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

_NETWORKS_KEPT = 20
"""Known networks of one account; the longest unused goes first."""
_NETWORK_LIFE = timedelta(days=180)
_LOG_LIFE = timedelta(days=365)
"""The Cybersecurity Law, article 21, asks for six months."""
_MOST_FAILURES = 100_000
"""Rows of failures; beyond, the oldest go."""

_ANY_NAME, _ANY_NETWORK = b"", ""

_FAILURES = text("""
    SELECT name, network, failures, last_failed_at FROM sign_in_failure
    WHERE (name, network) IN ((:name, :network), (:name, ''), (''::bytea, :network))
""")
_KNOWN = text("SELECT true FROM known_network WHERE account_id = :account AND network = :network")
_FAILED = text("""
    INSERT INTO sign_in_failure (name, network, failures, last_failed_at)
    SELECT name, network, 1, CAST(:now AS timestamptz)
    FROM (VALUES (''::bytea, :network), (:name, ''), (:name, :network)) AS counted (name, network) ORDER BY name, network
    ON CONFLICT (name, network) DO UPDATE SET last_failed_at = excluded.last_failed_at,
        failures = CASE WHEN sign_in_failure.last_failed_at < :forgotten THEN 1 ELSE sign_in_failure.failures + 1 END
""")
_FORGET_PAIR = text("DELETE FROM sign_in_failure WHERE name = :name AND network = :network")
_FORGET_NAME = text("DELETE FROM sign_in_failure WHERE name = :name")
_KNOW = text("""
    INSERT INTO known_network (account_id, network, last_signed_in) VALUES (:account, :network, :now)
    ON CONFLICT (account_id, network) DO UPDATE SET last_signed_in = excluded.last_signed_in
""")
_KEEP_NEWEST = text("""
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
_ACTS = """
    SELECT id, at, by, action, subject, detail::text AS detail FROM administration
    WHERE ($1::bigint IS NULL OR id < $1) ORDER BY id DESC LIMIT $2
"""


async def guard(session: AsyncSession, account: Account | None, username: str, network: str) -> None:
    """Refuse an attempt that must still wait. Raises `TooManyAttempts`."""
    name, now = _name(username), real_now()
    rows = (await (await session.connection()).execute(_FAILURES, {"name": name, "network": network})).all()
    known = (
        await (await session.connection()).execute(
            _KNOWN, {"account": account.id if account else None, "network": network}
        )
    ).first()
    waits = [
        _rule(row.name, row.network).wait(row.failures, row.last_failed_at, now)
        for row in rows
        if known is None or (row.name, row.network) == (name, network)
    ]
    if longest := max(waits, default=timedelta(0)):
        raise TooManyAttempts(seconds=ceil(longest.total_seconds()))


async def failed(session: AsyncSession, account: Account | None, username: str, network: str) -> None:
    """Count and record a failed attempt."""
    now = real_now()
    counted = {"name": _name(username), "network": network, "now": now, "forgotten": now - throttling.FORGOTTEN_AFTER}
    await (await session.connection()).execute(_FAILED, counted)
    detail = "unknown name" if account is None else "disabled" if account.disabled else "wrong password"
    await record(session, "refused", account.id if account else None, network, detail)


async def succeeded(session: AsyncSession, account: Account, network: str) -> None:
    """Record a sign-in; the network is known from now on, and its failures with this name are forgotten."""
    here = {"account": account.id, "network": network}
    await (await session.connection()).execute(_FORGET_PAIR, {"name": _name(account.username), "network": network})
    await (await session.connection()).execute(_KNOW, {**here, "now": real_now()})
    await (await session.connection()).execute(_KEEP_NEWEST, {"account": account.id, "kept": _NETWORKS_KEPT})
    await record(session, "signed_in", account.id, network)


async def forget(session: AsyncSession, username: str) -> None:
    """Forget the failures of a name, from every network."""
    await (await session.connection()).execute(_FORGET_NAME, {"name": _name(username)})


async def record(session: AsyncSession, event: Event, account_id: UUID | None, network: str, detail: str = "") -> None:
    """Write a line of the security log."""
    line = {"now": real_now(), "event": event, "account": account_id, "network": network, "detail": detail}
    await (await session.connection()).execute(_RECORD, line)


async def page(pool: Pool, before: int | None, limit: int) -> Sequence[Mapping[str, Any]]:
    """Lines of the security log, newest first, before an id."""
    return await pool.fetch(_PAGE, before, limit)


async def acts(pool: Pool, before: int | None, limit: int) -> Sequence[Mapping[str, Any]]:
    """What administrators did, newest first, before an id."""
    return await pool.fetch(_ACTS, before, limit)


async def tidy(pool: Pool, now: datetime) -> None:
    """Delete what no longer counts, and the oldest of more failures than are kept."""
    await pool.execute("DELETE FROM sign_in_failure WHERE last_failed_at < $1", now - throttling.FORGOTTEN_AFTER)
    await pool.execute(
        "DELETE FROM sign_in_failure WHERE last_failed_at <="
        " (SELECT last_failed_at FROM sign_in_failure ORDER BY last_failed_at DESC OFFSET $1 LIMIT 1)",
        _MOST_FAILURES,
    )
    await pool.execute("DELETE FROM known_network WHERE last_signed_in < $1", now - _NETWORK_LIFE)
    await pool.execute("DELETE FROM security_log WHERE at < $1", now - _LOG_LIFE)


def _rule(name: bytes, network: str) -> throttling.Rule:
    if name == _ANY_NAME:
        return throttling.NETWORK
    return throttling.NAME if network == _ANY_NETWORK else throttling.NAME_FROM_NETWORK


def _name(username: str) -> bytes:
    return hashlib.sha256(username.encode()).digest()
