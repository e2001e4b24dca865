"""The registry's own log: releases of the district's data, one stream, kept for ever."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from contracts.base import Event, Instant, Sha256
from contracts.timeline import (
    About,
)

REGISTRY_STREAM = UUID(int=0)
"""The stream id that stands where a case id stands in the log of cases."""


class EntityRecorded(Event):
    """One entity as it will be from the next release on; without body: it is removed."""

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
    """All records of the release are out: readers switch to it in one transaction."""

    TYPE = "registry.release_published.v1"
    SOURCE = "registry"
    ABOUT = About(
        zh="该版本的记录已全部发出，读者一次性切换。",
    )

    release: int
    count: int
    """Records in this release."""
    sha256: Sha256
    """Over the bodies of its `entity_recorded` events, in order."""
    published_by: str
    note: str = ""


class AccessEnded(Event):
    """Access tokens that name one of these ids are refused from now on.

    A token names its session and its account's access. Signing out ends the first; disabling an account, changing its
    rights or its password ends the second.
    """

    TYPE = "registry.access_ended.v1"
    SOURCE = "registry"
    ABOUT = About(
        zh="带有这些编号（会话或账号）的访问令牌自此失效：退出登录、停用账号、变更权限或密码。",
    )

    ids: Annotated[tuple[UUID, ...], Field(max_length=200)]
    until: Instant
    """When the last of these tokens has expired, and the ids may be forgotten."""
