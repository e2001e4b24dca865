"""Events of the registry: releases of the reference data and ended access."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from contracts.base import Event, Instant, Sha256
from contracts.timeline import About

REGISTRY_STREAM = UUID(int=0)
"""The id that registry events carry in place of a case id."""


class EntityRecorded(Event):
    """One entity of the next release. An entity without body is removed."""

    TYPE = "registry.entity_recorded.v1"
    SOURCE = "registry"
    ABOUT = About(
        zh="某一实体自下一版本起的内容；无内容表示移除。",
    )

    release: int
    kind: str
    id: str
    body: dict[str, Any] | None = None


class ReleasePublished(Event):
    """All entities of the release were stated; consumers switch to it in one transaction."""

    TYPE = "registry.release_published.v1"
    SOURCE = "registry"
    ABOUT = About(
        zh="该版本的记录已全部发出，读者一次性切换。",
    )

    release: int
    count: int
    """Number of entities recorded for this release."""
    sha256: Sha256
    """Hash over the bodies of its `entity_recorded` events, in order."""
    published_by: str
    note: str = ""


class AccessEnded(Event):
    """Access tokens with one of these ids are refused from now on.

    A token has the ids of its session and of the account's access. Signing out ends the session. Disabling an account,
    or changing its rights or password, ends the access.
    """

    TYPE = "registry.access_ended.v1"
    SOURCE = "registry"
    ABOUT = About(
        zh="带有这些编号（会话或账号）的访问令牌自此失效：退出登录、停用账号、变更权限或密码。",
    )

    ids: Annotated[tuple[UUID, ...], Field(max_length=200)]
    until: Instant
    """Expiry of the last of these tokens; afterwards the ids may be deleted."""
