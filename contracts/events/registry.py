"""Events of the registry: releases of the reference data, and access tokens that are no longer valid."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from contracts.base import Event, Instant, Sha256
from contracts.timeline import About

REGISTRY_STREAM = UUID(int=0)
"""Id that events of the registry have in place of a case id."""


class EntityRecorded(Event):
    """One entity of the next release. The entity is new, changed or, without a `body`, removed."""

    TYPE = "registry.entity_recorded.v1"
    SOURCE = "registry"
    ABOUT = About(
        zh="某一实体自下一版本起的内容；无内容表示移除。",
    )

    release: int
    """Number of the next release."""
    kind: str
    """Kind of the entity, such as `unit` or `category`."""
    id: str
    """Id of the entity, unique among the entities of the same kind."""
    body: dict[str, Any] | None = None
    """Fields of the entity without default values; null or absent if the entity is removed."""


class ReleasePublished(Event):
    """The registry has stated all entities of a release. Consumers switch to the release in one transaction."""

    TYPE = "registry.release_published.v1"
    SOURCE = "registry"
    ABOUT = About(
        zh="该版本的记录已全部发出，读者一次性切换。",
    )

    release: int
    """Number of the release."""
    count: int
    """Number of `entity_recorded` events of this release."""
    sha256: Sha256
    """SHA-256 over the bodies of the `entity_recorded` events of this release, in order, as lower-case hex."""
    published_by: str
    """Account that published the release."""
    note: str = ""
    """Note about the changes."""


class AccessEnded(Event):
    """Some access tokens stopped being valid: from now on, services refuse every token that contains one of the `ids`.

    A token contains a session id and an access id. Signing out makes the session id invalid. Each account has an access
    id; it becomes invalid when the account is disabled or when the rights or password of the account change.
    """

    TYPE = "registry.access_ended.v1"
    SOURCE = "registry"
    ABOUT = About(
        zh="带有这些编号（会话或账号）的访问令牌自此失效：退出登录、停用账号、变更权限或密码。",
    )

    ids: Annotated[tuple[UUID, ...], Field(max_length=200)]
    """Session ids and access ids that are no longer valid."""
    until: Instant
    """Latest expiry of all tokens with one of these ids. Services may forget the ids afterwards."""
