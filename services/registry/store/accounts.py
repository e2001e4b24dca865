"""Accounts and sessions in the database."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, NamedTuple, cast
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import func
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.chassis.database import SILENT_PEER, TRANSIENT, Connection
from services.chassis.problems import NotFound
from services.registry.domain import passwords
from services.registry.domain.bindings import Bindings, bindings_of
from services.registry.domain.problems import (
    AccountChanged,
    LastAdministrator,
    PasswordTooWeak,
    SessionEnded,
    SignInRefused,
    UsernameTaken,
)
from services.registry.domain.tokens import SESSION_LIFE
from services.registry.store import ended_access, sign_ins
from services.registry.store.tables import Account, AccountSession, Administration, real_now

_HASHING_AT_ONCE = 2
"""Maximum number of passwords that are hashed at the same time. Each takes 19 MiB and 20 ms of a core."""

_ADMINISTRATORS_LOCK = 0x6164_6D69  # "admi"
"""Number of the PostgreSQL advisory lock for changes of accounts, so that one administrator always remains."""


AccountGuard = Callable[[Account], None]
"""Function that checks a locked account before it is changed. It raises a problem to refuse the change."""

AccountStep = Callable[[Connection, Account], Awaitable[None]]
"""Function that runs as a further step in the transaction that changes an account."""


class SignedIn(NamedTuple):
    """A new session, its account and its refresh token."""

    account: Account
    session_id: UUID
    refresh_token: str


class Accounts:
    """Accounts and sessions of this installation. They are opened at startup and closed at shutdown."""

    def __init__(self) -> None:
        self._engine: AsyncEngine | None = None
        self._hashing = asyncio.Semaphore(_HASHING_AT_ONCE)
        self.access_ended = asyncio.Event()
        """Set after access tokens have ended, to wake the worker that announces this to the services."""

    def open(self, database_url: str) -> None:
        """Create the database engine, which opens connections when they are needed."""
        connect = partial(
            asyncpg.connect, database_url, server_settings=SILENT_PEER
        )  # SQLAlchemy would parse the URL differently
        self._engine = create_async_engine(
            "postgresql+asyncpg://", async_creator=connect, pool_size=3, max_overflow=2, pool_pre_ping=True
        )

    async def close(self) -> None:
        """Close the database connections."""
        if self._engine is not None:
            await self._engine.dispose()

    async def sign_in(self, username: str, password: str, network: str) -> SignedIn:
        """Begin a session if the password is right.

        Raises `SignInRefused` for an unknown name, a disabled account or a wrong password. All three take the same
        time, so the response time does not reveal the reason. During a waiting time after failed attempts, raises
        `TooManyAttempts` without checking the password.
        """
        async with self._hashing:
            async with self._transaction() as session:
                found = (await session.exec(select(Account).where(Account.username == username))).one_or_none()
                await sign_ins.guard(session, found, username, network)
            stored = found.password_hash if found else passwords.NO_ACCOUNT
            right = await asyncio.to_thread(passwords.matches, stored, password)
            async with self._transaction() as session:
                statement = select(Account).where(Account.username == username).with_for_update()
                account = (await session.exec(statement)).one_or_none()
                if right and account is not None and not account.disabled and account.password_hash == stored:
                    await sign_ins.record_success(session, account, network)
                    return await _begin_session(session, account)
                await sign_ins.record_failure(session, account, username, network)
        raise SignInRefused

    async def by_session(self, token: str) -> tuple[Account, UUID]:
        """Return the account and the id of the session to which a refresh token belongs. Raises `SessionEnded`."""
        async with self._transaction() as session:
            statement = (
                select(Account, AccountSession.id)
                .join(AccountSession)
                .where(AccountSession.token_hash == _digest(token), col(AccountSession.expires_at) > real_now())
            )
            found = (await session.exec(statement)).one_or_none()
        if found is None or found[0].disabled:
            raise SessionEnded
        return found

    async def sign_out(self, token: str, network: str) -> None:
        """End the session of a refresh token, and its access tokens. Do nothing if the session has ended already."""
        async with self._transaction() as session:
            statement = select(AccountSession).where(AccountSession.token_hash == _digest(token)).with_for_update()
            found = (await session.exec(statement)).one_or_none()
            if found is None:
                return
            await session.delete(found)
            await ended_access.add(session, found.id)
            await sign_ins.record(session, "signed_out", found.account_id, network)
        self.access_ended.set()

    async def change_password(self, account_id: UUID, old: str, new: str, network: str) -> SignedIn:
        """Change the password of an account if the old password is right. End all its sessions and begin a new one.

        Raises `SignInRefused` for a wrong old password, `TooManyAttempts` during a waiting time, or `PasswordTooWeak`.
        """
        async with self._hashing:
            async with self._transaction() as session:
                account = await _get(session, account_id)
                await sign_ins.guard(session, account, account.username, network)
            if not await asyncio.to_thread(passwords.matches, account.password_hash, old):
                async with self._transaction() as session:
                    await sign_ins.record_failure(session, account, account.username, network)
                raise SignInRefused
        hashed = await self.hash_password(new, account.username, account.name, account.name_en)
        async with self._transaction() as session:
            account = await _locked(session, account_id)
            await _set_password(session, account, hashed)
            await sign_ins.record(session, "password_changed", account_id, network)
            signed_in = await _begin_session(session, account)
        self.access_ended.set()
        return signed_in

    async def create(
        self,
        username: str,
        password: str,
        *,
        name: str,
        name_en: str,
        bindings: Bindings,
        by: str,
    ) -> Account:
        """Create an account. Raises `UsernameTaken` or `PasswordTooWeak`."""
        hashed = await self.hash_password(password, username, name, name_en)
        return await self.insert(uuid4(), username, hashed, name=name, name_en=name_en, bindings=bindings, by=by)

    async def insert(
        self,
        account_id: UUID,
        username: str,
        password_hash: str,
        *,
        name: str,
        name_en: str,
        bindings: Bindings,
        by: str,
        also: AccountStep | None = None,
    ) -> Account:
        """Create an account whose password is already hashed. Raises `UsernameTaken`."""
        now = real_now()
        account = Account(
            id=account_id,
            username=username,
            name=name,
            name_en=name_en,
            password_hash=password_hash,
            created_at=now,
            password_at=now,
        )
        _bind(account, bindings)
        try:
            async with self._transaction() as session:
                session.add(account)
                await session.flush()
                session.add(_log_entry(by, "created", account, bindings.model_dump(mode="json")))
                await _flush_and_write(session, account, also)
        except IntegrityError as error:
            raise UsernameTaken(username=username) from error
        return account

    async def change(
        self,
        account_id: UUID,
        version: int,
        by: str,
        *,
        name: str,
        name_en: str,
        disabled: bool,
        bindings: Bindings,
        guard: AccountGuard,
        also: AccountStep | None = None,
    ) -> Account:
        """Change an account. Its access tokens end if its rights change.

        Raises `AccountChanged` if the account is not at `version`, `LastAdministrator` if no enabled administrator
        would remain, and what `guard` raises.
        """
        async with self._transaction() as session:
            await session.exec(select(func.pg_advisory_xact_lock(_ADMINISTRATORS_LOCK)))
            account = await _locked(session, account_id)
            guard(account)
            if account.version != version:
                raise AccountChanged(current=account.version)
            loses = "administrator" in account.roles and (disabled or "administrator" not in bindings.roles)
            if loses and not await _other_administrator(session, account_id):
                raise LastAdministrator
            if disabled or bindings_of(account) != bindings:
                await _end_access(session, account)
            account.name, account.name_en, account.disabled = name, name_en, disabled
            _bind(account, bindings)
            account.version += 1
            if disabled:
                await _end_sessions(session, account_id)
            detail = {"name": name, "disabled": disabled, **bindings.model_dump(mode="json")}
            session.add(_log_entry(by, "changed", account, detail))
            await _flush_and_write(session, account, also)
        self.access_ended.set()
        return account

    async def reset_password(
        self, account_id: UUID, password_hash: str, by: str, guard: AccountGuard, also: AccountStep | None = None
    ) -> None:
        """Set the password hash of an account, end all its sessions and delete its failed sign-ins.

        Raises what `guard` raises.
        """
        async with self._transaction() as session:
            account = await _locked(session, account_id)
            guard(account)
            await sign_ins.delete_failures(session, account.username)
            await _set_password(session, account, password_hash)
            session.add(_log_entry(by, "password reset", account, {}))
            await _flush_and_write(session, account, also)
        self.access_ended.set()

    async def by_username(self, username: str) -> Account | None:
        """Return the account with this user name, or `None` if there is none."""
        async with self._transaction() as session:
            return (await session.exec(select(Account).where(Account.username == username))).one_or_none()

    async def get(self, account_id: UUID) -> Account:
        """Return the account with this id. Raises `NotFound`."""
        async with self._transaction() as session:
            return await _get(session, account_id)

    async def page(self, after: str, limit: int) -> list[Account]:
        """Return accounts ordered by user name. The page begins after the user name `after`."""
        statement = select(Account).where(col(Account.username) > after).order_by(col(Account.username)).limit(limit)
        async with self._transaction() as session:
            return list((await session.exec(statement)).all())

    async def names_of(self, account_ids: Sequence[UUID]) -> list[tuple[UUID, str, str]]:
        """Return (id, name, English name) of these accounts, including disabled ones. Unknown ids are left out."""
        statement = select(Account.id, Account.name, Account.name_en).where(col(Account.id).in_(account_ids))
        async with self._transaction() as session:
            return list((await session.exec(statement)).all())

    async def usernames(self) -> set[str]:
        """Return the user names of all accounts."""
        async with self._transaction() as session:
            return set((await session.exec(select(Account.username))).all())

    async def hash_password(self, password: str, *own: str) -> str:
        """Return the hash of a new password. Raises `PasswordTooWeak`.

        `own` are the names of the person, which the password must not resemble.
        """
        async with self._hashing:
            if not await asyncio.to_thread(passwords.acceptable, password, *own):
                raise PasswordTooWeak
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
                raise cause from error  # transient: answered like any lost database connection
            raise


async def _flush_and_write(session: AsyncSession, account: Account, also: AccountStep | None) -> None:
    """Send the pending changes to the database, then run the step `also` on the same connection, if it is given."""
    if also is None:
        return
    await session.flush()
    raw = await (await session.connection()).get_raw_connection()
    await also(cast("Connection", raw.driver_connection), account)


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


async def _begin_session(session: AsyncSession, account: Account) -> SignedIn:
    """Begin a session of an account. Also delete expired sessions of all accounts."""
    now, token = real_now(), secrets.token_urlsafe(32)
    await session.exec(delete(AccountSession).where(col(AccountSession.expires_at) < now))
    begun = AccountSession(
        account_id=account.id, token_hash=_digest(token), created_at=now, expires_at=now + SESSION_LIFE
    )
    session.add(begun)
    return SignedIn(account, begun.id, token)


async def _end_access(session: AsyncSession, account: Account) -> None:
    """End the access tokens of an account. The sessions of the account can request new access tokens."""
    await ended_access.add(session, account.access_id)
    account.access_id = uuid4()


async def _end_sessions(session: AsyncSession, account_id: UUID) -> None:
    await session.exec(delete(AccountSession).where(col(AccountSession.account_id) == account_id))


async def _set_password(session: AsyncSession, account: Account, hashed: str) -> None:
    account.password_hash, account.password_at = hashed, real_now()
    await _end_access(session, account)
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


def _log_entry(by: str, action: str, account: Account, detail: dict[str, Any]) -> Administration:
    return Administration(at=real_now(), by=by, action=action, subject=str(account.id), detail=detail)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
