"""Opaque cursors of lists: the sort key of the last row, base64url of JSON."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson

from services.chassis.problems import CursorInvalid

T = TypeVar("T")


def following(found: Sequence[T], limit: int, key: Callable[[T], Sequence[Any]]) -> str | None:
    """The cursor of the next page: the sort key of the last row of this one; none where these rows fill no page."""
    return encode(key(found[-1])) if len(found) == limit else None


def encode(values: Sequence[Any]) -> str:
    """A cursor from the sort key of the last row shown: texts, numbers, instants, ids."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values), default=str)).rstrip(b"=").decode()


def decode(cursor: str) -> list[Any]:
    """The sort key in a cursor. Raises `CursorInvalid`."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise CursorInvalid from error
    if not isinstance(values, list):
        raise CursorInvalid
    return values


def instant_and_id(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The sort key of lists in order of an instant, then of an id; none without a cursor. Raises `CursorInvalid`."""
    if cursor is None:
        return None
    try:
        at, key = decode(cursor)
        return datetime.fromisoformat(at).astimezone(UTC), UUID(key)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise CursorInvalid from error
