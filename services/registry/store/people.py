"""Accounts and sessions in the database."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast
from uuid import UUID

import asyncpg
from sqlalchemy import func
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.chassis.database import SILENT_PEER, TRANSIENT, Connection
from services.chassis.problems import NotFound
from services.registry.domain import passwords
from services.registry.domain.people import Bindings
from services.registry.domain.problems import (
    AccountChanged,
    LastAdministrator,
    PasswordTooWeak,
    SessionEnded,
    SignInRefused,
    UsernameTaken,
)
from services.registry.domain.tokens import SESSION_LIFE
from services.registry.store.tables import Account, AccountSession, Administration, real_now

_HASHING_AT_ONCE = 2
"""Argon2 takes 19 MiB and 20 ms of a core each: more at once would only starve the rest."""

_ADMINISTRATORS = 0x6164_6D69  # "admi"
"""Advisory lock under which the number of administrators may shrink."""


Last = Callable[[Connection, Account], Awaitable[None]] | None
"""What else is written in the transaction that changes an account, if anything."""


class People:
    """The accounts of this installation. Opened when the service starts, closed when it stops."""

    def __init__(self) -> None:
        self._engine: AsyncEngine | None = None
        self._hashing = asyncio.Semaphore(_HASHING_AT_ONCE)

    def open(self, database_url: str) -> None:
        """Make the engine; connections are opened when they are needed."""
        connect = partial(asyncpg.connect, database_url, server_settings=SILENT_PEER)  # SQLAlchemy reads it otherwise
        self._engine = create_async_engine(
            "postgresql+asyncpg://", async_creator=connect, pool_size=3, max_overflow=2, pool_pre_ping=True
        )

    async def close(self) -> None:
        """Give the connections back."""
        if self._engine is not None:
            await self._engine.dispose()

    async def sign_in(self, username: str, password: str) -> tuple[Account, str]:
        """The account and a new refresh token. Raises `SignInRefused`, always after the same work."""
        async with self._transaction() as session:
            found = (await session.exec(select(Account).where(Account.username == username))).one_or_none()
        right = await self._matches(found.password_hash if found else passwords.NO_ACCOUNT, password)
        if found is None:
            raise SignInRefused
        refused = False
        async with self._transaction() as session:
            account = await _locked(session, found.id)
            now = real_now()
            if account.disabled or (account.locked_until is not None and account.locked_until > now):
                refused = True
            elif right:
                account.failures, account.locked_until = 0, None
                token = await _begin_session(session, account)
            else:
                account.failures += 1
                account.locked_until = passwords.locked_until(account.failures, now)
                refused = True
        if refused or not right:
            raise SignInRefused
        return account, token  # pyright: ignore[reportPossiblyUnboundVariable]

    async def of_session(self, token: str) -> Account:
        """The account a refresh token belongs to. Raises `SessionEnded`."""
        async with self._transaction() as session:
            statement = (
                select(Account)
                .join(AccountSession)
                .where(AccountSession.token_hash == _digest(token), col(AccountSession.expires_at) > real_now())
            )
            account = (await session.exec(statement)).one_or_none()
        if account is None or account.disabled:
            raise SessionEnded
        return account

    async def sign_out(self, token: str) -> None:
        """End a session; one that is not there has ended already."""
        async with self._transaction() as session:
            await session.exec(delete(AccountSession).where(col(AccountSession.token_hash) == _digest(token)))

    async def change_password(self, account_id: UUID, old: str, new: str) -> str:
        """Set a new password of one's own; all sessions end, and the refresh token of a new one is returned."""
        async with self._transaction() as session:
            account = await _get(session, account_id)
        if not await self._matches(account.password_hash, old):
            raise SignInRefused
        hashed = await self._hashed(new, account.username)
        async with self._transaction() as session:
            account = await _locked(session, account_id)
            await _set_password(session, account, hashed)
            return await _begin_session(session, account)

    async def create(
        self, username: str, password: str, *, name: str, name_en: str, bindings: Bindings, by: str, last: Last = None
    ) -> Account:
        """A new account. Raises `UsernameTaken` or `PasswordTooWeak`."""
        now = real_now()
        account = Account(
            username=username, name=name, name_en=name_en, password_hash=await self._hashed(password, username),
            created_at=now, password_at=now,
        )  # fmt: skip
        _bind(account, bindings)
        try:
            async with self._transaction() as session:
                session.add(account)
                await session.flush()
                session.add(_act(by, "created", account, bindings.model_dump(mode="json")))
                await _finish(session, account, last)
        except IntegrityError as error:
            raise UsernameTaken(username=username) from error
        return account

    async def change(
        self, account_id: UUID, version: int, by: str, *, name: str, name_en: str, disabled: bool, bindings: Bindings,
        last: Last = None,
    ) -> Account:  # fmt: skip
        """Change an account that is still at `version`. Raises `AccountChanged` or `LastAdministrator`."""
        async with self._transaction() as session:
            await session.exec(select(func.pg_advisory_xact_lock(_ADMINISTRATORS)))
            account = await _locked(session, account_id)
            if account.version != version:
                raise AccountChanged(current=account.version)
            loses = "administrator" in account.roles and (disabled or "administrator" not in bindings.roles)
            if loses and not await _other_administrator(session, account_id):
                raise LastAdministrator
            account.name, account.name_en, account.disabled = name, name_en, disabled
            _bind(account, bindings)
            account.version += 1
            if disabled:
                await _end_sessions(session, account_id)
            detail = {"name": name, "disabled": disabled, **bindings.model_dump(mode="json")}
            session.add(_act(by, "changed", account, detail))
            await _finish(session, account, last)
        return account

    async def reset_password(self, account_id: UUID, password: str, by: str, last: Last = None) -> None:
        """Set a new password; all sessions end and a lock is lifted."""
        hashed = await self._hashed(password, "")
        async with self._transaction() as session:
            account = await _locked(session, account_id)
            account.failures, account.locked_until = 0, None
            await _set_password(session, account, hashed)
            session.add(_act(by, "password reset", account, {}))
            await _finish(session, account, last)

    async def get(self, account_id: UUID) -> Account:
        """One account. Raises `NotFound`."""
        async with self._transaction() as session:
            return await _get(session, account_id)

    async def page(self, after: str, limit: int) -> list[Account]:
        """Accounts by user name, after a name."""
        statement = select(Account).where(col(Account.username) > after).order_by(col(Account.username)).limit(limit)
        async with self._transaction() as session:
            return list((await session.exec(statement)).all())

    async def called(self, account_ids: Sequence[UUID]) -> list[tuple[UUID, str, str]]:
        """Of those of these accounts that there are, also disabled ones: id, name, English name."""
        statement = select(Account.id, Account.name, Account.name_en).where(col(Account.id).in_(account_ids))
        async with self._transaction() as session:
            return list((await session.exec(statement)).all())

    async def usernames(self) -> set[str]:
        """Every user name."""
        async with self._transaction() as session:
            return set((await session.exec(select(Account.username))).all())

    async def _matches(self, stored: str, password: str) -> bool:
        async with self._hashing:
            return await asyncio.to_thread(passwords.matches, stored, password)

    async def _hashed(self, password: str, username: str) -> str:
        if not passwords.acceptable(password, username):
            raise PasswordTooWeak
        async with self._hashing:
            return await asyncio.to_thread(passwords.hash_password, password)

    @asynccontextmanager
    async def _transaction(self) -> AsyncGenerator[AsyncSession]:
        if self._engine is None:
            raise RuntimeError("the accounts are not open")
        try:
            async with AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
                yield session
        except DBAPIError as error:
            cause = error.orig.__cause__ if error.orig is not None else None
            if isinstance(cause, TRANSIENT):
                raise cause from error  # it passes, and is answered as everywhere
            raise


async def _finish(session: AsyncSession, account: Account, last: Last) -> None:
    """Write what is pending, then what else belongs to this transaction, on the same connection."""
    if last is None:
        return
    await session.flush()
    raw = await (await session.connection()).get_raw_connection()
    await last(cast("Connection", raw.driver_connection), account)


async def _get(session: AsyncSession, account_id: UUID) -> Account:
    account = await session.get(Account, account_id)
    if account is None:
        raise NotFound(what=f"account {account_id}")
    return account


async def _locked(session: AsyncSession, account_id: UUID) -> Account:
    account = await session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotFound(what=f"account {account_id}")
    return account


async def _begin_session(session: AsyncSession, account: Account) -> str:
    """A new session, after clearing away those that have ended."""
    now, token = real_now(), secrets.token_urlsafe(32)
    await session.exec(delete(AccountSession).where(col(AccountSession.expires_at) < now))
    session.add(
        AccountSession(account_id=account.id, token_hash=_digest(token), created_at=now, expires_at=now + SESSION_LIFE)
    )
    return token


async def _end_sessions(session: AsyncSession, account_id: UUID) -> None:
    await session.exec(delete(AccountSession).where(col(AccountSession.account_id) == account_id))


async def _set_password(session: AsyncSession, account: Account, hashed: str) -> None:
    account.password_hash, account.password_at = hashed, real_now()
    await _end_sessions(session, account.id)


async def _other_administrator(session: AsyncSession, account_id: UUID) -> bool:
    statement = select(Account.id).where(
        Account.id != account_id, col(Account.roles).contains(["administrator"]), col(Account.disabled).is_(False)
    )
    return (await session.exec(statement.limit(1))).first() is not None


def _bind(account: Account, bindings: Bindings) -> None:
    account.roles, account.areas = list(bindings.roles), list(bindings.areas)
    account.channels = list(bindings.channels)
    account.unit_id, account.officer_id, account.team_id = bindings.unit, bindings.officer, bindings.team


def _act(by: str, action: str, account: Account, detail: dict[str, Any]) -> Administration:
    return Administration(at=real_now(), by=by, action=action, account_id=account.id, detail=detail)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
