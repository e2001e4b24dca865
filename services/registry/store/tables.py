"""Tables of accounts, sessions and the administration log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, DateTime, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel


def real_now() -> datetime:
    """Return the real time. Sessions and waiting times use it, so that the demo clock does not end them."""
    return datetime.now(UTC)


def _texts() -> Any:
    return Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))


def _moment() -> Any:
    return Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=False))


class Account(SQLModel, table=True):
    """Account of a person: user name, password hash, roles, and the areas, channels etc. that limit them."""

    __tablename__ = "account"  # type: ignore[assignment]

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    username: str = Field(sa_column=Column(Text, unique=True, nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    name_en: str = Field(default="", sa_column=Column(Text, nullable=False))
    password_hash: str = Field(sa_column=Column(Text, nullable=False))
    roles: list[str] = _texts()
    areas: list[str] = _texts()
    channels: list[str] = _texts()
    unit_id: str | None = Field(default=None, sa_column=Column(Text))
    officer_id: str | None = Field(default=None, sa_column=Column(Text))
    team_id: str | None = Field(default=None, sa_column=Column(Text))
    disabled: bool = False
    access_id: UUID = Field(default_factory=uuid4)
    """Id that every access token of the account contains. A new access id ends all access tokens with the old one."""
    version: int = 1
    created_at: datetime = _moment()
    password_at: datetime = _moment()


class AccountSession(SQLModel, table=True):
    """A signed-in browser or program, which may request new access tokens until the session ends."""

    __tablename__ = "account_session"  # type: ignore[assignment]

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    token_hash: bytes = Field(sa_column=Column(LargeBinary, unique=True, nullable=False))
    created_at: datetime = _moment()
    expires_at: datetime = _moment()


class Administration(SQLModel, table=True):
    """One action of an administrator on an account or a machine key."""

    __tablename__ = "administration"  # type: ignore[assignment]

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = _moment()
    by: str = Field(sa_column=Column(Text, nullable=False))
    action: str = Field(sa_column=Column(Text, nullable=False))
    subject: str = Field(sa_column=Column(Text, nullable=False))
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
